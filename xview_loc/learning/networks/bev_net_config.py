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

"""What a network of gates may change, and its sizes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from xview_loc.errors import ConfigurationError

REGIONS = 3


@unique
class BevNetKind(Enum):
    """
    What may differ from the training-free matcher.

    ``CONFIDENCE``: only how far each cell of the ground side counts. ``GROUND_GATES``: also how
    far each group of its channels does; the satellite side stays as it is. ``GATES``: both on
    both sides. ``FREE``: also two orientation pairs and five scalars on both sides.
    """

    CONFIDENCE = 'confidence'
    GROUND_GATES = 'ground_gates'
    GATES = 'gates'
    FREE = 'free'


BOTH_SIDES = (BevNetKind.GATES, BevNetKind.FREE)


@dataclass(frozen=True)
class BevNetConfig:
    """
    Settings of :class:`BevNet`.

    :param kind: what it may change.
    :param features: channels of the hidden layers.
    :param stride: of the first layer; gates are interpolated back. Free channels need 1.
    :param pairs: edge directions among the hand-made channels.
    :param cell_m: side of a cell [m].
    :param view_radius_m: of the views that an exported graph takes [m].
    :param ground_shape: of simulated training images; cameras in use may be any.
    :param satellite_size: of simulated tiles [px].
    :param kappa: log-likelihood per square metre and unit of score, before training.
    """

    kind: BevNetKind = BevNetKind.GROUND_GATES
    features: int = 24
    stride: int = 1
    pairs: int = 2
    cell_m: float = 0.5
    view_radius_m: float = 32.0
    ground_shape: tuple[int, int] = (152, 616)
    satellite_size: int = 416
    kappa: float = 0.3

    def __post_init__(self) -> None:
        """Refuse what is no network."""
        if min(self.features, self.stride, self.pairs) < 1:
            raise ConfigurationError('features, stride and pairs must be positive.')
        if self.kind is BevNetKind.FREE and self.stride != 1:
            raise ConfigurationError(f'stride is {self.stride}; free channels need 1.')
        if not min(self.cell_m, self.view_radius_m, self.kappa) > 0.0:
            raise ConfigurationError('cell_m, view_radius_m and kappa must be positive.')

    @property
    def channels(self) -> int:
        """Return the number of hand-made channels."""
        return 2 * self.pairs + REGIONS

    @property
    def groups(self) -> int:
        """Return the number of gates: one a pair, one a region channel, and the confidence."""
        return self.pairs + REGIONS + 1
