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

"""Tiles of a patch with what a satellite network makes of them, computed once each."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock

import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.model_records import SatelliteInput
from xview_loc.matching.satellite_tile import cut_tile

# Parts of the side of a tile: how far a search stays from its rim, and the step from tile to tile.
RIM, STEP = 1.0 / 16.0, 0.25
KEPT_BYTES = 1 << 30


@dataclass(frozen=True)
class PreparedTile:
    """
    One tile and its features.

    :param geometry: place of its pixels.
    :param valid: ``(S, S)`` bool, where there is imagery.
    :param maps: outputs of the network by name, with a leading axis of 1; empty where the tile
        has no imagery.
    """

    geometry: PatchGeometry
    valid: np.ndarray
    maps: Mapping[str, np.ndarray]

    @property
    def size_bytes(self) -> int:
        """Return the memory that it takes."""
        return self.valid.nbytes + sum(array.nbytes for array in self.maps.values())


class TileStore:
    """
    The tiles used last, within a limit of memory; safe to share by threads.

    Two threads that ask for the same tile at once wait for the same run of the network.

    :param satellite: what the network takes.
    :param network: ``(1, S, S, 3)`` uint8 to its outputs by name.
    :param byte_limit: of all tiles; the one asked for last stays whatever its size.
    """

    def __init__(self, satellite: SatelliteInput,
                 network: Callable[[np.ndarray], Mapping[str, np.ndarray]],
                 byte_limit: int = KEPT_BYTES) -> None:
        """Start empty."""
        self.satellite = satellite
        self._network = network
        self._limit = byte_limit
        self._lock = Lock()
        # The patch is kept beside its tile so that its identity is not given to another.
        self._tiles: OrderedDict[tuple[int, int, int],
                                 tuple[SatellitePatch, Future[PreparedTile]]] = OrderedDict()
        self.runs = 0

    def tile(self, patch: SatellitePatch, east: int, north: int) -> PreparedTile:
        """
        Return a tile, running the network in the calling thread if it is not there.

        :param patch: recognised by identity.
        :param east: of the middle of the tile from that of the patch, in pixels of the tile.
        :param north: likewise.
        :raises XviewLocError: what the network raises; the next call tries again.
        """
        key = (id(patch), east, north)
        with self._lock:
            known = self._tiles.get(key)
            if known is None:
                future: Future[PreparedTile] = Future()
                self._tiles[key] = patch, future
            else:
                self._tiles.move_to_end(key)
        if known is not None:
            return known[1].result()
        try:
            future.set_result(self._prepared(patch, self.geometry(patch, east, north)))
        except Exception as error:
            with self._lock:
                self._tiles.pop(key, None)
            future.set_exception(error)
        self._forget()
        return future.result()

    def geometry(self, patch: SatellitePatch, east: int, north: int) -> PatchGeometry:
        """
        Return the place of a tile; the pixels of all tiles of a patch coincide.

        :param patch: that it is cut out of.
        :param east: see :meth:`tile`.
        :param north: see :meth:`tile`.
        """
        pixel, size = self.satellite.metres_per_pixel, self.satellite.size
        return PatchGeometry(patch.geometry.centre_x + east * pixel,
                             patch.geometry.centre_y + north * pixel, pixel, size, size)

    def _prepared(self, patch: SatellitePatch, geometry: PatchGeometry) -> PreparedTile:
        tile = cut_tile(patch, geometry)
        if not tile.valid.any():
            return PreparedTile(geometry, tile.valid, {})
        self.runs += 1
        return PreparedTile(geometry, tile.valid, self._network(tile.image[None]))

    def _forget(self) -> None:
        """Drop what was not used for longest until the rest fits."""
        with self._lock:
            done = [(key, future.result().size_bytes) for key, (_, future) in self._tiles.items()
                    if future.done() and future.exception() is None]
            total = sum(size for _, size in done)
            for key, size in done[:-1]:
                if total <= self._limit:
                    return
                del self._tiles[key]
                total -= size


class TileFeatures:
    """
    The map features of a patch: tiles where a search needs them.

    :param patch: the imagery.
    :param store: keeps the tiles of all patches.
    """

    def __init__(self, patch: SatellitePatch, store: TileStore) -> None:
        """Prepare the tile in the middle, with which most searches make do."""
        self.patch = patch
        self._store = store
        store.tile(patch, 0, 0)

    @property
    def middle(self) -> PatchGeometry:
        """Return the place of the tile in the middle of the patch."""
        return self._store.geometry(self.patch, 0, 0)

    def tile(self, east: int, north: int) -> PreparedTile:
        """
        Return a tile by its place, see :meth:`TileStore.tile`.

        :param east: of its middle from that of the patch [px].
        :param north: likewise.
        """
        return self._store.tile(self.patch, east, north)

    def around(self, x: float, y: float, radius_m: float) -> list[PreparedTile]:
        """
        Return the tiles that hold a search, one wherever one is enough, at most four.

        That is the middle one if it holds the square, else the one nearest to the place on a grid
        of a quarter of a tile; a square wider than 5/8 of a tile takes 2 x 2, which hold up to
        7/4 of a tile: farther out nothing is known.

        :param x: middle of the search in ``map`` [m].
        :param y: likewise.
        :param radius_m: half side of the square [m].
        """
        east = x - self.patch.geometry.centre_x
        north = y - self.patch.geometry.centre_y
        satellite = self._store.satellite
        usable = (0.5 - RIM) * satellite.extent_m
        if max(abs(east), abs(north)) + radius_m <= usable:
            return [self.tile(0, 0)]
        step_px = max(round(STEP * satellite.size), 1)
        step = step_px * satellite.metres_per_pixel
        apart = 0.0
        if radius_m > usable - 0.5 * step:
            apart = min(radius_m - usable + 0.5 * step, usable)
        places = sorted({(round((east + right * apart) / step), round((north + up * apart) / step))
                         for right in (-1, 1) for up in (-1, 1)})
        return [self.tile(right * step_px, up * step_px) for right, up in places]
