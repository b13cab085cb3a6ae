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
CVACT: panoramas of Canberra, each with the aerial tile centred on it.

Layout: ``ANU_data_small`` (train, val) and ``ANU_data_test`` (test), each with
``streetview/<panoId>_grdView.jpg`` (832 x 1664) and ``satview_polish/<panoId>_satView_polish.jpg``
(1200 x 1200), and the index ``ACT_data.mat`` at the root.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError
from xview_loc.geometry.utm import UtmZone
from xview_loc.geometry.web_mercator import metres_per_pixel as pixel_size
from xview_loc.learning.data.cross_view_sample import CrossViewSample, SatelliteTile
from xview_loc.learning.data.cvact_index import read_cvact_index
from xview_loc.learning.data.image_files import fraction_rows, read_rgb
from xview_loc.learning.data.near_matches import near_matches
from xview_loc.learning.data.panorama import panorama_camera
from xview_loc.learning.data.position_list import read_position_list

FOLDERS = {'train': 'ANU_data_small', 'val': 'ANU_data_small', 'test': 'ANU_data_test'}
GEO_LOCAL_LISTS = {'train': 'trainlist.txt', 'val': 'vallist.txt', 'test': 'testlist.txt'}
PUBLISHED_COUNTS = {'train': 35_532, 'val': 8_884, 'test': 92_802}
# The geo-local authors published lists of val and test; train is the rest of the 128 334 pairs.
GEO_LOCAL_COUNTS = {'train': 86_469, 'val': 21_249, 'test': 20_616}
# A retrieved tile is right when it lies within this distance of the query; 0 is one to one.
POSITIVE_RADIUS_M = {'train': 0.0, 'val': 0.0, 'test': 5.0}
UTM_ZONE = UtmZone(55, is_northern=False)
PUBLISHED_TILE_SIZE = 1200
ZOOM = 20
CAMERA_HEIGHT_M = 3.0


