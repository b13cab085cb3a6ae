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

"""Where VIGOR keeps its lists, and what stands in for those that are missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path

import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.learning.data.image_files import first_file
from xview_loc.learning.data.list_file import read_rows
from xview_loc.learning.data.vigor_labels import (
    CITIES, City, corrected_offsets, mercator_offsets, panorama_place, read_vigor_labels,
    surrounding_tiles, tile_place, VigorLabels)

CITIES_OF = {
    ('same', 'train'): ('NewYork', 'Seattle', 'SanFrancisco', 'Chicago'),
    ('same', 'test'): ('NewYork', 'Seattle', 'SanFrancisco', 'Chicago'),
    ('cross', 'train'): ('NewYork', 'Seattle'),
    ('cross', 'test'): ('SanFrancisco', 'Chicago')}
_LIST_OF = {('same', 'train'): 'same_area_balanced_train',
            ('same', 'test'): 'same_area_balanced_test'}
_EVERY_PANORAMA = 'pano_label_balanced'


@unique
class LabelKind(Enum):
    """Which labels to use; see :mod:`.vigor_labels`."""

    CORRECTED = 'corrected'
    ORIGINAL = 'original'
    MERCATOR = 'mercator'


@dataclass(frozen=True)
class CityLabels:
    """
    The labels of one city.

    :param city: its name.
    :param labels: of its panoramas.
    :param recomputed: offsets come from file names, not from a list.
    :param chosen: the four tiles of each panorama come from file names too.
    """

    city: str
    labels: VigorLabels
    recomputed: bool = False
    chosen: bool = False


def city_labels(root: Path, city: str, area: str, split: str, kind: LabelKind) -> CityLabels:
    """
    Return the labels of a city.

    Where the list of corrected labels is missing, offsets are computed from the file names in the
    original list, which reproduces the published ones within their rounding. Where that is
    missing too and every panorama of the city is wanted, the folder of panoramas and the grid of
    tiles stand in for it; the publishers balanced their list, so it is somewhat shorter.

    :param root: folder of the data set.
    :param city: one of :data:`.vigor_labels.CITIES`.
    :param area: ``same`` or ``cross``.
    :param split: ``train`` or ``test``.
    :param kind: labels wanted.
    :raises DataSetError: naming the lists that are missing.
    """
    stem = _LIST_OF.get((area, split), _EVERY_PANORAMA)
    corrected = [root / 'splits__corrected' / city / f'{stem}__corrected.txt',
                 root / 'splits_new' / city / f'{stem}.txt']
    original = [root / 'splits' / city / f'{stem}.txt']
    if kind is LabelKind.ORIGINAL:
        return CityLabels(city, read_vigor_labels(first_file(original, 'original labels')))
    if kind is LabelKind.CORRECTED and any(path.is_file() for path in corrected):
        return CityLabels(city, read_vigor_labels(first_file(corrected, 'corrected labels')))
    known = [path for path in corrected + original if path.is_file()]
    if known:
        listed = read_vigor_labels(known[0])
        return CityLabels(city, _recomputed(listed, CITIES[city], kind), recomputed=True)
    if stem == _EVERY_PANORAMA and (root / city / 'panorama').is_dir():
        return CityLabels(city, _from_names(root, city, kind), recomputed=True, chosen=True)
    first_file(corrected + original, f'the panoramas of {city}')
    raise AssertionError('unreachable')


def tile_names(root: Path, city: str) -> tuple[str, ...]:
    """
    Return the tiles of a city, from its list or else from its folder in order of names.

    :param root: folder of the data set.
    :param city: one of :data:`.vigor_labels.CITIES`.
    :raises DataSetError: naming list and folder when both are missing.
    """
    lists = [root / folder / city / 'satellite_list.txt'
             for folder in ('splits', 'splits__corrected', 'splits_new')]
    for path in lists:
        if path.is_file():
            return tuple(words[0] for _, words in read_rows(path, 1, 'names of tiles'))
    names = sorted(path.name for path in (root / city / 'satellite').glob('satellite_*.png'))
    if not names:
        raise DataSetError(
            f'{lists[0]} and {root / city / "satellite"} are missing; one of them must tell the '
            f'tiles of {city}.')
    return tuple(names)


def _recomputed(listed: VigorLabels, city: City, kind: LabelKind) -> VigorLabels:
    """Return the labels of a list with offsets from its file names."""
    cameras = np.array([panorama_place(name) for name in listed.panoramas]).reshape(-1, 1, 2)
    tiles = np.array([[tile_place(name) for name in four] for four in listed.tiles])
    tiles = tiles.reshape(len(listed), -1, 2)
    offsets = (mercator_offsets(cameras, tiles) if kind is LabelKind.MERCATOR
               else corrected_offsets(city, cameras, tiles))
    return VigorLabels(listed.panoramas, listed.tiles, offsets)


def _from_names(root: Path, city: str, kind: LabelKind) -> VigorLabels:
    """Return labels of every panorama in the folder that four tiles surround."""
    panoramas = sorted(path.name for path in (root / city / 'panorama').glob('*.jpg'))
    names = tile_names(root, city)
    cameras = np.array([panorama_place(name) for name in panoramas]).reshape(-1, 2)
    chosen = surrounding_tiles(cameras, np.array([tile_place(name) for name in names]))
    kept = np.flatnonzero(chosen[:, 0] >= 0)
    listed = VigorLabels(
        tuple(panoramas[row] for row in kept),
        tuple(tuple(names[tile] for tile in chosen[row]) for row in kept),
        np.zeros((len(kept), 4, 2)))
    return _recomputed(listed, CITIES[city], kind)
