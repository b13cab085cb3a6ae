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

"""Resampling of a large source image into a small target without aliasing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import math

import cv2
import numpy as np

from xview_loc.imagery.block import Block
from xview_loc.imagery.pixel_mapping import fit_mapping, PixelFunction, PixelMapping
from xview_loc.imagery.scratch import scratch

# (level, first row, first column, rows, columns) -> that window of the source at that level; its
# pixels may be overwritten by the next call.
WindowReader = Callable[[int, int, int, int, int], Block]

# Targets are made in pieces of this side, so that memory does not grow with the patch.
PIECE_PX = 1024

# A source up to this much coarser than the target still counts as fine enough, so that imagery of
# 0.2058 m serves a patch of 0.2 m directly instead of twice its pixels being averaged.
FINENESS_SLACK = 1.05


@dataclass(frozen=True)
class Resampled:
    """
    A target image.

    :param image: ``(H, W, 3)`` uint8 RGB, black where not valid.
    :param valid: ``(H, W)`` bool.
    :param level: the source level that was read, 0 the finest.
    """

    image: np.ndarray
    valid: np.ndarray
    level: int


def resample(function: PixelFunction, shape: tuple[int, int], read_window: WindowReader,
             level_scales: Sequence[tuple[float, float]]) -> Resampled:
    """
    Fill a target image from a source that has levels of resolution.

    The level is the coarsest one still as fine as the target. What remains of the difference is
    averaged over the area of a target pixel before bilinear interpolation. A target pixel is
    valid where all source pixels that it touches are.

    :param function: exact continuous source coordinates at level 0 of target coordinates.
    :param shape: ``(height, width)`` of the target.
    :param read_window: reads source pixels at a level; what lies outside is not valid.
    :param level_scales: for each level its rows and columns per row and column of level 0, from
        ``(1, 1)`` down.
    :return: image, validity and the level used.
    """
    height, width = shape
    whole = fit_mapping(function, shape)
    level = 0 if whole is None else choose_level(whole, level_scales)
    scale = level_scales[level]
    if whole is not None and max(shape) <= PIECE_PX:
        image, valid = _resample_piece(whole.scaled(scale), level, read_window)
        return Resampled(image, valid, level)
    image = np.zeros((height, width, 3), np.uint8)
    valid = np.zeros((height, width), bool)
    for top in range(0, height, PIECE_PX):
        for left in range(0, width, PIECE_PX):
            piece = (min(PIECE_PX, height - top), min(PIECE_PX, width - left))
            mapping = fit_mapping(_shifted(function, top, left), piece)
            if mapping is not None:
                place = np.s_[top:top + piece[0], left:left + piece[1]]
                image[place], valid[place] = _resample_piece(mapping.scaled(scale), level,
                                                             read_window)
    return Resampled(image, valid, level)


def choose_level(mapping: PixelMapping, level_scales: Sequence[tuple[float, float]]) -> int:
    """Return the coarsest level whose pixels are as fine as the target's in both directions."""
    fine_enough = (level for level, scales in enumerate(level_scales)
                   if min(ratio * scale for ratio, scale in zip(mapping.scale, scales))
                   * FINENESS_SLACK >= 1.0)
    return max(fine_enough, default=0)


def _shifted(function: PixelFunction, top: int, left: int) -> PixelFunction:
    return lambda rows, columns: function(rows + top, columns + left)


def _resample_piece(mapping: PixelMapping, level: int,
                    read_window: WindowReader) -> tuple[np.ndarray, np.ndarray]:
    kernels = [_area_kernel(ratio) for ratio in mapping.scale]
    margin = [2 if kernel is None else 2 + len(kernel) // 2 for kernel in kernels]
    low_row, high_row, low_column, high_column = mapping.bounds()
    top, left = math.floor(low_row) - margin[0], math.floor(low_column) - margin[1]
    rows = math.ceil(high_row) + margin[0] - top
    columns = math.ceil(high_column) + margin[1] - left
    window = _average(read_window(level, top, left, rows, columns), kernels)
    if window.valid is not None and not window.valid.any():
        return np.zeros((*mapping.shape, 3), np.uint8), np.zeros(mapping.shape, bool)
    # Validity travels as the fourth channel; OpenCV warps four channels twice as fast as three.
    pixels = cv2.cvtColor(window.image, cv2.COLOR_RGB2RGBA,
                          dst=scratch('window with validity', (*window.image.shape[:2], 4)))
    if window.valid is not None:
        pixels[..., 3] = np.where(window.valid, np.uint8(255), np.uint8(0))
    warped = _warp(pixels, mapping, (top, left))
    image = cv2.cvtColor(warped, cv2.COLOR_RGBA2RGB)
    if window.valid is None:
        return image, np.ones(mapping.shape, bool)
    valid = warped[..., 3] == 255
    image[~valid] = 0
    return image, valid


def _area_kernel(ratio: float) -> np.ndarray | None:
    """
    Return the weights that average source pixels over one target pixel.

    :param ratio: source pixels per target pixel.
    :return: odd number of weights with sum 1, or ``None`` where nothing is to be averaged.
    """
    if ratio <= FINENESS_SLACK:
        return None
    reach = math.ceil(0.5 * (ratio - 1.0))
    weights = np.ones(2 * reach + 1)
    weights[[0, -1]] = 0.5 * (ratio - (2 * reach - 1))
    return weights / ratio


def _average(window: Block, kernels: list[np.ndarray | None]) -> Block:
    if all(kernel is None for kernel in kernels):
        return window
    down, across = (np.ones(1) if kernel is None else kernel for kernel in kernels)
    image = cv2.sepFilter2D(window.image, -1, across, down, borderType=cv2.BORDER_REPLICATE)
    if window.valid is None:
        return Block(image)
    footprint = np.ones((len(down), len(across)), np.uint8)
    return Block(image, cv2.erode(window.valid.astype(np.uint8), footprint,
                                  borderType=cv2.BORDER_REPLICATE).astype(bool))


def _warp(pixels: np.ndarray, mapping: PixelMapping, origin: tuple[int, int]) -> np.ndarray:
    height, width = mapping.shape
    target = scratch('warped', (height, width, 4))
    if mapping.control is None:
        return cv2.warpAffine(pixels, _opencv_matrix(mapping.matrix, origin), (width, height),
                              dst=target, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                              borderMode=cv2.BORDER_REPLICATE)
    rows, columns = mapping.dense(origin)
    return cv2.remap(pixels, columns - np.float32(0.5), rows - np.float32(0.5),
                     cv2.INTER_LINEAR, dst=target, borderMode=cv2.BORDER_REPLICATE)


def _opencv_matrix(matrix: np.ndarray, origin: tuple[int, int]) -> np.ndarray:
    """Turn ``(row, column)`` with centres at +0.5 into OpenCV's ``(x, y)`` with integer ones."""
    (row_row, row_column, row_offset), (column_row, column_column, column_offset) = matrix
    return np.array([
        [column_column, column_row,
         column_offset - origin[1] + 0.5 * (column_column + column_row) - 0.5],
        [row_column, row_row, row_offset - origin[0] + 0.5 * (row_column + row_row) - 0.5]])
