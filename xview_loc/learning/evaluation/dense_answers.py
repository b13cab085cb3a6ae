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
What a distribution over the pixels of a tile says, in a row of numbers for each image.

Convention: east and north from the middle of the tile [m], yaw counter-clockwise from east [rad],
pixel centres at +0.5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from xview_loc.learning.evaluation.calibration_figures import calibration_figures, mass_above
from xview_loc.learning.evaluation.pose_errors import (
    errors_without_quadrant, pose_errors, pose_figures, PoseErrors)

# An estimate this near to the truth is right, for calibration.
RIGHT_M = 5.0


def read_peak(probabilities: np.ndarray, metres_per_pixel: np.ndarray) -> dict[str, np.ndarray]:
    """
    Return the most probable pixel, and how much of the mass lies around it.

    :param probabilities: of the pixels, (B, H, W), each of sum 1.
    :param metres_per_pixel: (B,).
    :return: ``row`` and ``column`` (whole pixels), ``east_m``, ``north_m`` and ``confidence``,
        the mass within ``RIGHT_M`` of the peak; (B,) each.
    """
    count, height, width = probabilities.shape
    best = probabilities.reshape(count, -1).argmax(axis=1)
    row, column = best // width, best % width
    scale = np.asarray(metres_per_pixel, np.float64)
    rows, columns = np.arange(height)[None, :, None], np.arange(width)[None, None, :]
    apart = np.hypot(rows - row[:, None, None], columns - column[:, None, None])
    near = apart * scale[:, None, None] < RIGHT_M
    confidence = np.where(near, probabilities, 0.0).sum(axis=(1, 2))
    return {'row': row, 'column': column, 'east_m': (column + 0.5 - width / 2) * scale,
            'north_m': -(row + 0.5 - height / 2) * scale,
            'confidence': np.clip(confidence, 0.0, 1.0)}


def read_truth(
        probabilities: np.ndarray, pixel: np.ndarray) -> dict[str, np.ndarray]:
    """
    Return the probability at the true pixel, and the mass of all pixels that are more probable.

    :param probabilities: (B, H, W), each of sum 1.
    :param pixel: true continuous row and column, (B, 2); outside the tile both are 0 and 1.
    :return: ``truth_probability`` and ``truth_level``, (B,) each.
    """
    count, height, width = probabilities.shape
    cell = np.floor(pixel).astype(np.int64)
    inside = ((cell >= 0) & (cell < [height, width])).all(axis=1)
    flat = np.where(inside, cell[:, 0] * width + cell[:, 1], 0)
    at_truth = probabilities.reshape(count, -1)[np.arange(count), flat]
    level = mass_above(probabilities, flat)
    return {'truth_probability': np.where(inside, at_truth, 0.0),
            'truth_level': np.where(inside, level, 1.0)}


def dense_figures(answers: dict[str, np.ndarray]) -> dict[str, Any]:
    """
    Return pose errors, probability at the truth and calibration.

    :param answers: ``estimate`` (N, 3), ``truth`` (N, 3), and what :func:`read_peak` and
        :func:`read_truth` return; a yaw that is NaN was not estimated, or is not known.
    """
    estimate, truth = answers['estimate'], answers['truth']
    result: dict[str, Any] = pose_figures(errors_of(estimate, truth))
    result['truth_probability'] = float(np.mean(answers['truth_probability']))
    apart = np.hypot(*(estimate[:, :2] - truth[:, :2]).T)
    return result | calibration_figures(
        answers['confidence'], apart < RIGHT_M, answers['truth_level'])


def published_axes(answers: dict[str, np.ndarray]) -> dict[str, float]:
    """Return shares along and across the way as published code counts them, for comparison."""
    figures = pose_figures(errors_without_quadrant(
        answers['estimate'][:, :2], np.nan_to_num(answers['truth'])))
    return {f'published_{name}': value for name, value in figures.items()
            if name.startswith(('lateral', 'longitudinal'))}


def errors_of(estimate: np.ndarray, truth: np.ndarray) -> PoseErrors:
    """
    Return pose errors, also where headings are not known.

    Without a true heading, along and across the way mean north and west.

    :param estimate: (N, 3), yaw NaN where it was not estimated.
    :param truth: (N, 3), yaw NaN where it is not known.
    """
    known = np.isfinite(truth[:, 2])
    upright = np.where(known, truth[:, 2], np.pi / 2.0)
    full = np.concatenate([truth[:, :2], upright[:, None]], axis=1)
    if not (np.isfinite(estimate[:, 2]) & known).any():
        return pose_errors(estimate[:, :2], full)
    guess = estimate.copy()
    guess[~known, 2] = np.nan
    return pose_errors(guess, full)
