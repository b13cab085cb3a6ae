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

"""
Labels of VIGOR: where in its tiles a panorama was taken.

A label line is ``pano sat0 d0 d0' sat1 d1 d1' sat2 d2 d2' sat3 d3 d3'``: the positive tile, then
three semi-positives, each with its offset in pixels of a 640-px tile. The first number is positive
when the camera is **south** of the tile's centre, the second when it is **west** of it, so the
camera is at row ``320 + d`` and column ``320 - d'``.

Three sets of labels exist. The *original* ones assume 0.114 m per pixel in every city. The
*corrected* ones (SliceMatch, Lentsch et al., CVPR 2023) use a measured size per city and UTM
coordinates of the file names; UTM north is not the tiles' north, which leaves 0.12 to 0.18 m on
average, 0.41 m at most for positives. *Mercator* labels are computed in the pixels of zoom 20 as
the tiles are made (HC-Net) and have neither fault.
"""

from __future__ import annotations

from dataclasses import dataclass
import math
from pathlib import Path

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError
from xview_loc.geometry.utm import UtmZone
from xview_loc.geometry.web_mercator import tile_pixel_from_geodetic
from xview_loc.learning.data.list_file import parse_numbers, read_rows

TILE_SIZE = 640
ZOOM = 20
TILES_PER_LABEL = 4
ORIGINAL_METRES_PER_PIXEL = 0.114


@dataclass(frozen=True)
class City:
    """
    One city of the data set.

    :param zone: its UTM zone.
    :param metres_per_pixel: of its tiles of 640 pixels, as measured for the corrected labels.
    """

    zone: UtmZone
    metres_per_pixel: float


CITIES = {
    'NewYork': City(UtmZone(18, True), 0.113248),
    'Seattle': City(UtmZone(10, True), 0.100817),
    'SanFrancisco': City(UtmZone(10, True), 0.118141),
    'Chicago': City(UtmZone(16, True), 0.111262)}


@dataclass(frozen=True)
class VigorLabels:
    """
    The labels of a list.

    :param panoramas: file names.
    :param tiles: names of four tiles each, the positive first.
    :param offsets: ``(N, 4, 2)`` float64 pixels of a 640-px tile, south and west; read-only.
    """

    panoramas: tuple[str, ...]
    tiles: tuple[tuple[str, ...], ...]
    offsets: np.ndarray

    def __post_init__(self) -> None:
        """Make the array read-only."""
        offsets = frozen(np.reshape(self.offsets, (-1, TILES_PER_LABEL, 2)), np.float64)
        object.__setattr__(self, 'offsets', offsets)

    def __len__(self) -> int:
        """Return the number of panoramas."""
        return len(self.panoramas)


def read_vigor_labels(path: str | Path) -> VigorLabels:
    """
    Read a list of labels.

    :param path: the list.
    :raises DataSetError: naming the file that is missing, or the line that is wrong.
    """
    path = Path(path)
    panoramas, tiles, offsets = [], [], []
    for number, words in read_rows(path, 13, 'labels of panoramas', ' '):
        panoramas.append(words[0])
        tiles.append(tuple(words[1::3]))
        offsets.append(parse_numbers(path, number, words[2::3] + words[3::3]))
    values = np.array(offsets, dtype=np.float64).reshape(-1, 2, TILES_PER_LABEL)
    return VigorLabels(tuple(panoramas), tuple(tiles), values.transpose(0, 2, 1))


def panorama_place(name: str) -> tuple[float, float]:
    """
    Return latitude and longitude [deg] of ``<id>,<latitude>,<longitude>,.jpg``.

    :raises DataSetError: when the name is of another form.
    """
    return _place(name, name.split(',')[1:3])


def tile_place(name: str) -> tuple[float, float]:
    """
    Return latitude and longitude [deg] of the centre of ``satellite_<latitude>_<longitude>.png``.

    :raises DataSetError: when the name is of another form.
    """
    return _place(name, name.rpartition('.')[0].split('_')[1:])


