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

"""Data sets as torch knows them: sized for a network, seeded, batched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from xview_loc.errors import DataSetError
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.data.image_files import centre_square, Interpolation, resized
from xview_loc.learning.data.pair_source import PairSource, TileGallery


@dataclass(frozen=True)
class InputSizes:
    """
    What a network takes.

    :param ground_shape: rows and columns of ground images; as they are when ``None``.
    :param satellite_size: side of tiles [px]; as they are when ``None``. Tiles that are not
        square lose what sticks out of the centre square, so that a metre stays a metre.
    :param interpolation: how both are resized.
    """

    ground_shape: tuple[int, int] | None = None
    satellite_size: int | None = None
    interpolation: Interpolation = Interpolation.AREA

    def ground(self, image: np.ndarray) -> np.ndarray:
        """Return a ground image ``(H, W, 3)`` in the size wanted."""
        if self.ground_shape is None:
            return image
        return resized(image, self.ground_shape, self.interpolation)

    def satellite(self, image: np.ndarray) -> tuple[np.ndarray, float]:
        """Return a tile in the size wanted, and by what its metres per pixel are multiplied."""
        if self.satellite_size is None:
            return image, 1.0
        square = centre_square(image)
        sized = resized(square, (self.satellite_size,) * 2, self.interpolation)
        return sized, square.shape[0] / self.satellite_size


class DrawnPairs(Dataset):
    """
    Pairs for ``DataLoader``; every draw depends on seed, epoch and index alone.

    :param source: the data set.
    :param seed: of what training varies.
    :param vary: draw anew for every epoch; False gives the published pair of tests.
    """

    def __init__(self, source: PairSource, *, seed: int = 0, vary: bool = False) -> None:
        self.source, self.seed, self.vary, self.epoch = source, seed, vary, 0

    def set_epoch(self, epoch: int) -> None:
        """Start an epoch; call it before the loader makes its workers."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.source)

    def drawn(self, index: int) -> CrossViewSample:
        """
        Draw one pair.

        :raises IndexError: beyond the last one, which ends a ``for`` loop.
        """
        if not 0 <= index < len(self):
            raise IndexError(index)
        rng = np.random.default_rng([self.seed, self.epoch, index]) if self.vary else None
        return self.source.sample(int(index), rng)


