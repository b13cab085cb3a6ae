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
VIGOR: panoramas of four American cities on a seamless grid of tiles; the camera is anywhere.

Layout: ``<City>/panorama/<id>,<lat>,<lon>,.jpg`` (1024 x 2048, north at the centre column),
``<City>/satellite/satellite_<lat>_<lon>.png`` (640 x 640, zoom 20) and lists in
``splits/<City>``, with corrected labels in ``splits__corrected/<City>``.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError
from xview_loc.geometry.web_mercator import metres_per_pixel
from xview_loc.learning.data.cross_view_sample import CrossViewSample, SatelliteTile
from xview_loc.learning.data.image_files import read_rgb
from xview_loc.learning.data.panorama import panorama_camera, rolled
from xview_loc.learning.data.vigor_labels import (
    CITIES, ORIGINAL_METRES_PER_PIXEL, panorama_place, tile_place, TILE_SIZE, ZOOM)
from xview_loc.learning.data.vigor_layout import CITIES_OF, city_labels, LabelKind, tile_names

# Of same-area train only the total is published; San Francisco's share is what the others leave.
PUBLISHED_COUNTS = {'same-train': 52_609, 'same-test': 52_605, 'cross-train': 51_520,
                    'cross-test': 53_694}
PUBLISHED_TILES = {'NewYork': 23_279, 'Seattle': 20_776, 'SanFrancisco': 24_255,
                   'Chicago': 22_308}
# As of CVACT's panoramas from the same provider; not measured for VIGOR.
CAMERA_HEIGHT_M = 3.0