def corrected_offsets(city: City, cameras: np.ndarray, tiles: np.ndarray, *,
                      rounded: bool = True) -> np.ndarray:
    """
    Return offsets as the corrected labels have them, from the places in file names.

    :param city: UTM zone and ground size of a pixel.
    :param cameras: ``(..., 2)`` latitude and longitude [deg].
    :param tiles: ``(..., 2)`` of the tiles' centres [deg].
    :param rounded: to whole pixels, as published.
    :return: ``(..., 2)`` pixels, south and west.
    """
    camera_east, camera_north = city.zone.utm_from_geodetic(cameras[..., 0], cameras[..., 1])
    tile_east, tile_north = city.zone.utm_from_geodetic(tiles[..., 0], tiles[..., 1])
    offsets = np.stack([tile_north - camera_north, tile_east - camera_east], axis=-1)
    offsets /= city.metres_per_pixel
    return np.rint(offsets) if rounded else offsets


def mercator_offsets(cameras: np.ndarray, tiles: np.ndarray) -> np.ndarray:
    """
    Return offsets in the pixels of which the tiles are made, from the places in file names.

    :param cameras: ``(..., 2)`` latitude and longitude [deg].
    :param tiles: ``(..., 2)`` of the tiles' centres [deg].
    :return: ``(..., 2)`` pixels, south and west.
    """
    camera_column, camera_row = tile_pixel_from_geodetic(cameras[..., 0], cameras[..., 1], ZOOM)
    tile_column, tile_row = tile_pixel_from_geodetic(tiles[..., 0], tiles[..., 1], ZOOM)
    return np.stack([camera_row - tile_row, tile_column - camera_column], axis=-1)


def surrounding_tiles(cameras: np.ndarray, tiles: np.ndarray) -> np.ndarray:
    """
    Choose positive and semi-positives: the four tiles whose centres surround the camera.

    Tile centres lie on a grid of half a tile, so the camera is in the central quarter of the
    nearest one, the positive. The others follow in order of their distance.

    :param cameras: ``(N, 2)`` latitude and longitude [deg].
    :param tiles: ``(M, 2)`` centres [deg].
    :return: ``(N, 4)`` int64 numbers of tiles; -1 throughout where the grid has a hole.
    """
    keys = np.rint(np.asarray(tiles) * 1e8).astype(np.int64)
    lines = [np.unique(keys[:, axis]) for axis in range(2)]
    number = {(int(row), int(column)): index for index, (row, column) in enumerate(keys)}
    places = np.asarray(cameras) * 1e8
    corners = np.full((len(places), TILES_PER_LABEL), -1, dtype=np.int64)
    for row, place in enumerate(places):
        found = [_neighbours(line, value) for line, value in zip(lines, place)]
        four = [number.get((a, b), -1) for a in found[0] for b in found[1]]
        if len(four) == TILES_PER_LABEL and min(four) >= 0:
            distance = np.abs(mercator_offsets(
                np.asarray(cameras)[row], np.asarray(tiles)[four])) ** 2
            corners[row] = np.array(four)[np.argsort(distance.sum(axis=1), kind='stable')]
    return corners


def _neighbours(line: np.ndarray, value: float) -> tuple[int, ...]:
    """Return the entries of a sorted line on either side of a value."""
    above = int(np.searchsorted(line, value, side='right'))
    return tuple(int(entry) for entry in line[max(above - 1, 0):above + 1])


def _place(name: str, words: list[str]) -> tuple[float, float]:
    """Parse a place out of a file name."""
    try:
        latitude, longitude = (float(word) for word in words)
    except ValueError:
        latitude = math.nan
    if not (math.isfinite(latitude) and abs(latitude) <= 90.0 and abs(longitude) <= 180.0):
        raise DataSetError(f'The file name {name!r} does not hold a latitude and a longitude.')
    return latitude, longitude
