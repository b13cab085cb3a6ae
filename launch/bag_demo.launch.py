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

"""Play a bag through the localizer and end with it."""

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument, EmitEvent, GroupAction, IncludeLaunchDescription, RegisterEventHandler)
from launch.actions import SetEnvironmentVariable
from launch.conditions import IfCondition
from launch.event_handlers import OnProcessExit
from launch.events import Shutdown
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node, PushRosNamespace
from launch_ros.parameter_descriptions import ParameterValue

FORWARDED = ('namespace', 'params_file', 'overlay_file', 'composed', 'rviz', 'rviz_config',
             'log_level', 'image_topic', 'camera_info_topic', 'camera_topics', 'fix_topic',
             'odometry_topic', 'imu_topic')


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments, the player and the localizer."""
    share = get_package_share_directory('xview_loc')
    player = bag_player()
    localizer = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(
            PathJoinSubstitution([share, 'launch', 'xview_loc.launch.py'])),
        launch_arguments={
            'use_sim_time': 'true', **{name: LaunchConfiguration(name) for name in FORWARDED},
        }.items())
    # A bag of raw images needs the large segment on the side that publishes, which is the player.
    profile = PathJoinSubstitution([share, 'config', 'fastdds_large_images.xml'])
    return LaunchDescription([
        *arguments(share),
        GroupAction([
            SetEnvironmentVariable('FASTRTPS_DEFAULT_PROFILES_FILE', profile),
            SetEnvironmentVariable('FASTDDS_DEFAULT_PROFILES_FILE', profile),
            localizer,
            PushRosNamespace(LaunchConfiguration('namespace')),
            player,
        ]),
        RegisterEventHandler(
            OnProcessExit(target_action=player, on_exit=[
                EmitEvent(event=Shutdown(reason='the bag has ended'))]),
            condition=IfCondition(LaunchConfiguration('exit_with_bag'))),
    ])


def bag_player() -> Node:
    """Return the player, which also publishes ``/clock``."""
    return Node(
        package='xview_loc', executable='bag_player', output='screen', emulate_tty=True,
        parameters=[{
            'bag': ParameterValue(LaunchConfiguration('bag'), value_type=str),
            'rate': ParameterValue(LaunchConfiguration('rate'), value_type=float),
            'loop': ParameterValue(LaunchConfiguration('loop'), value_type=bool),
            'start_offset': ParameterValue(
                LaunchConfiguration('start_offset'), value_type=float),
            'wait_for_subscribers_s': 10.0,
        }],
        arguments=['--ros-args', '--log-level', LaunchConfiguration('log_level')])


def arguments(share: str) -> list[DeclareLaunchArgument]:
    """
    Return the arguments; those the localizer has too are handed on.

    :param share: where the package keeps its files.
    """
    def argument(name: str, default: object, meaning: str) -> DeclareLaunchArgument:
        return DeclareLaunchArgument(name, default_value=default, description=meaning)

    return [
        DeclareLaunchArgument('bag', description='The bag: a rosbag2 folder or a ROS 1 .bag.'),
        argument('rate', '1.0', 'Bag seconds per second, written with a point.'),
        argument('loop', 'false', 'Start again at the end.'),
        argument('start_offset', '0.0', 'Where in the bag to start [s], written with a point.'),
        argument('exit_with_bag', 'true', 'Stop everything when the bag has ended.'),
        argument('namespace', '', 'Namespace of all nodes and topics.'),
        argument('params_file', PathJoinSubstitution([share, 'config', 'xview_loc.yaml']),
                 'Parameter file that fits the bag and names its imagery.'),
        argument('overlay_file', LaunchConfiguration('params_file'),
                 'A second parameter file, whose entries win over those of params_file.'),
        argument('composed', 'false', 'Run all four nodes in one process.'),
        argument('rviz', 'false', 'Start RViz too.'),
        argument('rviz_config', PathJoinSubstitution([share, 'config', 'xview_loc.rviz']),
                 'What RViz shows.'),
        argument('log_level', 'info', 'debug, info, warn, error or fatal.'),
        argument('image_topic', 'image', 'Camera images in the bag.'),
        argument('camera_info_topic', 'camera_info', 'Calibration of the camera in the bag.'),
        argument('camera_topics', '',
                 'Several cameras in the bag: NAME=TOPIC of the images of each, separated by '
                 'commas.'),
        argument('fix_topic', 'fix', 'GNSS fixes in the bag.'),
        argument('odometry_topic', 'odometry/filtered', 'Odometry in the bag.'),
        argument('imu_topic', 'imu', 'Inertial sensor in the bag.'),
    ]
