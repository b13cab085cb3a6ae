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
Start the localizer as a pose estimator of Autoware.

Its pose goes to Autoware's EKF, which owns the transform; its start comes from Autoware's pose
initializer. Autoware publishes no odometry that is free of the map, so a filter of
robot_localization makes it of the twist estimator's output.
"""

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, GroupAction, IncludeLaunchDescription
from launch.conditions import IfCondition
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node, PushRosNamespace, SetParameter, SetRemap
from launch_ros.parameter_descriptions import ParameterValue

NAMES = {
    'pose': '/localization/pose_estimator/pose_with_covariance',
    'initialpose': '/initialpose3d',
    'image': '/sensing/camera/traffic_light/image_raw',
    'camera_info': '/sensing/camera/traffic_light/camera_info',
    'fix': '/sensing/gnss/ublox/nav_sat_fix',
    'imu': '/sensing/imu/imu_data',
}
NAMESPACE = 'localization/pose_estimator/xview_loc'
FORWARDED = ('params_file', 'overlay_file', 'use_sim_time', 'composed', 'log_level',
             'image_topic', 'camera_info_topic', 'camera_topics', 'fix_topic', 'imu_topic')


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments, the localizer and the odometry."""
    share = get_package_share_directory('xview_loc')
    localizer = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(
            PathJoinSubstitution([share, 'launch', 'xview_loc.launch.py'])),
        launch_arguments={
            'namespace': NAMESPACE,
            **{name: LaunchConfiguration(name) for name in FORWARDED},
        }.items())
    sim_time = ParameterValue(LaunchConfiguration('use_sim_time'), value_type=bool)
    return LaunchDescription([
        *arguments(share),
        GroupAction([
            # Autoware has one tree of transforms for all namespaces.
            SetRemap('/tf', '/tf'),
            SetRemap('/tf_static', '/tf_static'),
            SetRemap('pose', LaunchConfiguration('output_pose_topic')),
            SetRemap('initialpose', LaunchConfiguration('initial_pose_topic')),
            localizer,
        ]),
        GroupAction(
            [PushRosNamespace(NAMESPACE), SetParameter('use_sim_time', sim_time), Node(
                package='robot_localization', executable='ekf_node', name='odometry_from_twist',
                output='screen', parameters=[LaunchConfiguration('overlay_file')])],
            condition=IfCondition(LaunchConfiguration('make_odometry'))),
    ])


def arguments(share: str) -> list[DeclareLaunchArgument]:
    """
    Return the arguments.

    :param share: where the package keeps its files.
    """
    def argument(name: str, default: object, meaning: str) -> DeclareLaunchArgument:
        return DeclareLaunchArgument(name, default_value=default, description=meaning)

    return [
        argument('params_file', PathJoinSubstitution([share, 'config', 'xview_loc.yaml']),
                 'Parameter file; map_origin must be that of map_projector_info.yaml.'),
        argument('overlay_file', PathJoinSubstitution([share, 'config', 'autoware.yaml']),
                 'What is different inside Autoware, and the odometry: its entries win.'),
        argument('use_sim_time', 'false', 'Take the time from /clock.'),
        argument('composed', 'false', 'Run our four nodes in one process.'),
        argument('log_level', 'info', 'debug, info, warn, error or fatal.'),
        argument('make_odometry', 'true',
                 'Make odometry of the twist estimator; false where odometry/filtered exists.'),
        argument('output_pose_topic', NAMES['pose'], 'Pose input of the EKF.'),
        argument('initial_pose_topic', NAMES['initialpose'], 'Output of the pose initializer.'),
        argument('image_topic', NAMES['image'], 'Camera images.'),
        argument('camera_info_topic', NAMES['camera_info'], 'Calibration of the camera.'),
        argument('camera_topics', '', 'Several cameras: NAME=TOPIC,NAME=TOPIC.'),
        argument('fix_topic', NAMES['fix'], 'GNSS fixes.'),
        argument('imu_topic', NAMES['imu'], 'Inertial sensor.'),
    ]