class VigorPairs:
    """
    One split of VIGOR; satisfies :class:`.pair_source.RetrievalSource`.

    :param root: folder of the data set.
    :param area: ``same`` or ``cross``.
    :param split: ``train`` or ``test``.
    :param labels: ``corrected``, ``original`` (for parity with tables older than SliceMatch) or
        ``mercator``; see :mod:`.vigor_labels`.
    :param semi_positives: with a generator, draw the tile among the positive and those
        semi-positives that hold the camera: up to 28 % of the corrected ones do not.
    :param headings: ``north`` keeps north at the centre column; ``random`` turns by a random
        angle; a ``.npy`` file holds one angle per panorama [deg, counter-clockwise], as published
        for tests with unknown heading.
    :raises DataSetError: naming the list that is missing or the line that is wrong.
    """

    def __init__(self, root: str | Path, area: str = 'same', split: str = 'train', *,
                 labels: str = 'corrected', semi_positives: bool = True,
                 headings: str | Path = 'north') -> None:
        if (area, split) not in CITIES_OF:
            raise DataSetError(
                f'VIGOR has no split {area!r} {split!r}; use same or cross, and train or test.')
        self.root, self.name = Path(root), f'vigor {area}-{split}'
        self.semi_positives = semi_positives
        self._kind = _label_kind(labels)
        self.cities = CITIES_OF[area, split]
        self._load(area, split)
        self._headings = _headings(headings, len(self))

    def _load(self, area: str, split: str) -> None:
        """Read labels and tiles of all cities."""
        self._gallery = VigorTiles(self.root, self.cities, self._kind)
        found = [city_labels(self.root, city, area, split, self._kind) for city in self.cities]
        self.recomputed_cities = tuple(labels.city for labels in found if labels.recomputed)
        self.chosen_cities = tuple(labels.city for labels in found if labels.chosen)
        self.identifiers = tuple(
            f'{labels.city}/{name}' for labels in found for name in labels.labels.panoramas)
        self._offsets = np.concatenate([labels.labels.offsets for labels in found])
        self.matches = frozen(np.array([
            [self._gallery.number(labels.city, name) for name in four]
            for labels in found for four in labels.labels.tiles], np.int64).reshape(-1, 4))
        self.positions = frozen(np.concatenate([
            _utm(labels.city, [panorama_place(name) for name in labels.labels.panoramas])
            for labels in found]))

    def __len__(self) -> int:
        """Return the number of panoramas."""
        return len(self.identifiers)

    def gallery(self) -> VigorTiles:
        """Return all tiles of the cities, not only those that are referenced."""
        return self._gallery

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the panorama and its positive tile."""
        city, _, name = self.identifiers[index].partition('/')
        return (self.root / city / 'panorama' / name,
                *self._gallery.files(int(self.matches[index, 0])))

    def usable_tiles(self, index: int) -> np.ndarray:
        """Return which of the four tiles hold the camera; the positive always does."""
        inside = (np.abs(self._offsets[index]) < TILE_SIZE / 2).all(axis=1)
        inside[0] = True
        return np.flatnonzero(inside)

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """
        Read a pair.

        :param index: number of the panorama.
        :param rng: draws tile and heading; without it the positive tile, turned only by a file
            of headings.
        """
        choice = 0
        if rng is not None and self.semi_positives:
            choice = int(rng.choice(self.usable_tiles(index)))
        tile = self._gallery.tile(int(self.matches[index, choice]))
        ground, angle = self._ground(index, rng)
        south, west = self._offsets[index, choice].tolist()
        scale = self._gallery.published_metres_per_pixel(int(self.matches[index, choice]))
        return CrossViewSample(
            self.identifiers[index], ground, tile.image, tile.metres_per_pixel, -west * scale,
            -south * scale, -angle, tuple(self.positions[index].tolist()),
            panorama_camera(ground.shape[:2], CAMERA_HEIGHT_M))

    def _ground(self, index: int, rng: np.random.Generator | None) -> tuple[np.ndarray, float]:
        """Return the panorama and by what it was turned counter-clockwise [rad]."""
        image = read_rgb(self.files(index)[0])
        if isinstance(self._headings, np.ndarray):
            return rolled(image, math.radians(float(self._headings[index])))
        if self._headings == 'random' and rng is not None:
            return rolled(image, float(rng.uniform(0.0, 2.0 * math.pi)))
        return image, 0.0


class VigorTiles:
    """
    All tiles of some cities; satisfies :class:`.pair_source.TileGallery`.

    :param root: folder of the data set.
    :param cities: their names, in the order that numbers the tiles.
    :param kind: labels in use, which decide the metres per pixel.
    """

    def __init__(self, root: Path, cities: tuple[str, ...], kind: LabelKind) -> None:
        names = [(city, name) for city in cities for name in tile_names(root, city)]
        self.root, self._names, self._kind = root, names, kind
        self._number = {key: index for index, key in enumerate(names)}
        self.identifiers = tuple(f'{city}/{name}' for city, name in names)
        self.positions = frozen(np.concatenate([
            _utm(city, [tile_place(name) for owner, name in names if owner == city])
            for city in cities]))

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self._names)

    def number(self, city: str, name: str) -> int:
        """
        Return the number of a tile.

        :raises DataSetError: when the list of the city does not hold it.
        """
        if (city, name) not in self._number:
            raise DataSetError(f'A label names the tile {name}, which is not listed in {city}.')
        return self._number[city, name]

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the file of a tile."""
        city, name = self._names[index]
        return (self.root / city / 'satellite' / name,)

    def published_metres_per_pixel(self, index: int) -> float:
        """Return the ground size of a pixel of a 640-px tile [m]."""
        city, name = self._names[index]
        if self._kind is LabelKind.ORIGINAL:
            return ORIGINAL_METRES_PER_PIXEL
        if self._kind is LabelKind.CORRECTED:
            return CITIES[city].metres_per_pixel
        return metres_per_pixel(tile_place(name)[0], ZOOM)

    def tile(self, index: int) -> SatelliteTile:
        """Read a tile; one that is not 640 pixels wide covers the same ground."""
        image = read_rgb(self.files(index)[0])
        scale = self.published_metres_per_pixel(index) * TILE_SIZE / image.shape[1]
        return SatelliteTile(self.identifiers[index], image, scale,
                             tuple(self.positions[index].tolist()))


def _label_kind(labels: str) -> LabelKind:
    """Parse the kind of labels."""
    try:
        return LabelKind(labels)
    except ValueError:
        kinds = ', '.join(kind.value for kind in LabelKind)
        raise DataSetError(f'The labels of VIGOR are {labels!r}; use {kinds}.') from None


def _headings(headings: str | Path, count: int) -> np.ndarray | str:
    """Return the published headings [deg], or the rule."""
    if headings in ('north', 'random'):
        return str(headings)
    path = Path(headings)
    try:
        values = np.asarray(np.load(path), dtype=np.float64).reshape(-1)
    except (OSError, ValueError) as error:
        raise DataSetError(f'{path} does not hold headings: {error}.') from error
    if len(values) != count:
        raise DataSetError(f'{path} holds {len(values)} headings; the split has {count}.')
    return values


def _utm(city: str, places: list[tuple[float, float]]) -> np.ndarray:
    """Return ``(N, 2)`` easting and northing in the zone of a city [m]."""
    latitude, longitude = np.array(places, dtype=np.float64).reshape(-1, 2).T
    return np.stack(CITIES[city].zone.utm_from_geodetic(latitude, longitude), axis=-1)
