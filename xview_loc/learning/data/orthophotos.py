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

"""Orthophotos to learn from, without any ground image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from xview_loc.arrays import frozen


@dataclass(frozen=True)
class Orthophoto:
    """
    A piece of imagery.

    :param image: ``(H, W, 3)`` uint8 RGB, north up; read-only.
    :param metres_per_pixel: [m].
    """

    image: np.ndarray
    metres_per_pixel: float

    def __post_init__(self) -> None:
        """Make the array read-only."""
        object.__setattr__(self, 'image', frozen(self.image))


class OrthophotoSource(Protocol):
    """Pieces of imagery, numbered; those of one group overlap and must stay in one split."""

    @property
    def name(self) -> str:
        """Return a name for tables and model cards."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the group of every piece."""

    def __len__(self) -> int:
        """Return the number of pieces."""

    def read(self, index: int, rng: np.random.Generator) -> Orthophoto:
        """Read a piece; where there is a choice of the place, the generator makes it."""
