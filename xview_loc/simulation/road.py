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

"""Roads: a centreline and its cross-section."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from xview_loc.errors import ConfigurationError
from xview_loc.simulation.polyline import Polyline


class RoadKind(Enum):
    """What kind of traffic a road is built and marked for."""

    STREET = 'street'
    AVENUE = 'avenue'
    COUNTRY = 'country'
    MOTORWAY = 'motorway'


@dataclass(frozen=True)
class Road:
    """
    A road with its cross-section; traffic keeps to the right.

    :param centre: centreline in ``map``.
    :param kind: decides on markings.
    :param lanes: lanes for each direction; on a motorway, the lanes of this carriageway.
    :param lane_width: width of a lane [m].
    :param parking_width: parking strip or shoulder on either side; 0 for none [m].
    :param sidewalk_width: pavement on either side; 0 for none, then there is no kerb [m].
    :raises ConfigurationError: when a width is negative or there is no lane.
    """

    centre: Polyline
    kind: RoadKind = RoadKind.STREET
    lanes: int = 1
    lane_width: float = 3.25
    parking_width: float = 0.0
    sidewalk_width: float = 2.5

    def __post_init__(self):
        """Refuse impossible cross-sections."""
        if self.lanes < 1 or min(self.parking_width, self.sidewalk_width) < 0.0:
            raise ConfigurationError(
                f'A road needs at least one lane and no negative width; got {self.lanes} lanes, '
                f'parking {self.parking_width} m, sidewalk {self.sidewalk_width} m.')

    @property
    def one_way(self) -> bool:
        """Tell whether all lanes lead the same way."""
        return self.kind is RoadKind.MOTORWAY

    @property
    def lanes_half_width(self) -> float:
        """Return the distance from the centreline to the outer edge of the lanes [m]."""
        return self.lanes * self.lane_width * (0.5 if self.one_way else 1.0)

    @property
    def half_width(self) -> float:
        """Return the distance from the centreline to the kerb [m]."""
        return self.lanes_half_width + self.parking_width

    def lane_offset(self, index: int = 0) -> float:
        """
        Return the offset of a lane's middle to the left of the centreline [m].

        :param index: 0 is the outermost (right) lane in the direction of the centreline.
        """
        return -self.lanes_half_width + (index + 0.5) * self.lane_width
