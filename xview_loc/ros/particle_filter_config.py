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

"""Parameters of the particle filter node."""

from __future__ import annotations

from dataclasses import dataclass, field

from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.ros.lost_pose import INFLATE, PUBLISH, WITHHOLD
from xview_loc.ros.parameters import inlined, parameter
from xview_loc.ros.tile_manager_config import local_frame_of


@dataclass(frozen=True)
class FixConfig:
    """How fixes are read."""

    sigma: float = parameter(
        5.0, 'Standard deviation assumed for a fix that states no covariance.', unit='m',
        minimum=0.01, maximum=1000.0)
    antenna_x: float = parameter(
        0.0, 'Antenna forward of base_link.', unit='m', minimum=-50.0, maximum=50.0)
    antenna_y: float = parameter(
        0.0, 'Antenna left of base_link.', unit='m', minimum=-50.0, maximum=50.0)


@dataclass(frozen=True)
class OutputConfig:
    """What is published, and how often."""

    publish_tf: bool = parameter(
        True, 'Broadcast map -> odom; false where another filter owns it and fuses pose.',
        at_configure=True)
    when_lost: str = parameter(
        'inflate', 'What users get while the health is lost: publish (the pose as it is), inflate '
        '(the pose with a covariance that says so) or withhold (neither pose, fix/filtered, path '
        'nor map -> odom).', choices=(PUBLISH, INFLATE, WITHHOLD))
    lost_position_std: float = parameter(
        100.0, 'With inflate: how far off a lost vehicle may be.', unit='m', minimum=1.0,
        maximum=100_000.0)
    transform_tolerance: float = parameter(
        0.5, 'Date map -> odom ahead by this, so that look-ups at the present succeed.',
        unit='s', minimum=0.0, maximum=10.0)
    tf_rate: float = parameter(
        20.0, 'Rate of map -> odom and of the filter loop.', unit='Hz', minimum=1.0,
        maximum=200.0, at_configure=True)
    particle_rate: float = parameter(
        2.0, 'Rate of particle_cloud, while somebody listens.', unit='Hz', minimum=0.1,
        maximum=20.0, at_configure=True)
    particle_limit: int = parameter(
        500, 'Most particles in particle_cloud.', minimum=1, maximum=5000)
    path_rate: float = parameter(
        1.0, 'Rate of path.', unit='Hz', minimum=0.1, maximum=20.0, at_configure=True)
    path_length: int = parameter(
        2000, 'Most poses in path; when full, every other one is dropped.', minimum=10,
        maximum=100_000)


@dataclass(frozen=True)
class ParticleFilterNodeConfig:
    """What the particle filter node can be told."""

    map_origin: tuple[float, ...] = parameter(
        (), 'Latitude [deg], longitude [deg] and altitude [m] of the origin of the map; not set: '
        'the first valid fix.', at_configure=True)
    map_frame: str = parameter(
        'map', 'World-fixed frame of the results.', at_configure=True)
    odom_frame: str = parameter('odom', 'Frame of the odometry.', at_configure=True)
    base_frame: str = parameter('base_link', 'Frame of the vehicle.', at_configure=True)
    fix: FixConfig = field(default_factory=FixConfig)
    output: OutputConfig = field(default_factory=OutputConfig)
    core: FilterConfig = inlined(FilterConfig)

    def __post_init__(self) -> None:
        """Refuse an origin that is no place."""
        local_frame_of(self.map_origin)
