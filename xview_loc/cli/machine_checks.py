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

"""Doctor's checks of the machine: Python, ROS, middleware, inference."""

from __future__ import annotations

import importlib
from importlib import metadata
from importlib.util import find_spec
import os
from pathlib import Path
import sys
import time

from xview_loc.cli.health_check import failed, HealthCheck, passed, warning

OLDEST, NEWEST = (3, 10), (3, 13)
PACKAGES = {
    'numpy': 'numpy', 'cv2': 'opencv-python-headless', 'pyproj': 'pyproj',
    'rasterio': 'rasterio', 'onnxruntime': 'onnxruntime', 'rosbags': 'rosbags',
    'mercantile': 'mercantile', 'typer': 'typer', 'rich': 'rich', 'jinja2': 'jinja2',
    'yaml': 'pyyaml', 'matplotlib': 'matplotlib', 'filterpy': 'filterpy',
}
MESSAGE_PACKAGES = ('sensor_msgs', 'nav_msgs', 'geometry_msgs', 'std_msgs', 'std_srvs',
                    'visualization_msgs', 'diagnostic_msgs')
OPTIONAL_ROS = {
    'tf2_ros': 'map -> odom is not broadcast and camera extrinsics come from parameters',
    'launch_ros': 'the launch files cannot be used; start the executables directly',
}
PROFILE_VARIABLES = ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE')
ROUND_TRIP_LIMIT_S = 8.0


def machine_checks() -> list[HealthCheck]:
    """Check everything that needs neither imagery nor a bag."""
    return [check_python(), check_packages(), *check_ros(), check_middleware(),
            check_profile(), check_providers()]


def check_python(version: tuple[int, int] | None = None) -> HealthCheck:
    """
    Check the version of Python.

    :param version: major and minor; those of this process when ``None``.
    """
    found = version or sys.version_info[:2]
    shown = '.'.join(map(str, found))
    if OLDEST <= found <= NEWEST:
        return passed('Python', shown)
    return failed('Python', shown, 'Use Python 3.10 to 3.13.')


def check_packages(packages: dict[str, str] | None = None) -> HealthCheck:
    """
    Check that the libraries are installed, without loading them.

    :param packages: distribution by module name.
    """
    packages = PACKAGES if packages is None else packages
    missing = [name for module, name in packages.items() if find_spec(module) is None]
    if missing:
        return failed('Python packages', f'missing: {", ".join(missing)}',
                      f'pip install {" ".join(missing)}')
    return passed('Python packages', ', '.join(
        f'{name} {_version(module, name)}' for module, name in packages.items()))


def _version(module: str, distribution: str) -> str:
    """Return the version of a distribution, whatever name it was installed under."""
    for name in (distribution, module, distribution.removesuffix('-headless')):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return str(getattr(importlib.import_module(module), '__version__', '?'))


def check_ros() -> list[HealthCheck]:
    """Check rclpy, the message packages, and what is optional."""
    if find_spec('rclpy') is None:
        return [failed('ROS 2', 'rclpy is not installed',
                       'Source a ROS 2 installation, or pip install -r requirements/ros.txt')]
    checks = []
    missing = [name for name in MESSAGE_PACKAGES if find_spec(name) is None]
    if missing:
        checks.append(failed('ROS 2', f'missing message packages: {", ".join(missing)}',
                             'Install them with apt or from requirements/ros.txt'))
    else:
        distribution = os.environ.get('ROS_DISTRO', 'no ROS_DISTRO set: wheels')
        checks.append(passed('ROS 2', f'rclpy and all message packages ({distribution})'))
    for name, consequence in OPTIONAL_ROS.items():
        if find_spec(name) is None:
            checks.append(warning(f'ROS 2 {name}', f'not installed: {consequence}',
                                  f'Install ros-<distro>-{name.replace("_", "-")} if you '
                                  'need it'))
        else:
            checks.append(passed(f'ROS 2 {name}', 'installed'))
    return checks


def check_middleware() -> HealthCheck:
    """Send a message to ourselves through the middleware."""
    try:
        import rclpy
        from std_msgs.msg import String
    except ImportError as error:
        return failed('middleware', f'cannot be loaded: {error}', 'Repair the ROS installation')
    context = rclpy.Context()
    rclpy.init(context=context, args=[])
    try:
        identifier = rclpy.get_rmw_implementation_identifier()
        node = rclpy.create_node('xview_loc_doctor', context=context)
        received: list[str] = []
        topic = f'xview_loc_doctor_{os.getpid()}'
        node.create_subscription(String, topic, lambda got: received.append(got.data), 10)
        publisher = node.create_publisher(String, topic, 10)
        executor = rclpy.executors.SingleThreadedExecutor(context=context)
        executor.add_node(node)
        began = time.monotonic()
        while not received and time.monotonic() - began < ROUND_TRIP_LIMIT_S:
            publisher.publish(String(data='hello'))
            executor.spin_once(timeout_sec=0.1)
        node.destroy_node()
    finally:
        context.try_shutdown()
    if received:
        return passed('middleware', f'{identifier} delivers messages on this machine')
    return failed('middleware', f'{identifier} delivered nothing in {ROUND_TRIP_LIMIT_S:.0f} s',
                  'Check firewalls, ROS_DOMAIN_ID and ROS_AUTOMATIC_DISCOVERY_RANGE')


def check_profile() -> HealthCheck:
    """Check that a middleware profile that is asked for exists."""
    name = 'middleware profile'
    for variable in PROFILE_VARIABLES:
        path = os.environ.get(variable)
        if path and not Path(path).is_file():
            return failed(name, f'{variable} names {path}, which does not exist',
                          'Correct or unset the variable')
        if path:
            return passed(name, f'{variable}={path}')
    return passed(name, 'none set; raw images above 0.5 MB need one on the camera driver')


def check_providers() -> HealthCheck:
    """Check what the inference library can run on."""
    if find_spec('onnxruntime') is None:
        return failed('execution providers', 'onnxruntime is not installed',
                      'pip install onnxruntime, or onnxruntime-gpu')
    import onnxruntime
    providers = [name.removesuffix('ExecutionProvider')
                 for name in onnxruntime.get_available_providers()]
    return passed('execution providers', ', '.join(providers))
