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

"""Tiles for a satellite network, cut out of a patch."""

from __future__ import annotations

import numpy as np

from xview_loc.errors import MatchingError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.model_records import SatelliteInput
from xview_loc.matching.satellite_tile import cut_tile

SAME_SCALE = 1e-3
COARSEST = 2.0


class TileCutter:
    """
    Cuts square north-up tiles at the resolution of a network.

    A tile is made of whole pixels of the patch, so that it is at most half a pixel from where it
    was asked for. A patch of another resolution, or turned, is resampled once, whole.

    :param patch: the imagery.
    :param satellite: size and resolution of the tiles.
    :raises MatchingError: when the patch is more than twice as coarse as the tiles.
    """

    def __init__(self, patch: SatellitePatch, satellite: SatelliteInput):
        self._side = satellite.size
        geometry = patch.geometry
        scale = geometry.metres_per_pixel / satellite.metres_per_pixel
        if scale > COARSEST:
            raise MatchingError(
                f'The patch has {geometry.metres_per_pixel:.3f} m per pixel; the model takes '
                f'{satellite.metres_per_pixel:.3f} m and no coarser than twice that.')
        self._image, self._valid = patch.image, patch.valid
        if abs(scale - 1.0) > SAME_SCALE or geometry.rotation != 0.0:
            height, width = (max(round(side * scale), 1) for side in geometry.shape)
            geometry = PatchGeometry(geometry.centre_x, geometry.centre_y,
                                     satellite.metres_per_pixel, height, width)
            whole = cut_tile(patch, geometry)
            self._image, self._valid = whole.image, whole.valid
        self.geometry = geometry

    def cut(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """
        Cut tiles.

        :param positions: ``(N, 2)`` x, y of their middles in ``map`` [m].
        :return: ``(N, S, S, 3)`` uint8, black outside the patch, and ``(N,)`` float64 the share
            of each that carries imagery.
        """
        side = self._side
        row, column = self.geometry.pixel_from_map(positions[:, 0], positions[:, 1])
        tops = np.rint(row - 0.5 * side).astype(int)
        lefts = np.rint(column - 0.5 * side).astype(int)
        tiles = np.zeros((len(positions), side, side, 3), np.uint8)
        covered = np.zeros(len(positions))
        for index, (top, left) in enumerate(zip(tops, lefts)):
            rows, columns = (np.clip([first, first + side], 0, most)
                             for first, most in zip((top, left), self.geometry.shape))
            source = np.s_[rows[0]:rows[1], columns[0]:columns[1]]
            tiles[index, rows[0] - top:rows[1] - top, columns[0] - left:columns[1] - left] = (
                self._image[source])
            covered[index] = np.count_nonzero(self._valid[source]) / side ** 2
        return tiles, covered
