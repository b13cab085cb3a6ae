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

"""The data sets by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import inspect
import math
from pathlib import Path
from typing import Any

from xview_loc.errors import DataSetError
from xview_loc.learning.data import (
    cvact, cvusa, kitti_cvl, kitti_pairs, robotcar_pairs, street_pairs, vigor)
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.data.prior_noise import PriorNoise, ShiftKind
from xview_loc.learning.data.vigor_layout import CITIES_OF


@dataclass(frozen=True)
class DataSetKind:
    """
    A data set that can be opened by name.

    :param title: for people.
    :param counts: published number of pairs by split; empty where there is none.
    :param open_split: takes root and split, and options by name.
    :param marks: files or folders by which a root is recognised, all of one tuple.
    :param shapes: published rows and columns of ground image and tile, as loaded.
    :param more_options: options that ``open_split`` passes on without naming them.
    :param tiles: published number of tiles that are searched, by split.
    """

    title: str
    counts: Mapping[str, int]
    open_split: Callable[..., PairSource]
    marks: tuple[tuple[str, ...], ...]
    shapes: tuple[tuple[int, int] | None, tuple[int, int] | None] = (None, None)
    more_options: tuple[str, ...] = ()
    tiles: Mapping[str, int] = field(default_factory=dict)

    @property
    def options(self) -> tuple[str, ...]:
        """Return the names of the options that it takes."""
        names = list(inspect.signature(self.open_split).parameters)
        return tuple(name for name in (*names, *self.more_options)
                     if name not in ('root', 'split', 'options'))


def _vigor(root: Path, split: str, labels: str = 'corrected', semi_positives: bool = True,
           headings: str | Path = 'north') -> PairSource:
    area, _, half = split.partition('-')
    return vigor.VigorPairs(root, area, half, labels=labels, semi_positives=semi_positives,
                            headings=headings)


def _cvact(root: Path, split: str, skip_missing: bool = True,
           metres_per_pixel: float | None = None, cropped: bool = True) -> PairSource:
    return cvact.CvactPairs.from_index(
        root, split, skip_missing=skip_missing, metres_per_pixel=metres_per_pixel,
        cropped=cropped)


def _geo_local(root: Path, split: str, lists: str | Path | None = None,
               metres_per_pixel: float | None = None, cropped: bool = True) -> PairSource:
    if split not in cvact.GEO_LOCAL_LISTS:
        raise DataSetError(
            f'The geo-local split is {split!r}; use {", ".join(cvact.GEO_LOCAL_LISTS)}.')
    folder = Path(root if lists is None else lists)
    return cvact.CvactPairs.from_geo_local_list(
        root, folder / cvact.GEO_LOCAL_LISTS[split], metres_per_pixel=metres_per_pixel,
        cropped=cropped)


def _kitti(root: Path, split: str, shift_m: float = 20.0, turn_deg: float = 10.0,
           up: str = 'published', lists: str | Path | None = None) -> PairSource:
    noise = PriorNoise(shift_m, turn=math.radians(turn_deg))
    return kitti_pairs.KittiPairs(root, split, noise=noise, up=up, lists=lists)


def _robotcar(root: Path, split: str, up: str = 'north', lists: str | Path | None = None,
              shift_m: float = robotcar_pairs.TRAINING_NOISE.size_m) -> PairSource:
    noise = PriorNoise(shift_m, ShiftKind.RADIUS)
    return robotcar_pairs.RobotCarPairs(root, split, up=up, noise=noise, lists=lists)


def _bag(root: Path, split: str, shift_m: float = 20.0, **options: Any) -> PairSource:
    # Imported here because bags need rosbags and imagery rasterio, which the lists do not.
    from xview_loc.learning.data.bag_pairs import BagPairs

    return BagPairs(root, split, noise=PriorNoise(shift_m), **options)


def _tiles(root: Path, split: str, view: str = 'panorama', metres_per_pixel: float = 0.2,
           size: int = 256, shift_m: float = 10.0, strength: float = 1.0, on_roads: float = 0.0,
           folders: str = '', count: int = 1000, keep: str | Path | None = None,
           variants: int = 4) -> PairSource:
    from xview_loc.learning.data.joined_orthophotos import JoinedOrthophotos
    from xview_loc.learning.data.kept_pairs import KeptPairs
    from xview_loc.learning.data.open_orthophotos import open_orthophotos
    from xview_loc.learning.data.tile_pairs import TilePairs
    from xview_loc.learning.data.tile_placing import TilePairSettings, ViewKind

    kinds = {kind.value: kind for kind in ViewKind}
    if view not in kinds:
        raise DataSetError(f'The view of made-up pairs is {view!r}; use {", ".join(kinds)}.')
    photos = open_orthophotos(root, count) if not folders else JoinedOrthophotos(
        root.name, [open_orthophotos(root / name, count) for name in folders.split('+')])
    settings = TilePairSettings(
        kind=kinds[view], metres_per_pixel=metres_per_pixel, size=size, strength=strength,
        noise=PriorNoise(shift_m), on_roads=on_roads)
    pairs = TilePairs(photos, split, settings)
    if keep is None:
        return pairs
    return KeptPairs(pairs, Path(keep), variants, f'{root.resolve()} {folders} {settings}')


def _street_pairs(root: Path, split: str) -> PairSource:
    return street_pairs.StreetPairs(root, 'all' if split == 'test' else split)


def _kitti_mosaic(root: Path, split: str, seed: int = 0) -> PairSource:
    from xview_loc.learning.data.kitti_mosaic import KittiMosaicPairs

    return KittiMosaicPairs(root, seed)


KINDS: dict[str, DataSetKind] = {
    'cvusa': DataSetKind(
        'CVUSA', cvusa.PUBLISHED_COUNTS, cvusa.CvusaPairs,
        (('splits/train-19zl.csv',), ('splits/val-19zl.csv',), ('bingmap',)),
        ((224, 1232), (750, 750))),
    'cvact': DataSetKind(
        'CVACT', cvact.PUBLISHED_COUNTS, _cvact,
        (('ACT_data.mat',), ('ANU_data_small',), ('ANU_data_test',)),
        ((416, 1664), (1200, 1200))),
    'cvact_geo_local': DataSetKind(
        'CVACT, geo-local lists', cvact.GEO_LOCAL_COUNTS, _geo_local, (),
        ((416, 1664), (1200, 1200))),
    'vigor': DataSetKind(
        'VIGOR', vigor.PUBLISHED_COUNTS, _vigor,
        tuple((city,) for city in vigor.PUBLISHED_TILES), ((1024, 2048), (640, 640)),
        tiles={f'{area}-{half}': sum(vigor.PUBLISHED_TILES[city] for city in cities)
               for (area, half), cities in CITIES_OF.items()}),
    'robotcar': DataSetKind(
        'Oxford RobotCar', robotcar_pairs.PUBLISHED_COUNTS, _robotcar,
        ((robotcar_pairs.MAP_FILE,), ('test_yaw.npy',)), ((800, 1200), (800, 800)),
        tiles=dict.fromkeys(robotcar_pairs.PUBLISHED_COUNTS,
                            sum(robotcar_pairs.PUBLISHED_COUNTS.values()))),
    'kitti': DataSetKind(
        'KITTI with pose noise', kitti_pairs.PUBLISHED_COUNTS, _kitti,
        (('raw_data', 'train_files.txt'), ('raw_data', 'test1_files.txt')),
        (None, (512, 512))),
    'kitti_cvl': DataSetKind(
        'KITTI-CVL', kitti_cvl.PUBLISHED_COUNTS, kitti_cvl.KittiCvlSequences,
        (('train_files_with_sat_GPS.txt',), ('test2_files_with_sat_GPS.txt',)),
        (None, (512, 512)), tiles=kitti_cvl.PUBLISHED_TILES),
    'bag': DataSetKind(
        'drive', {}, _bag,
        (('metadata.yaml',), ('bag', 'tiles.mbtiles')),
        more_options=('tiles', 'truth', 'config', 'origin', 'metres_per_pixel', 'size',
                      'spacing_m', 'frames', 'gap_s')),
    'tiles': DataSetKind(
        'pairs out of tiles', {}, _tiles, (('chips.csv',), ('index.json', 'tiles'))),
    'street_pairs': DataSetKind('street pairs', {}, _street_pairs, ()),
    'kitti_mosaic': DataSetKind('KITTI raw mosaic', {}, _kitti_mosaic, ())}


def open_pairs(name: str, root: str | Path, split: str, **options: Any) -> PairSource:
    """
    Open a split of a data set.

    :param name: one of :data:`KINDS`.
    :param root: its folder.
    :param split: one of those the data set has.
    :param options: of the data set's own class, by name.
    :raises DataSetError: when there is no such data set, split or option, or a file is missing.
    """
    kind = kind_of(name)
    unknown = sorted(set(options) - set(kind.options))
    if unknown:
        raise DataSetError(
            f'{kind.title} has no option {unknown[0]}; it has {", ".join(kind.options)}.')
    if kind.counts and split not in kind.counts:
        raise DataSetError(
            f'{kind.title} has no split {split!r}; it has {", ".join(kind.counts)}.')
    if not Path(root).exists():
        raise DataSetError(f'{root} does not exist; name the folder of {kind.title}.')
    return kind.open_split(Path(root), split, **options)


def kind_of(name: str) -> DataSetKind:
    """
    Return a data set by name.

    :raises DataSetError: when there is none of that name.
    """
    if name not in KINDS:
        raise DataSetError(f'There is no data set {name!r}; use {", ".join(KINDS)}.')
    return KINDS[name]


def recognise(root: str | Path) -> str:
    """
    Tell which data set a folder holds, by its lists and folders.

    :param root: the folder.
    :return: name in :data:`KINDS`.
    :raises DataSetError: when it looks like none of them, or like several.
    """
    root = Path(root)
    if not root.exists():
        raise DataSetError(f'{root} does not exist.')
    found = [name for name, kind in KINDS.items()
             if any(all((root / mark).exists() for mark in marks) for marks in kind.marks)]
    if len(found) != 1:
        looks = f'like {" and ".join(found)}' if found else 'like no data set that is known'
        raise DataSetError(f'{root} looks {looks}; say which it is: {", ".join(KINDS)}.')
    return found[0]
