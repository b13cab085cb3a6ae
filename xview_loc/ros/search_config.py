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

"""How far around the prior to search."""

from __future__ import annotations

from dataclasses import dataclass, field
import math

from xview_loc.errors import ConfigurationError
from xview_loc.matching.matcher import SearchPrior
from xview_loc.ros.parameters import parameter
from xview_loc.ros.prior_source import Prior


@dataclass(frozen=True)
class SearchRadius:
    """Half side of the searched square."""

    minimum: float = parameter(
        4.0, 'Never search less far around the prior than this.', unit='m', minimum=0.5,
        maximum=100.0)
    maximum: float = parameter(
        40.0, 'Never search farther; a prior with a larger 3-sigma is refused.', unit='m',
        minimum=1.0, maximum=200.0)
    margin: float = parameter(
        2.0, 'Added to the 3-sigma of the prior position.', unit='m', minimum=0.0, maximum=50.0)

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other."""
        if self.minimum > self.maximum:
            raise ConfigurationError(
                f'search.radius.minimum is {self.minimum} m; it must be at most '
                f'search.radius.maximum ({self.maximum} m).')


@dataclass(frozen=True)
class SearchYaw:
    """Half width of the searched yaws."""

    minimum: float = parameter(
        0.1, 'Never search fewer yaws on each side of the prior than this.',
        unit='rad', minimum=0.0, maximum=math.pi)
    margin: float = parameter(
        0.05, 'Added to the 3-sigma of the prior yaw.', unit='rad', minimum=0.0,
        maximum=math.pi)
    full_above: float = parameter(
        1.05, 'Search every yaw when the half width would exceed this.',
        unit='rad', minimum=0.0, maximum=math.pi)


@dataclass(frozen=True)
class SearchConfig:
    """How far to search."""

    radius: SearchRadius = field(default_factory=SearchRadius)
    yaw: SearchYaw = field(default_factory=SearchYaw)

    def refusal(self, prior: Prior) -> str:
        """Return why the prior is too vague to search around, or ''."""
        reach = 3.0 * prior.position_sigma
        if reach <= self.radius.maximum:
            return ''
        return (f'The prior has a 3-sigma of {reach:.1f} m; the search reaches only '
                f'{self.radius.maximum:g} m (search.radius.maximum).')

    def around(self, prior: Prior) -> SearchPrior:
        """Return the search around a prior that was not refused."""
        radius = 3.0 * prior.position_sigma + self.radius.margin
        turn = 3.0 * prior.yaw_sigma + self.yaw.margin
        turn = math.pi if turn > self.yaw.full_above else max(turn, self.yaw.minimum)
        return SearchPrior(
            prior.pose, min(max(radius, self.radius.minimum), self.radius.maximum), turn)
