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
Start the localizer in place of AMCL, under the names and with the arguments that Nav2 uses.

Nav2's own bringup includes its ``localization_launch.py`` with these arguments; include this file
instead, with our parameters in ``params_file`` or beside Nav2's in the same file.
"""

from ament_index_python.packages import get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument, GroupAction, IncludeLaunchDescription, OpaqueFunction)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node, PushRosNamespace, SetRemap
from launch_ros.parameter_descriptions import ParameterValue

NAMES = {
    'pose': 'amcl_pose',
    'reinitialize': 'reinitialize_global_localization',
    'odometry/filtered': 'odom',
}
MANAGED = ('particle_filter', 'tile_manager', 'matcher', 'image_batcher')
FORWARDED = ('namespace', 'params_file', 'overlay_file', 'use_sim_time', 'log_level',
             'image_topic', 'camera_info_topic', 'camera_topics', 'fix_topic', 'imu_topic')


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments, the localizer and its lifecycle manager."""
    share = get_package_share_directory('xview_loc')
    localizer = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(
            PathJoinSubstitution([share, 'launch', 'xview_loc.launch.py'])),
        launch_arguments={
            'odometry_topic': LaunchConfiguration('odometry_topic'),
            'composed': LaunchConfiguration('use_composition'),
            'respawn': LaunchConfiguration('use_respawn'),
            **{name: LaunchConfiguration(name) for name in FORWARDED},
        }.items())
    return LaunchDescription([
        *arguments(share),
        GroupAction([
            SetRemap('pose', NAMES['pose']),
            SetRemap('reinitialize', NAMES['reinitialize']),
            localizer,
        ]),
        GroupAction([
            PushRosNamespace(LaunchConfiguration('namespace')),
            OpaqueFunction(function=nav2_nodes),
        ]),
    ])


def arguments(share: str) -> list[DeclareLaunchArgument]:
    """
    Return the arguments: those of Nav2's file and those that say where the sensors are.

    :param share: where the package keeps its files.
    """
    def argument(name: str, default: object, meaning: str) -> DeclareLaunchArgument:
        return DeclareLaunchArgument(name, default_value=default, description=meaning)

    return [
        argument('namespace', '', 'Namespace of all nodes and topics.'),
        argument('map', '', 'Occupancy map for the costmaps; without one no map_server starts.'),
        argument('use_sim_time', 'false', 'Take the time from /clock.'),
        argument('params_file', PathJoinSubstitution([share, 'config', 'xview_loc.yaml']),
                 'Parameter file with the sections of our nodes; those of others do not disturb.'),
        argument('overlay_file', PathJoinSubstitution([share, 'config', 'nav2.yaml']),
                 'What is different with Nav2: its entries win over those of params_file.'),
        argument('autostart', 'true', 'Configure and activate the nodes.'),
        argument('use_composition', 'false',
                 'Run our four nodes in one process; they are not loaded into a container.'),
        argument('container_name', 'nav2_container', 'Taken for compatibility, not used.'),
        argument('use_respawn', 'false', 'Start a process again when it dies.'),
        argument('log_level', 'info', 'debug, info, warn, error or fatal.'),
        argument('image_topic', 'image', 'Camera images.'),
        argument('camera_info_topic', 'camera_info', 'Calibration of the camera.'),
        argument('camera_topics', '', 'Several cameras: NAME=TOPIC,NAME=TOPIC.'),
        argument('fix_topic', 'fix', 'GNSS fixes.'),
        argument('odometry_topic', NAMES['odometry/filtered'], 'Odometry, as Nav2 calls it.'),
        argument('imu_topic', 'imu', 'Inertial sensor with orientation; need not exist.'),
    ]


def nav2_nodes(context: LaunchContext) -> list[Node]:
    """
    Return the nodes of Nav2: the lifecycle manager and, where a map is given, its server.

    :param context: knows the arguments.
    """
    sim_time = ParameterValue(LaunchConfiguration('use_sim_time'), value_type=bool)
    map_file = LaunchConfiguration('map').perform(context)
    servers = ['map_server'] if map_file else []
    manager = Node(
        package='nav2_lifecycle_manager', executable='lifecycle_manager',
        name='lifecycle_manager_localization', output='screen',
        parameters=[{
            'use_sim_time': sim_time,
            'autostart': ParameterValue(LaunchConfiguration('autostart'), value_type=bool),
            'node_names': [*servers, *MANAGED],
            'bond_timeout': 0.0,  # there is no bond for Python nodes
        }])
    return [*(Node(
        package='nav2_map_server', executable=name, name=name, output='screen',
        parameters=[LaunchConfiguration('params_file'),
                    {'yaml_filename': map_file, 'use_sim_time': sim_time}],
        remappings=[('/tf', 'tf'), ('/tf_static', 'tf_static')]) for name in servers), manager]