class TorchPairs(DrawnPairs):
    """
    A data set for ``DataLoader``; use it with :func:`collate_pairs`.

    Every draw depends on seed, epoch and index alone, so neither the number of workers nor the
    order of batches changes what is seen. Items are dictionaries:

    ==================== =========================================================================
    ``ground``           uint8 (H, W, 3) RGB
    ``satellite``        uint8 (h, w, 3) RGB
    ``metres_per_pixel`` float32, of the resized tile
    ``offset``           float32 (2,): east and north of the camera from the tile's centre [m]
    ``pixel``            float32 (2,): its continuous row and column, pixel centres at +0.5
    ``heading``          float32: clockwise from the tile's top [rad]; NaN where unknown
    ``tile_heading``     float32: where the tile's top points, clockwise from north [rad]
    ``position``         float64 (2,): east and north for masks [m]; NaN where unknown
    ``index``            int64: number of the pair
    ``identifier``       str
    ``frames``           uint8 (S, H, W, 3), newest first; only with sequences
    ``motion``           float32 (S, 3): east, north [m] and yaw [rad]; only with sequences
    ``intrinsics``       float32 (4,): fx, fy, cx, cy of the resized image, whose coordinates have
                         pixel centres at +0.5; only with sequences of pinhole cameras
    ==================== =========================================================================

    :param source: the data set.
    :param sizes: what the network takes.
    :param seed: of what training varies.
    :param vary: draw anew for every epoch; False gives the published pair of tests.
    """

    def __init__(self, source: PairSource, sizes: InputSizes = InputSizes(), *, seed: int = 0,
                 vary: bool = False) -> None:
        super().__init__(source, seed=seed, vary=vary)
        self.sizes = sizes

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return one pair; see the class for its entries."""
        return item_of(self.drawn(index), self.sizes, int(index))


class TorchTiles(Dataset):
    """
    The tiles of a gallery: ``satellite``, ``metres_per_pixel``, ``position``, ``index``.

    :param gallery: the tiles.
    :param sizes: what the network takes.
    """

    def __init__(self, gallery: TileGallery, sizes: InputSizes = InputSizes()) -> None:
        self.gallery, self.sizes = gallery, sizes

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.gallery)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return one tile."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        tile = self.gallery.tile(int(index))
        image, factor = self.sizes.satellite(tile.image)
        return {'satellite': _bytes(image), 'index': torch.tensor(int(index)),
                'metres_per_pixel': torch.tensor(tile.metres_per_pixel * factor),
                'position': _position(tile.position), 'identifier': tile.identifier}


def item_of(sample: CrossViewSample, sizes: InputSizes, index: int) -> dict[str, Any]:
    """
    Return a sample as the entries that :class:`TorchPairs` names.

    :param sample: as loaded.
    :param sizes: what the network takes.
    :param index: number of the pair.
    """
    satellite, factor = sizes.satellite(sample.satellite)
    metres_per_pixel = sample.metres_per_pixel * factor
    middle = 0.5 * np.array(satellite.shape[:2])
    offset = np.array([sample.east_m, sample.north_m])
    pixel = middle + np.array([-sample.north_m, sample.east_m]) / metres_per_pixel
    heading = math.nan if sample.heading is None else sample.heading
    item = {
        'ground': _bytes(sizes.ground(sample.ground)), 'satellite': _bytes(satellite),
        'metres_per_pixel': torch.tensor(metres_per_pixel), 'offset': _floats(offset),
        'pixel': _floats(pixel), 'heading': torch.tensor(heading),
        'tile_heading': torch.tensor(sample.tile_heading),
        'position': _position(sample.position), 'index': torch.tensor(index),
        'identifier': sample.identifier}
    if sample.sequence is not None:
        frames = [sizes.ground(image) for image in sample.sequence.images]
        item |= {'frames': _bytes(np.stack(frames)), 'motion': _floats(sample.sequence.motion)}
        if sample.camera is not None and hasattr(sample.camera.model, 'fx'):
            item['intrinsics'] = _intrinsics(sample, frames[0].shape[:2])
    return item


def collate_pairs(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """
    Stack items to a batch; names become a list.

    :param items: of :class:`TorchPairs` or :class:`TorchTiles`.
    :raises DataSetError: when images differ in size, which sizes of the network would prevent.
    """
    batch: dict[str, Any] = {}
    for name, first in items[0].items():
        values = [item[name] for item in items]
        if not isinstance(first, torch.Tensor):
            batch[name] = values
            continue
        if any(value.shape != first.shape for value in values):
            shapes = sorted({tuple(value.shape) for value in values})
            raise DataSetError(
                f'A batch holds {name} of shapes {shapes}; state the sizes that the network '
                'takes.')
        batch[name] = torch.stack(values)
    return batch


def _intrinsics(sample: CrossViewSample, shape: tuple[int, int]) -> torch.Tensor:
    """Return fx, fy, cx, cy of the resized image with pixel centres at +0.5."""
    assert sample.camera is not None
    model: Any = sample.camera.model.resized(*shape)
    return torch.tensor([model.fx, model.fy, model.cx + 0.5, model.cy + 0.5])


def _bytes(image: np.ndarray) -> torch.Tensor:
    """Return a copy of an image that torch may own."""
    return torch.from_numpy(np.array(image))


def _floats(values: np.ndarray) -> torch.Tensor:
    """Return values in float32."""
    return torch.tensor(np.asarray(values), dtype=torch.float32)


def _position(position: tuple[float, float] | None) -> torch.Tensor:
    """Return a position in float64: float32 would lose 0.25 m of a northing."""
    return torch.tensor(position or (math.nan, math.nan), dtype=torch.float64)
