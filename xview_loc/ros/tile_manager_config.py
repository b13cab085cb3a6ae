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

"""Parameters of the tile manager."""

from __future__ import annotations

from dataclasses import dataclass, field

from xview_loc.errors import ConfigurationError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.ros.parameters import parameter
from xview_loc.ros.search_config import SearchConfig


@dataclass(frozen=True)
class PatchConfig:
    """How imagery is cut, kept and fetched ahead."""

    grid: float = parameter(
        16.0, 'Patch centres lie on a grid of this step, so that successive frames share them.',
        unit='m', minimum=1.0, maximum=1000.0, at_configure=True)
    kept: int = parameter(
        6, 'Patches kept in memory.', minimum=2, maximum=1000, at_configure=True)
    prefetch_time: float = parameter(
        2.0, 'Read the patch the vehicle will need in this time, along its motion; 0 does not.',
        unit='s', minimum=0.0, maximum=60.0)
    min_coverage: float = parameter(
        0.05, 'Refuse to match when less of the patch than this carries imagery.', minimum=0.0,
        maximum=1.0)


@dataclass(frozen=True)
class DisplayConfig:
    """The imagery shown in RViz."""

    radius: float = parameter(
        150.0, 'Show imagery this far around the vehicle as textured markers; 0 shows none.',
        unit='m', minimum=0.0, maximum=2000.0)
    metres_per_pixel: float = parameter(
        0.5, 'Resolution of the imagery shown.', unit='m', minimum=0.1, maximum=5.0)


@dataclass(frozen=True)
class TileManagerConfig:
    """What the tile manager can be told."""

    imagery: str = parameter(
        '', 'Imagery: an .mbtiles file, a GeoTIFF or VRT, or a folder zoom/column/row.',
        at_configure=True)
    cache: int = parameter(
        256, 'Memory for decoded tiles.', unit='MiB', minimum=8, maximum=65536, at_configure=True)
    map_origin: tuple[float, ...] = parameter(
        (), 'Latitude [deg], longitude [deg] and altitude [m] of the origin of the map; not set: '
        'as published on map_origin by the filter.', at_configure=True)
    map_frame: str = parameter('map', 'Name of the map frame.', at_configure=True)
    prior_timeout: float = parameter(
        5.0, 'A pose or fix older than this is no prior.', unit='s', minimum=0.1, maximum=600.0)
    prior_filter: bool = parameter(
        False, 'Join fixes and odometry by a Kalman filter (filterpy), for a prior with a yaw '
        'while no pose arrives.', at_configure=True)
    fix_sigma: float = parameter(
        5.0, 'Standard deviation assumed for a fix that states no covariance.', unit='m',
        minimum=0.1, maximum=1000.0)
    fix_sigma_min: float = parameter(
        3.0, 'Least standard deviation of a fix against the imagery: receivers are optimistic '
        'and imagery is registered to a few metres only.', unit='m', minimum=0.0, maximum=100.0)
    search: SearchConfig = field(default_factory=SearchConfig)
    patch: PatchConfig = field(default_factory=PatchConfig)
    display: DisplayConfig = field(default_factory=DisplayConfig)

    def __post_init__(self) -> None:
        """Refuse an origin that is no place."""
        local_frame_of(self.map_origin)


def local_frame_of(origin: tuple[float, ...]) -> LocalFrame | None:
    """
    Return the map of a parameter ``map_origin``.

    :param origin: latitude [deg], longitude [deg] and perhaps altitude [m]; empty for not set.
    :raises ConfigurationError: when it has another length.
    :raises GeometryError: when it is not a place on the earth.
    """
    if not origin:
        return None
    if len(origin) not in (2, 3):
        raise ConfigurationError(
            f'map_origin is {list(origin)}; it must be [latitude, longitude, altitude] or empty.')
    return LocalFrame(*origin)
