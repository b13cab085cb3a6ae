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
Pairs out of tiles alone: a camera's view of an orthophoto is made up, with no ground image at all.

Recipe, for each pair, everything drawn anew:

1. a piece of imagery, mirrored or not; a tile of it at any rotation, its scale wrong by up to 5 %;
2. a camera where little grows, off the tile's centre by the prior's error, at 1.4 to 3.0 m;
3. what stands: plants where it is green or dark, 0.5 to 8 m high; cars, walls and poles that the
   picture does not show (:mod:`.pseudo_heights`);
4. another season, foreign texture in four octaves and other shadows, drawn apart for the tile and
   for the ground (:mod:`.appearance_noise`);
5. the view, ray by ray, with what hides and what is smeared (:mod:`.scenery_view`): a panorama, or
   a forward camera;
6. another tone, cast, saturation, blur and noise on either side;
7. a believed camera whose height is wrong by up to 6 % and whose horizon by half a pixel.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.learning.data.appearance_noise import photographed, weathered
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.data.image_files import resized
from xview_loc.learning.data.orthophotos import Orthophoto, OrthophotoSource
from xview_loc.learning.data.pair_source import own_generator
from xview_loc.learning.data.pseudo_heights import furnish, plant, vegetation
from xview_loc.learning.data.scenery_view import view_through, view_with_ground
from xview_loc.learning.data.tile_placing import (
    place_pair, Placing, TilePairSettings, ViewKind)

SPLITS = ('all', 'train', 'val')
TRAIN_SHARE = 0.85
HORIZON_ROW = 63.5
PANORAMA = EquirectangularCamera(152, 616, HORIZON_ROW)


class TilePairs:
    """
    Pairs made of orthophotos; satisfies :class:`.pair_source.PairSource`.

    A split is made of whole groups of overlapping pieces.

    :param orthophotos: the imagery.
    :param split: ``all``, ``train`` (85 % of the groups) or ``val``.
    :param settings: what the pairs look like.
    :raises DataSetError: when the split is empty.
    """

    positions: np.ndarray | None = None

    def __init__(self, orthophotos: OrthophotoSource, split: str = 'all',
                 settings: TilePairSettings = TilePairSettings()) -> None:
        if split not in SPLITS:
            raise DataSetError(f'The split of tiles is {split!r}; use {", ".join(SPLITS)}.')
        self.orthophotos, self.settings = orthophotos, settings
        self.name = f'tiles of {orthophotos.name} {split}'
        self._pieces = _pieces_of(orthophotos, split, settings.seed)
        if not self._pieces:
            raise DataSetError(f'{self.name} is empty; it needs more than one group of imagery.')
        self.identifiers = tuple(f'{orthophotos.name}/{piece}' for piece in self._pieces)

    def __len__(self) -> int:
        """Return the number of pieces; every epoch makes a new pair of each."""
        return len(self._pieces)

    def files(self, index: int) -> tuple[Path, ...]:
        """Return nothing: a piece may come from several files."""
        return ()

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """
        Make a pair.

        :param index: number of the piece.
        :param rng: of everything; without it a seed of its own gives the same pair every time.
        """
        rng, settings = own_generator(index, rng), self.settings
        photo = _no_finer(self.orthophotos.read(self._pieces[index], rng),
                          0.9 * settings.metres_per_pixel)
        if rng.random() < 0.5:
            photo = Orthophoto(photo.image[:, ::-1], photo.metres_per_pixel)
        growth = vegetation(photo.image)
        placing = place_pair(photo, growth, settings, rng)
        tile = _tile(photo, growth, placing, settings, rng)
        ground, seen, camera = _ground(photo, growth, placing, settings, rng)
        return CrossViewSample(
            self.identifiers[index], ground, tile, settings.metres_per_pixel,
            placing.offset[0], placing.offset[1], placing.heading, camera=camera,
            ground_seen=seen)


