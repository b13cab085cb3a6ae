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

"""What every data set gives: a ground image, a tile, and where in it the camera stood."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.patch_geometry import PatchGeometry


@dataclass(frozen=True)
class FrameSequence:
    """
    A short video with known motion, as CVLNet takes it.

    :param images: newest first, each ``(H, W, 3)`` uint8 RGB; read-only.
    :param motion: ``(S, 3)`` float64: east and north of each camera relative to the newest one
        [m], and its yaw, counter-clockwise from east [rad]; read-only.
    """

    images: tuple[np.ndarray, ...]
    motion: np.ndarray

    def __post_init__(self) -> None:
        """Check that there is one motion for each image, and make the arrays read-only."""
        for image in self.images:
            require_image(image, 'A frame of a sequence')
        motion = frozen(self.motion, np.float64)
        if motion.shape != (len(self.images), 3) or not np.isfinite(motion).all():
            raise DataSetError(
                f'The motion of {len(self.images)} frames must be finite and of shape '
                f'({len(self.images)}, 3); its shape is {motion.shape}.')
        object.__setattr__(self, 'images', tuple(frozen(image) for image in self.images))
        object.__setattr__(self, 'motion', motion)


@dataclass(frozen=True)
class CrossViewSample:
    """
    One ground image with its satellite tile.

    Convention: the tile's row 0 is its upper row; east is right and north is up. Where a
    published protocol turns the tile, "north" means the tile's own upward direction, and
    ``tile_heading`` says where that points in the world.

    :param identifier: name of the ground image, unique in its data set.
    :param ground: ``(H, W, 3)`` uint8 RGB; read-only.
    :param satellite: ``(h, w, 3)`` uint8 RGB; read-only.
    :param metres_per_pixel: of the tile [m].
    :param east_m: the camera's place right of the tile's centre [m].
    :param north_m: the camera's place above the tile's centre [m].
    :param heading: direction of the ground image's centre column, clockwise from the tile's
        upward direction [rad], in [0, 2 pi); ``None`` where the data set does not tell.
    :param position: the camera's east and north in a plane common to the data set [m], for masks
        by distance: UTM for most; ``None`` where the data set does not tell.
    :param camera: the camera in a frame on the ground below it, x along ``heading``, z up; roll
        and pitch of the vehicle included. ``None`` where the data set does not tell.
    :param tile_heading: true heading of the tile's upward direction [rad]; 0 for north-up tiles.
    :param sequence: the ground image and the ones before it, for methods that take videos.
    :param ground_seen: ``(H, W)`` bool: where the ground image shows the ground, and not what
        stands on it or the sky; of made-up pairs only; read-only.
    """

    identifier: str
    ground: np.ndarray
    satellite: np.ndarray
    metres_per_pixel: float
    east_m: float = 0.0
    north_m: float = 0.0
    heading: float | None = None
    position: tuple[float, float] | None = None
    camera: MountedCamera | None = None
    tile_heading: float = 0.0
    sequence: FrameSequence | None = None
    ground_seen: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Check the values, and make the arrays read-only."""
        require_image(self.ground, f'The ground image of {self.identifier}')
        require_image(self.satellite, f'The tile of {self.identifier}')
        if not (math.isfinite(self.metres_per_pixel) and self.metres_per_pixel > 0.0):
            raise DataSetError(
                f'metres_per_pixel of {self.identifier} is {self.metres_per_pixel}; it must be '
                'a positive number.')
        known = [self.east_m, self.north_m, self.tile_heading, *(self.position or ()),
                 *(() if self.heading is None else (self.heading,))]
        if not all(map(math.isfinite, known)):
            raise DataSetError(f'The pose of {self.identifier} is not finite.')
        if self.ground_seen is not None:
            if self.ground_seen.shape != self.ground.shape[:2]:
                raise DataSetError(
                    f'ground_seen of {self.identifier} has the shape {self.ground_seen.shape}; '
                    f'its ground image has {self.ground.shape[:2]}.')
            object.__setattr__(self, 'ground_seen', frozen(self.ground_seen, bool))
        object.__setattr__(self, 'ground', frozen(self.ground))
        object.__setattr__(self, 'satellite', frozen(self.satellite))
        if self.heading is not None:
            object.__setattr__(self, 'heading', positive_angle(self.heading))

    @property
    def geometry(self) -> PatchGeometry:
        """Return the geometry of the tile, with its centre as origin."""
        height, width = self.satellite.shape[:2]
        return PatchGeometry(0.0, 0.0, self.metres_per_pixel, height, width)

    @property
    def camera_pixel(self) -> tuple[float, float]:
        """Return the camera's continuous row and column in the tile, pixel centres at +0.5."""
        row, column = self.geometry.pixel_from_map(self.east_m, self.north_m)
        return float(row), float(column)

    @property
    def yaw(self) -> float | None:
        """Return the heading as a yaw, counter-clockwise from the tile's right [rad]."""
        return None if self.heading is None else positive_angle(0.5 * math.pi - self.heading)


@dataclass(frozen=True)
class SatelliteTile:
    """
    A tile among those that are searched.

    :param identifier: name of the tile, unique in its data set.
    :param image: ``(h, w, 3)`` uint8 RGB, north up; read-only.
    :param metres_per_pixel: [m].
    :param position: east and north of its centre, as in :class:`CrossViewSample`.
    """

    identifier: str
    image: np.ndarray
    metres_per_pixel: float
    position: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Check the image, and make it read-only."""
        require_image(self.image, f'The tile {self.identifier}')
        object.__setattr__(self, 'image', frozen(self.image))


def require_image(image: np.ndarray, what: str) -> None:
    """
    Refuse what is not an RGB image.

    :param image: ``(H, W, 3)`` uint8 with at least one pixel.
    :param what: what it is, to start the message with.
    :raises DataSetError: when it is anything else.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise DataSetError(
            f'{what} is {image.dtype} of shape {image.shape}; it must be uint8 (H, W, 3).')


def positive_angle(angle: float) -> float:
    """Return an angle in [0, 2 pi) [rad]."""
    turned = math.fmod(angle, 2.0 * math.pi)
    turned += 2.0 * math.pi if turned < 0.0 else 0.0
    return 0.0 if turned >= 2.0 * math.pi else turned
