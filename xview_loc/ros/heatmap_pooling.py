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

"""Likelihood volumes averaged over neighbours, so that they take less room."""

from __future__ import annotations

import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry


def pooled_cells(volume: np.ndarray,
                 geometry: PatchGeometry) -> tuple[np.ndarray, PatchGeometry]:
    """
    Average the likelihood over 2 x 2 cells; an odd last row or column is averaged alone.

    A cell that is averaged alone moves by half of its size, as if it had neighbours.

    :param volume: ``(K, H, W)`` log-likelihood; NaN where nothing is known.
    :param geometry: of its cells.
    :return: ``(K, ceil(H / 2), ceil(W / 2))`` float32, and the geometry of the larger cells.
    """
    count, height, width = volume.shape
    padded = np.pad(volume, ((0, 0), (0, height % 2), (0, width % 2)), constant_values=np.nan)
    rows, columns = padded.shape[1] // 2, padded.shape[2] // 2
    groups = padded.reshape(count, rows, 2, columns, 2).transpose(2, 4, 0, 1, 3)
    x, y = geometry.map_from_pixel(rows, columns)
    coarse = PatchGeometry(float(x), float(y), 2.0 * geometry.metres_per_pixel, rows, columns,
                           geometry.rotation)
    return _log_mean(groups.reshape(4, count, rows, columns)), coarse


def pooled_yaws(volume: np.ndarray, yaws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Average the likelihood over pairs of yaws; an odd last one is averaged alone.

    A yaw that is averaged alone moves by half a step, as if it had a neighbour.

    :param volume: ``(K, H, W)`` log-likelihood, K at least 2; NaN where nothing is known.
    :param yaws: ``(K,)``, uniform [rad].
    :return: ``(ceil(K / 2), H, W)`` float32, and the yaws amid the pairs [rad].
    """
    step = float(yaws[1] - yaws[0])
    padded = np.pad(volume, ((0, len(yaws) % 2), (0, 0), (0, 0)), constant_values=np.nan)
    groups = padded.reshape(-1, 2, *volume.shape[1:]).swapaxes(0, 1)
    return _log_mean(groups), yaws[0] + 0.5 * step + 2.0 * step * np.arange(groups.shape[1])


def _log_mean(groups: np.ndarray) -> np.ndarray:
    """Return the logarithm of the mean likelihood over axis 0, ignoring NaN."""
    known = np.isfinite(groups)
    count = known.sum(axis=0)
    lowered = np.where(known, groups, -np.inf)
    top = lowered.max(axis=0)
    safe = np.where(count > 0, top, 0.0)
    with np.errstate(divide='ignore', invalid='ignore'):
        mean = np.log(np.exp(lowered - safe).sum(axis=0) / count) + safe
    return np.where(count > 0, mean, np.nan).astype(np.float32)
