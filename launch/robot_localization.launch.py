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


"""
Start the localizer between the two filters of robot_localization.

The first one makes smooth odometry of wheels and inertial sensor and owns ``odom -> base_link``;
the localizer reads it; the second one fuses the pose of the localizer and owns ``map -> odom``.
"""

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, GroupAction, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node, PushRosNamespace, SetParameter
from launch_ros.parameter_descriptions import ParameterValue

NAMES = {'odometry/filtered': 'odometry/local'}
FORWARDED = ('namespace', 'params_file', 'use_sim_time', 'composed', 'log_level', 'image_topic',
             'camera_info_topic', 'camera_topics', 'fix_topic', 'imu_topic')


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments, the localizer and the two filters."""
    share = get_package_share_directory('xview_loc')
    localizer = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(
            PathJoinSubstitution([share, 'launch', 'xview_loc.launch.py'])),
        launch_arguments={
            'overlay_file': LaunchConfiguration('ekf_file'),
            'odometry_topic': NAMES['odometry/filtered'],
            **{name: LaunchConfiguration(name) for name in FORWARDED},
        }.items())
    sim_time = ParameterValue(LaunchConfiguration('use_sim_time'), value_type=bool)
    return LaunchDescription([
        *arguments(share),
        localizer,
        GroupAction([
            PushRosNamespace(LaunchConfiguration('namespace')),
            SetParameter('use_sim_time', sim_time),
            ekf('ekf_filter_node_odom', NAMES['odometry/filtered']),
            ekf('ekf_filter_node_map', 'odometry/global'),
        ]),
    ])


def arguments(share: str) -> list[DeclareLaunchArgument]:
    """
    Return the arguments.

    :param share: where the package keeps its files.
    """
    def argument(name: str, default: object, meaning: str) -> DeclareLaunchArgument:
        return DeclareLaunchArgument(name, default_value=default, description=meaning)

    return [
        argument('namespace', '', 'Namespace of all nodes and topics.'),
        argument('params_file', PathJoinSubstitution([share, 'config', 'xview_loc.yaml']),
                 'Parameter file of the localizer.'),
        argument('ekf_file', PathJoinSubstitution([share, 'config', 'robot_localization.yaml']),
                 'Parameter file of the two filters, and publish_tf of ours; copy the packaged '
                 'one and name your wheel odometry and inertial sensor in it.'),
        argument('use_sim_time', 'false', 'Take the time from /clock.'),
        argument('composed', 'false', 'Run our four nodes in one process.'),
        argument('log_level', 'info', 'debug, info, warn, error or fatal.'),
        argument('image_topic', 'image', 'Camera images.'),
        argument('camera_info_topic', 'camera_info', 'Calibration of the camera.'),
        argument('camera_topics', '', 'Several cameras: NAME=TOPIC,NAME=TOPIC.'),
        argument('fix_topic', 'fix', 'GNSS fixes, for the localizer alone.'),
        argument('imu_topic', 'imu', 'Inertial sensor, for the attitude of the camera.'),
    ]


def ekf(name: str, output: str) -> Node:
    """
    Return one filter.

    :param name: its section of the parameter file.
    :param output: topic of its odometry.
    """
    return Node(
        package='robot_localization', executable='ekf_node', name=name, output='screen',
        parameters=[LaunchConfiguration('ekf_file')],
        remappings=[('odometry/filtered', output), ('/tf', 'tf'), ('/tf_static', 'tf_static')])
