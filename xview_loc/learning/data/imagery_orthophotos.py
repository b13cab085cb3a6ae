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

"""Random places of any imagery as orthophotos to learn from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.imagery_source import ImagerySource
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.learning.data.orthophotos import Orthophoto

ATTEMPTS = 400
PROBE_PX = 16
LEAST_COVER = 0.95


class ImageryOrthophotos:
    """
    Random places of any imagery that the package reads: the tiles of one's own city.

    :param spec: as for :func:`xview_loc.imagery.open_imagery.open_imagery`.
    :param count: number of places.
    :param metres_per_pixel: to read at [m].
    :param side: of the pieces [px].
    :param seed: same seed, same places.
    """

    def __init__(self, spec: str | Path, count: int = 1000, *, metres_per_pixel: float = 0.2,
                 side: int = 512, seed: int = 0) -> None:
        self._spec, self.metres_per_pixel, self.side = Path(spec), metres_per_pixel, side
        self.name = self._spec.stem
        self._open: dict[int, ImagerySource] = {}
        west, south, east, north = self._source().bounds
        rng = np.random.default_rng(seed)
        self._places = np.stack([rng.uniform(south, north, count),
                                 rng.uniform(west, east, count)], axis=1)
        # Blocks of about 200 m, so that splits by group do not share places.
        self.groups = tuple(f'{round(latitude / 2e-3)}_{round(longitude / 3e-3)}'
                            for latitude, longitude in self._places.tolist())

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self._places)

    def __getstate__(self) -> dict[str, Any]:
        """Leave open files behind when a worker is spawned."""
        return {**self.__dict__, '_open': {}}

    def close(self) -> None:
        """Close the imagery of this process; it opens again when a piece is read."""
        source = self._open.pop(os.getpid(), None)
        if source is not None:
            source.close()

    def read(self, index: int, rng: np.random.Generator) -> Orthophoto:
        """
        Read the piece at a place; a place that the imagery does not cover gives way to another.

        Packs along a route cover little of their box, so places are first looked at coarsely.

        :raises DataSetError: when none of four hundred places is covered.
        """
        for attempt in range(ATTEMPTS):
            number = index if attempt == 0 else int(rng.integers(len(self)))
            if self._patch(number, PROBE_PX).valid_fraction >= LEAST_COVER:
                patch = self._patch(number, self.side)
                if patch.valid_fraction >= LEAST_COVER:
                    return Orthophoto(patch.image, self.metres_per_pixel)
        raise DataSetError(f'The imagery {self._spec} covers none of {ATTEMPTS} places tried.')

    def _patch(self, number: int, size: int) -> SatellitePatch:
        """Read the area of a piece with so many pixels along its side."""
        latitude, longitude = self._places[number].tolist()
        scale = self.metres_per_pixel * self.side / size
        return self._source().read_patch(
            PatchGeometry(0.0, 0.0, scale, size, size), LocalFrame(latitude, longitude))

    def _source(self) -> ImagerySource:
        """Return the imagery, opened once in each process."""
        process = os.getpid()
        if process not in self._open:
            self._open[process] = open_imagery(self._spec)
        return self._open[process]
