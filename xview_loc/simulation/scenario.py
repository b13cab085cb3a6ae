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

"""The scenarios by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
import math

import numpy as np

from xview_loc.errors import ConfigurationError
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.simulation.camera_sensor import SensorModel
from xview_loc.simulation.drive import Motion
from xview_loc.simulation.gnss_sensor import GnssModel
from xview_loc.simulation.imu_sensor import ImuModel
from xview_loc.simulation.layout import Layout
from xview_loc.simulation.odometry_sensor import OdometryModel
from xview_loc.simulation.open_layout import highway_layout, rural_layout
from xview_loc.simulation.traffic import TrafficLane
from xview_loc.simulation.urban_layout import urban_layout

# In open land; the altitude is a round number for that region.
DATUM = (48.9, 8.5, 150.0)


@dataclass(frozen=True)
class Mounting:
    """
    Where the camera sits in ``base_link``, which lies on the ground below the rear axle.

    :param x: forward [m].
    :param y: left [m].
    :param z: up [m].
    :param roll: about the forward axis [rad].
    :param pitch: positive looks down [rad].
    :param yaw: positive looks left [rad].
    """

    x: float = 1.5
    y: float = 0.0
    z: float = 1.6
    roll: float = 0.0
    pitch: float = math.radians(4.0)
    yaw: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """
    A drive that can be simulated.

    :param name: the name.
    :param description: one line for people.
    :param layout: makes roads and route from a source of randomness.
    :param motion: how the route is driven.
    :param camera: the camera model.
    :param mounting: where the camera sits.
    :param camera_rate_hz: frame rate [Hz].
    :param metres_per_pixel: cell of the ground raster [m].
    :param traffic: lanes with moving cars.
    :param sensor: imperfections of the camera.
    :param gnss: errors of the receiver.
    :param odometry: errors of the odometry.
    :param imu: errors of the inertial unit.
    """

    name: str
    description: str
    layout: Callable[[np.random.Generator], Layout]
    motion: Motion
    camera: CameraModel
    mounting: Mounting = field(default_factory=Mounting)
    camera_rate_hz: float = 10.0
    metres_per_pixel: float = 0.1
    traffic: tuple[TrafficLane, ...] = ()
    sensor: SensorModel = field(default_factory=SensorModel)
    gnss: GnssModel = field(default_factory=GnssModel)
    odometry: OdometryModel = field(default_factory=OdometryModel)
    imu: ImuModel = field(default_factory=ImuModel)

    @property
    def mounted_camera(self) -> MountedCamera:
        """Return the camera on the vehicle."""
        place = self.mounting
        return MountedCamera(self.camera, camera_mounting(
            place.x, place.y, place.z, place.roll, place.pitch, place.yaw))

    def lasting(self, duration_s: float) -> Scenario:
        """
        Return the same drive, ended earlier or later.

        :param duration_s: its length [s]; the route sets the upper limit, which
            :func:`xview_loc.simulation.drive.plan_drive` checks.
        :raises ConfigurationError: when it is not a positive number.
        """
        return replace(self, motion=replace(self.motion, duration_s=duration_s))


def local_frame() -> LocalFrame:
    """Return the ``map`` frame of every scenario."""
    return LocalFrame(*DATUM)


def forward_camera(height: int = 256, width: int = 640, fov_deg: float = 80.0) -> PinholeCamera:
    """
    Return a forward camera without distortion, its axis in the middle of the image.

    :param height: number of rows.
    :param width: number of columns.
    :param fov_deg: horizontal field of view [deg].
    """
    focal = 0.5 * width / math.tan(math.radians(0.5 * fov_deg))
    return PinholeCamera(focal, focal, 0.5 * width - 0.5, 0.5 * height - 0.5, height, width)


def _scenarios():
    urban = Scenario(
        'urban', 'a loop through a town: four turns, one stop, parked and moving cars',
        urban_layout, Motion(stops=(128.0,)), forward_camera(),
        traffic=(TrafficLane(3.25, -9.0, 60.0),))
    roof = Mounting(x=0.8, z=2.0, pitch=0.0)
    return (
        urban,
        replace(urban, name='urban_black', sensor=SensorModel(blackout=True),
                description='the urban drive with a covered lens: images are black'),
        replace(urban, name='panorama', mounting=roof,
                camera=EquirectangularCamera(384, 1024, 150.0),
                description='the urban drive seen by a panoramic camera on the roof'),
        Scenario('highway', 'a motorway at 28 m/s: few landmarks, long straight lines',
                 highway_layout,
                 Motion(duration_s=45.0, top_speed=28.0, first_speed=25.0), forward_camera(),
                 metres_per_pixel=0.125,
                 traffic=(TrafficLane(3.75, 32.0, 70.0), TrafficLane(14.6, -30.0, 60.0),
                          TrafficLane(18.4, -34.0, 90.0))),
        Scenario('rural', 'a winding country road between fields, few buildings', rural_layout,
                 Motion(duration_s=60.0, top_speed=17.0, first_speed=10.0), forward_camera(),
                 metres_per_pixel=0.125,
                 traffic=(TrafficLane(3.1, -15.0, 150.0),)),
    )


SCENARIOS = {scenario.name: scenario for scenario in _scenarios()}


def scenario_names() -> tuple[str, ...]:
    """Return the names of all scenarios, the default first."""
    return tuple(SCENARIOS)


def get_scenario(name: str) -> Scenario:
    """
    Return a scenario.

    :param name: one of :func:`scenario_names`.
    :raises ConfigurationError: when there is none of that name.
    """
    if name not in SCENARIOS:
        raise ConfigurationError(
            f'There is no scenario {name!r}; choose one of {", ".join(SCENARIOS)}.')
    return SCENARIOS[name]
