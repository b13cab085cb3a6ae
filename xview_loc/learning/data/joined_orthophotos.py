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

"""Orthophotos of several places as one source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xview_loc.learning.data.orthophotos import Orthophoto, OrthophotoSource


class JoinedOrthophotos:
    """
    The pieces of several sources, one after the other.

    :param name: for tables and model cards.
    :param sources: whose groups never overlap those of another one.
    """

    def __init__(self, name: str, sources: Sequence[OrthophotoSource]) -> None:
        self.name, self._sources = name, tuple(sources)
        self._starts = np.cumsum([0, *(len(source) for source in self._sources)])
        self.groups = tuple(f'{source.name}/{group}' for source in self._sources
                            for group in source.groups)

    def __len__(self) -> int:
        """Return the number of pieces."""
        return int(self._starts[-1])

    def read(self, index: int, rng: np.random.Generator) -> Orthophoto:
        """Read a piece of the source that it belongs to."""
        number = int(np.searchsorted(self._starts, index, side='right')) - 1
        return self._sources[number].read(index - int(self._starts[number]), rng)
