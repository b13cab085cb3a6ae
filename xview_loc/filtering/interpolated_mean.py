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
The mean of a likelihood between the cells of its volume, where it is interpolated.

The mean over the cells themselves is another: a peak much narrower than a cell has one cell in
it, but next to no extent.
"""

from __future__ import annotations

import math

import numpy as np

NEGLIGIBLE = 16.0
SMALLEST_LOG = -700.0
SHARP = 1.5
NODES, NODE_WEIGHTS = (0.5 + 0.5 * np.array([-math.sqrt(0.6), 0.0, math.sqrt(0.6)]),
                       np.array([5.0, 8.0, 5.0]) / 18.0)


def interpolated_log_mean(log_values: np.ndarray, full_circle: bool = False) -> float:
    """
    Return the logarithm of the mean of ``exp`` of trilinearly interpolated values.

    Boxes between cells over which the values change by less than 1.5 are integrated by Simpson's
    rule from corners and centre (within 0.1 % along an axis); sharper ones within ``exp(16)`` of
    the peak exactly along their steepest axis and by Gauss-Legendre quadrature of three nodes
    along the others (within 1 % for changes up to 6 along each, within 10 % up to 12).

    :param log_values: ``(K, H, W)``; NaN where nothing is known, finite somewhere.
    :param full_circle: whether the last slice is followed by the first.
    :return: over the boxes whose corners are all known; over the known cells where there are none.
    """
    values = np.asarray(log_values, np.float32)
    top = float(np.nanmax(values))
    with np.errstate(over='ignore'):
        values = np.maximum(values - np.float32(top), np.float32(SMALLEST_LOG))
    if full_circle:
        values = np.concatenate([values, values[:1]])
    mean = _boxes(values, np.add) / np.float32(8.0)
    known = np.isfinite(mean)
    if not known.any():
        return top + math.log(float(np.nanmean(np.exp(values.astype(np.float64)))))
    highest, lowest = _boxes(values, np.maximum), _boxes(values, np.minimum)
    smooth = (_boxes(np.exp(values), np.add) / np.float32(24.0)
              + np.float32(2.0 / 3.0) * np.exp(mean))
    with np.errstate(invalid='ignore'):
        sharp = known & (highest - lowest > SHARP) & (highest > -NEGLIGIBLE)
    total = float(smooth[known & ~sharp].sum(dtype=np.float64)) + _sharp_sum(values, sharp)
    return top + math.log(max(total, 1e-300) / int(known.sum()))


def _boxes(values: np.ndarray, combine: np.ufunc) -> np.ndarray:
    """Combine the corners of every box; an axis with one entry has no extent."""
    for axis in range(values.ndim):
        if values.shape[axis] > 1:
            ahead = np.take(values, range(1, values.shape[axis]), axis)
            behind = np.take(values, range(values.shape[axis] - 1), axis)
            values = combine(ahead, behind)
        elif combine is np.add:
            values = values + values
    return values


def _sharp_sum(values: np.ndarray, sharp: np.ndarray) -> float:
    """Return the sum of the integrals of ``exp`` over some boxes of unit size."""
    if not sharp.any():
        return 0.0
    rises = np.stack([_rise(values, axis)[sharp] for axis in range(3)])
    steepest, total = rises.argmax(axis=0), 0.0
    for axis in range(3):
        own = np.zeros_like(sharp)
        own[sharp] = steepest == axis
        total += _sum_along(np.moveaxis(values, axis, 2), np.moveaxis(own, axis, 2))
    return total


def _rise(values: np.ndarray, axis: int) -> np.ndarray:
    """Return how much the values of every box rise along an axis."""
    if values.shape[axis] > 1:
        values = np.diff(values, axis=axis)
    else:
        values = np.zeros_like(values)
    for other in range(3):
        if other != axis and values.shape[other] > 1:
            values = (np.take(values, range(1, values.shape[other]), other)
                      + np.take(values, range(values.shape[other] - 1), other))
    return np.abs(values)


def _sum_along(values: np.ndarray, sharp: np.ndarray) -> float:
    """Return the sum over some boxes, integrated exactly along the last axis."""
    start = np.nonzero(sharp)
    further = [index + (1 if size > 1 else 0) for index, size in zip(start, values.shape)]
    corners = [[[values[k, i, j].astype(np.float64) for j in (start[2], further[2])]
                for i in (start[1], further[1])] for k in (start[0], further[0])]
    total = 0.0
    for part_k, weight_k in zip(NODES, NODE_WEIGHTS):
        for part_i, weight_i in zip(NODES, NODE_WEIGHTS):
            left, right = (
                (1.0 - part_k) * ((1.0 - part_i) * corners[0][0][j] + part_i * corners[0][1][j])
                + part_k * ((1.0 - part_i) * corners[1][0][j] + part_i * corners[1][1][j])
                for j in (0, 1))
            total += weight_k * weight_i * float(_along(left, right).sum())
    return total


def _along(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return the integral of ``exp`` of a straight line from one value to another."""
    half = 0.5 * np.abs(last - first)
    rising = np.where(half > 1e-6, -np.expm1(-2.0 * half) / np.maximum(2.0 * half, 1e-6), 1.0)
    return np.exp(np.maximum(first, last)) * rising
