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

"""Which bands of a raster file make an RGB image, and how."""

from __future__ import annotations

import numpy as np
from rasterio import DatasetReader
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.windows import Window

from xview_loc.errors import ImageryError
from xview_loc.imagery.block import Block
from xview_loc.imagery.stretch import apply_stretch, Stretch

# Dark and bright value of each band.
Limits = tuple[tuple[float, float], ...]

SAMPLE_PX = 1024
SAMPLE_WINDOWS = 8


class RasterBands:
    """
    The choice of bands of one file.

    Colours are the bands marked red, green and blue, else the first three, else the first as
    grey; a palette is applied. Masks are no-data values, internal masks, alpha bands and NaN.

    :param dataset: the open file.
    :raises ImageryError: when it holds no image.
    """

    def __init__(self, dataset: DatasetReader):
        kinds = list(dataset.colorinterp)
        colours = [ColorInterp.red, ColorInterp.green, ColorInterp.blue]
        data = [index + 1 for index, kind in enumerate(kinds) if kind is not ColorInterp.alpha]
        if not data:
            raise ImageryError(f'The raster {dataset.name} holds no image band.')
        self.palette = None
        if all(colour in kinds for colour in colours):
            self.indexes = [kinds.index(colour) + 1 for colour in colours]
        elif kinds[0] is ColorInterp.palette:
            self.indexes = [1]
            self.palette = _palette(dataset)
        else:
            self.indexes = data[:3] if len(data) >= 3 else data[:1]
        types = {np.dtype(dataset.dtypes[index - 1]) for index in self.indexes}
        if any(np.issubdtype(kind, np.complexfloating) for kind in types):
            raise ImageryError(f'The raster {dataset.name} holds complex numbers, no image.')
        self.needs_stretch = self.palette is None and types != {np.dtype(np.uint8)}
        self._floating = any(np.issubdtype(kind, np.floating) for kind in types)
        self._masked = any(MaskFlags.all_valid not in dataset.mask_flag_enums[index - 1]
                           for index in self.indexes)

    def read(self, dataset: DatasetReader, window: Window, limits: Limits | None) -> Block:
        """
        Read a window as RGB.

        :param dataset: the file, at any overview.
        :param window: pixels inside it.
        :param limits: values that become 0 and 255, or ``None`` to take 8 bits as they are.
        """
        values = dataset.read(self.indexes, window=window)
        valid = self._valid(dataset, window, values)
        if self.palette is not None:
            image = self.palette[values[0]]
        else:
            if limits is not None:
                values = np.stack([apply_stretch(band, pair)
                                   for band, pair in zip(values, limits)])
            image = np.ascontiguousarray(
                np.moveaxis(np.broadcast_to(values, (3, *values.shape[1:])), 0, 2))
        return Block(image, None if valid is None or valid.all() else valid)

    def measure(self, dataset: DatasetReader, stretch: Stretch) -> Limits:
        """
        Return the limits of a stretch for this file.

        From its pixels when it is small, else from an overview, else from 8 x 8 windows spread
        over it.

        :param dataset: the file at full resolution.
        :param stretch: the rule.
        """
        parts = [self._sample(dataset, window, size)
                 for window, size in _sample_windows(dataset)]
        return tuple(stretch.limits(np.concatenate([part[band] for part in parts]))
                     for band in range(len(self.indexes)))

    def _sample(self, dataset: DatasetReader, window: Window,
                size: tuple[int, int]) -> list[np.ndarray]:
        values = dataset.read(self.indexes, window=window, out_shape=(len(self.indexes), *size))
        valid = dataset.dataset_mask(window=window, out_shape=size) > 0
        return [band[valid].astype(np.float64) for band in values]

    def _valid(self, dataset: DatasetReader, window: Window,
               values: np.ndarray) -> np.ndarray | None:
        valid = None
        if self._masked:
            valid = dataset.dataset_mask(window=window) == 255
        if self._floating:
            finite = np.isfinite(values).all(axis=0)
            valid = finite if valid is None else valid & finite
        return valid


def _sample_windows(dataset: DatasetReader) -> list[tuple[Window, tuple[int, int]]]:
    """Return windows and the sizes to read them at."""
    height, width = dataset.shape
    factor = max(1.0, max(height, width) / SAMPLE_PX)
    if factor <= 4.0 or dataset.overviews(1):
        return [(Window(0, 0, width, height),
                 (max(1, int(height / factor)), max(1, int(width / factor))))]
    side = min(SAMPLE_PX // SAMPLE_WINDOWS, height, width)
    tops = np.linspace(0, height - side, SAMPLE_WINDOWS).astype(int)
    lefts = np.linspace(0, width - side, SAMPLE_WINDOWS).astype(int)
    return [(Window(int(left), int(top), side, side), (side, side))
            for top in tops for left in lefts]


def _palette(dataset: DatasetReader) -> np.ndarray:
    """Return the colours of a palette as ``(n, 3)`` uint8, n the range of the index type."""
    colours = np.zeros((np.iinfo(dataset.dtypes[0]).max + 1, 3), np.uint8)
    for index, colour in dataset.colormap(1).items():
        colours[index] = colour[:3]
    return colours