def _pieces_of(orthophotos: OrthophotoSource, split: str, seed: int) -> list[int]:
    """Return the pieces of whole groups."""
    groups = sorted(set(orthophotos.groups))
    order = np.random.default_rng(seed).permutation(len(groups))
    count = len(groups) if split == 'all' else round(TRAIN_SHARE * len(groups))
    part = order[count:] if split == 'val' else order[:count]
    kept = {groups[number] for number in part}
    return [piece for piece, group in enumerate(orthophotos.groups) if group in kept]


def _no_finer(photo: Orthophoto, metres_per_pixel: float) -> Orthophoto:
    """Return a piece without detail that the tile cannot show; it only costs time."""
    scale = photo.metres_per_pixel / metres_per_pixel
    if scale >= 1.0:
        return photo
    height, width = (round(side * scale) for side in photo.image.shape[:2])
    # The sides are rounded, so the two axes differ in scale by less than one pixel in all.
    return Orthophoto(resized(photo.image, (height, width)),
                      photo.metres_per_pixel * photo.image.shape[1] / width)


def _tile(photo: Orthophoto, growth: np.ndarray, placing: Placing, settings: TilePairSettings,
          rng: np.random.Generator) -> np.ndarray:
    """Return the tile; what lies beyond the piece is mirrored."""
    image = photo.image
    if settings.vary_appearance:
        heights = plant(growth, photo.metres_per_pixel, rng)
        image = weathered(image, growth, heights, photo.metres_per_pixel, rng,
                          settings.strength)
    if placing.scale > 1.2:
        image = cv2.GaussianBlur(image, (0, 0), 0.4 * placing.scale)
    cosine, sine = placing.scale * math.cos(placing.up), placing.scale * math.sin(placing.up)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    middle = np.array([placing.centre[1], placing.centre[0]]) - 0.5
    shift = middle - turn @ np.full(2, 0.5 * settings.size - 0.5)
    tile = cv2.warpAffine(
        image, np.column_stack([turn, shift]), (settings.size, settings.size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT)
    return photographed(tile, rng) if settings.vary_appearance else tile


def _ground(photo: Orthophoto, growth: np.ndarray, placing: Placing, settings: TilePairSettings,
            rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, MountedCamera]:
    """Return the view of the camera, where it shows ground, and the camera as believed."""
    scenery = furnish(photo.image, growth, photo.metres_per_pixel, placing.camera, rng)
    if settings.vary_appearance:
        colours = weathered(scenery.colours, growth, scenery.heights, photo.metres_per_pixel, rng,
                            settings.strength)
        scenery = type(scenery)(colours, scenery.heights, photo.metres_per_pixel)
    height = float(rng.uniform(*settings.height_m))
    red, blue = (int(value) for value in rng.integers(130, 240, 2))
    view, seen = view_with_ground(
        scenery, PANORAMA, placing.camera, placing.up + placing.heading, height,
        (red, (red + blue) // 2, blue))
    model: CameraModel = PANORAMA
    if settings.kind is ViewKind.FORWARD:
        model = _forward_camera(settings, rng)
        view = view_through(model, view, PANORAMA)
        seen = view_through(model, seen.astype(np.uint8), PANORAMA) > 0
    if settings.vary_appearance:
        view = photographed(view, rng)
    errors = rng.uniform(-1.0, 1.0, 2) if settings.vary_geometry else np.zeros(2)
    pitch = 0.5 * float(errors[1]) / PANORAMA.columns_per_radian
    believed = height * (1.0 + 0.06 * float(errors[0]))
    if isinstance(model, EquirectangularCamera):
        model = EquirectangularCamera(
            model.height, model.width, HORIZON_ROW + 0.5 * float(errors[1]))
        pitch = 0.0
    return view, seen, MountedCamera(model, camera_mounting(0.0, 0.0, believed, pitch=pitch))


def _forward_camera(settings: TilePairSettings, rng: np.random.Generator) -> PinholeCamera:
    """Return a level pinhole camera."""
    height, width = settings.forward_shape
    fov = math.radians(float(rng.uniform(*settings.forward_fov_deg)))
    focal = 0.5 * width / math.tan(0.5 * fov)
    return PinholeCamera(focal, focal, 0.5 * width - 0.5, 0.42 * height, height, width)