class CvactPairs:
    """
    Some pairs of CVACT; satisfies :class:`.pair_source.RetrievalSource`.

    North is at the centre column. Rows 208 to 623 of the 832 are kept, as all published methods
    do; of other heights the same share. The camera is taken to be 3.0 m high, the value that
    fitted best on four pairs.

    :param root: folder of the data set.
    :param panoramas: identifiers of 22 characters.
    :param positions: ``(N, 2)`` easting and northing, zone 55S [m].
    :param name: data set and split.
    :param folder: where images are looked for first, of :data:`FOLDERS`.
    :param positive_radius_m: tiles within this distance count as right; 0 only the own one.
    :param metres_per_pixel: of tiles of 1200 pixels; ``None`` is zoom 20 at the place, 0.122.
        A scale of two at the tile server would be half of that: nobody published which it was.
    :param cropped: keep the middle half of the panorama's height.
    """

    def __init__(self, root: str | Path, panoramas: Sequence[str], positions: np.ndarray,
                 name: str = 'cvact', *, folder: str = 'ANU_data_small',
                 positive_radius_m: float = 0.0, metres_per_pixel: float | None = None,
                 cropped: bool = True) -> None:
        self.root, self.name, self.cropped = Path(root), name, cropped
        self.identifiers = tuple(panoramas)
        self.positions = frozen(positions, np.float64)
        self.positive_radius_m = positive_radius_m
        self._metres_per_pixel = metres_per_pixel
        self._folders = [folder, *(sorted(set(FOLDERS.values()) - {folder}))]
        if self.positions.shape != (len(self), 2):
            raise DataSetError(
                f'{len(self)} panoramas have positions of shape {self.positions.shape}.')

    @classmethod
    def from_index(cls, root: str | Path, split: str = 'train', *, skip_missing: bool = True,
                   **options) -> CvactPairs:
        """
        Open a published split.

        :param root: folder of the data set.
        :param split: ``train``, ``val`` or ``test`` (``valSetAll``, with the 5 m rule).
        :param skip_missing: leave out panoramas without a ground image: the index lists more
            than were ever released.
        :param options: of the class.
        """
        if split not in FOLDERS:
            raise DataSetError(f'The split of CVACT is {split!r}; use {", ".join(FOLDERS)}.')
        index = read_cvact_index(Path(root) / 'ACT_data.mat')
        if split not in index.rows:
            raise DataSetError(f'{index.path} does not hold the split {split}.')
        pairs = cls(root, [index.panoramas[row] for row in index.rows[split]],
                    index.utm[index.rows[split]], f'cvact {split}', folder=FOLDERS[split],
                    positive_radius_m=POSITIVE_RADIUS_M[split], **options)
        return pairs.released() if skip_missing else pairs

    @classmethod
    def from_geo_local_list(cls, root: str | Path, path: str | Path, **options) -> CvactPairs:
        """
        Open a list of the geo-local splits, which are spatially disjoint.

        The lists name prepared images of one merged folder; the raw images of the same panoramas
        are read instead.

        :param root: folder of the data set.
        :param path: ``trainlist.txt``, ``vallist.txt`` or ``testlist.txt``.
        :param options: of the class.
        """
        rows = read_position_list(path)
        panoramas = [Path(ground).name.removesuffix('.png').removesuffix('_grdView')
                     for ground in rows.grounds]
        return cls(root, panoramas, rows.positions, f'cvact {Path(path).stem}', **options)

    def released(self) -> CvactPairs:
        """Return the pairs whose ground image is there; all where not even one is."""
        present = self._present()
        if present.all() or not present.any():
            return self
        kept = np.flatnonzero(present)
        return CvactPairs(
            self.root, [self.identifiers[row] for row in kept], self.positions[kept], self.name,
            folder=self._folders[0], positive_radius_m=self.positive_radius_m,
            metres_per_pixel=self._metres_per_pixel, cropped=self.cropped)

    def _present(self) -> np.ndarray:
        """Tell which ground images are there, by one listing of each folder."""
        found = {path.name for folder in self._folders
                 for path in (self.root / folder / 'streetview').glob('*_grdView.*')}
        return np.array([f'{pano}_grdView.jpg' in found for pano in self.identifiers], dtype=bool)

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.identifiers)

    @cached_property
    def matches(self) -> np.ndarray:
        """
        Return the right tiles: the own one, then those within the radius.

        :return: ``(N, K)`` int64, -1 fills up.
        """
        own = np.arange(len(self))
        return near_matches(self.positions, self.positions, self.positive_radius_m, own)

    def gallery(self) -> CvactPairs:
        """Return the tiles of these pairs."""
        return self

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the ground image and the tile of a pair, where they lie or should."""
        pano = self.identifiers[index]
        return (self._find(f'streetview/{pano}_grdView.jpg'),
                self._find(f'satview_polish/{pano}_satView_polish.jpg'))

    def _find(self, name: str) -> Path:
        candidates = [self.root / folder / name for folder in self._folders]
        return next((path for path in candidates if path.is_file()), candidates[0])

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """
        Read a pair.

        :param index: number of the pair.
        :param rng: not used: nothing varies.
        """
        ground = read_rgb(self.files(index)[0])
        if self.cropped:
            ground = fraction_rows(ground, 0.25, 0.75)
        tile = self.tile(index)
        return CrossViewSample(
            self.identifiers[index], ground, tile.image, tile.metres_per_pixel, heading=0.0,
            position=tile.position, camera=panorama_camera(ground.shape[:2], CAMERA_HEIGHT_M))

    def tile(self, index: int) -> SatelliteTile:
        """Read the tile of a pair."""
        image = read_rgb(self.files(index)[1])
        east, north = self.positions[index].tolist()
        metres = self._metres_per_pixel
        if metres is None:
            latitude, _ = UTM_ZONE.geodetic_from_utm(east, north)
            metres = pixel_size(float(latitude), ZOOM)
        return SatelliteTile(self.identifiers[index], image,
                             metres * PUBLISHED_TILE_SIZE / image.shape[1], (east, north))
