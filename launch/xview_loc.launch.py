# Copyright 2026 The xview_loc Authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""Start the localizer: two processes by default, one with ``composed:=true``."""

from ament_index_python.packages import get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument, GroupAction, OpaqueFunction, SetEnvironmentVariable)
from launch.conditions import IfCondition, UnlessCondition
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node, PushRosNamespace, SetParameter, SetRemap
from launch_ros.parameter_descriptions import ParameterValue


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and the processes."""
    share = get_package_share_directory('xview_loc')
    return LaunchDescription([*arguments(share), nodes(share)])


def arguments(share: str) -> list[DeclareLaunchArgument]:
    """
    Return the arguments, which ``--show-args`` lists as the user's manual.

    :param share: where the package keeps its files.
    """
    def argument(name: str, default: object, meaning: str) -> DeclareLaunchArgument:
        return DeclareLaunchArgument(name, default_value=default, description=meaning)

    return [
        argument('namespace', '', 'Namespace of all nodes and topics.'),
        argument('params_file', PathJoinSubstitution([share, 'config', 'xview_loc.yaml']),
                 'Parameter file; copy the packaged one and set at least the imagery.'),
        argument('overlay_file', LaunchConfiguration('params_file'),
                 'A second parameter file, whose entries win over those of params_file.'),
        argument('use_sim_time', 'false', 'Take the time from /clock, as bags need it.'),
        argument('composed', 'false', 'Run all four nodes in one process.'),
        argument('rviz', 'false', 'Start RViz too.'),
        argument('rviz_config', PathJoinSubstitution([share, 'config', 'xview_loc.rviz']),
                 'What RViz shows.'),
        argument('log_level', 'info', 'debug, info, warn, error or fatal.'),
        argument('respawn', 'false', 'Start a process again when it dies.'),
        argument('large_images', 'false',
                 'Give the nodes a shared-memory segment for large raw images; the camera driver '
                 'needs the same (config/fastdds_large_images.xml).'),
        argument('image_topic', 'image',
                 'Camera images; with image_transport compressed its topic ends in /compressed.'),
        argument('camera_info_topic', 'camera_info', 'Calibration of the camera.'),
        argument('camera_topics', '',
                 'Several cameras: NAME=TOPIC of the images of each, separated by commas, with '
                 'the names of the parameter cameras; the calibration is camera_info beside '
                 'TOPIC. For example front=/front/image_raw,rear=/rear/image_raw.'),
        argument('fix_topic', 'fix', 'GNSS fixes.'),
        argument('odometry_topic', 'odometry/filtered', 'Odometry.'),
        argument('imu_topic', 'imu', 'Inertial sensor with orientation; need not exist.'),
    ]


def nodes(share: str) -> GroupAction:
    """
    Return the processes.

    :param share: where the package keeps its files.
    """
    composed = LaunchConfiguration('composed')
    sim_time = ParameterValue(LaunchConfiguration('use_sim_time'), value_type=bool)
    return GroupAction([
        *large_segments(share),
        PushRosNamespace(LaunchConfiguration('namespace')),
        SetParameter('use_sim_time', sim_time),
        OpaqueFunction(function=camera_remappings),
        process('perception', UnlessCondition(composed)),
        process('particle_filter', UnlessCondition(composed)),
        process('localizer', IfCondition(composed)),
        Node(package='rviz2', executable='rviz2', name='rviz2', output='screen',
             arguments=['-d', LaunchConfiguration('rviz_config')],
             remappings=[('/tf', 'tf'), ('/tf_static', 'tf_static')],
             condition=IfCondition(LaunchConfiguration('rviz'))),
    ])


def camera_remappings(context: LaunchContext) -> list[SetRemap]:
    """
    Return where the topics of several cameras are found.

    :param context: knows the argument ``camera_topics``.
    :raises ValueError: when that is not of its form.
    """
    remappings = []
    for entry in LaunchConfiguration('camera_topics').perform(context).replace(' ', '').split(','):
        name, _, topic = entry.partition('=')
        if not entry:
            continue
        if not name or not topic:
            raise ValueError(
                f'camera_topics holds "{entry}"; each camera must be NAME=TOPIC.')
        beside = topic.rpartition('/')[0]
        remappings += [
            SetRemap(f'{name}/image', topic),
            SetRemap(f'{name}/image/compressed', f'{topic}/compressed'),
            SetRemap(f'{name}/camera_info', f'{beside}/camera_info' if beside else 'camera_info'),
        ]
    return remappings


def process(executable: str, condition: IfCondition) -> Node:
    """
    Return one process; its nodes keep their own names.

    :param executable: name of the executable.
    :param condition: when to start it.
    """
    image = LaunchConfiguration('image_topic')
    return Node(
        package='xview_loc', executable=executable, output='screen', emulate_tty=True,
        condition=condition,
        parameters=[LaunchConfiguration('params_file'), LaunchConfiguration('overlay_file')],
        arguments=['--ros-args', '--log-level', LaunchConfiguration('log_level')],
        respawn=LaunchConfiguration('respawn'), respawn_delay=2.0,
        remappings=[
            ('image', image),
            ('image/compressed', [image, '/compressed']),
            ('camera_info', LaunchConfiguration('camera_info_topic')),
            ('fix', LaunchConfiguration('fix_topic')),
            ('odometry/filtered', LaunchConfiguration('odometry_topic')),
            ('imu', LaunchConfiguration('imu_topic')),
            ('/tf', 'tf'),
            ('/tf_static', 'tf_static'),
        ])


def large_segments(share: str) -> list[SetEnvironmentVariable]:
    """
    Return the settings that let raw images above half a megabyte through.

    :param share: where the package keeps its files.
    """
    profile = PathJoinSubstitution([share, 'config', 'fastdds_large_images.xml'])
    return [
        SetEnvironmentVariable(
            name, profile, condition=IfCondition(LaunchConfiguration('large_images')))
        for name in ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')]
