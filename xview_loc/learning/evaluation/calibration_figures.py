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

"""Whether stated probabilities are true."""

from __future__ import annotations

from collections.abc import Sequence
import math

import numpy as np
from scipy.stats import rankdata

from xview_loc.errors import LearningError

# Multiples of it, less whole numbers, are spread evenly over 0 to 1.
GOLDEN_RATIO = 0.5 * (math.sqrt(5.0) - 1.0)


def expected_calibration_error(
        confidence: np.ndarray, correct: np.ndarray, bins: int = 15) -> float:
    """
    Return the mean gap between confidence and share of successes (Guo et al., 2017, eq. 3).

    :param confidence: 0 to 1, (N,).
    :param correct: boolean, (N,).
    :param bins: of equal width; the last includes 1.
    """
    confidence, correct = _pairs(confidence, correct)
    index = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.abs(np.bincount(index, weights=correct - confidence, minlength=bins))
    return float(gaps.sum() / len(confidence))


def reliability(
        confidence: np.ndarray, correct: np.ndarray, bins: int = 15) -> list[dict[str, float]]:
    """Return mean confidence, share of successes and count of every bin that is not empty."""
    confidence, correct = _pairs(confidence, correct)
    index = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    return [{'confidence': float(confidence[index == number].mean()),
             'correct': float(correct[index == number].mean()),
             'count': int((index == number).sum())} for number in np.unique(index)]


def auroc(confidence: np.ndarray, correct: np.ndarray) -> float | None:
    """
    Return how often a success is given more confidence than a failure; ties count half.

    The Mann-Whitney statistic (Hanley and McNeil, 1982).

    :param confidence: any scale, (N,).
    :param correct: boolean, (N,).
    :return: ``None`` where there are no successes or no failures.
    """
    confidence, correct = np.asarray(confidence, np.float64), np.asarray(correct, bool)
    successes = int(correct.sum())
    failures = len(correct) - successes
    if successes == 0 or failures == 0:
        return None
    above = rankdata(confidence)[correct].sum() - successes * (successes + 1) / 2
    return float(above / (successes * failures))


def mass_above(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """
    Return the mass of all cells that are more probable than the true one.

    The truth lies in the smallest region that holds a mass q exactly where this is below q. Of
    the cells that are as probable as the true one, a part lies before it that depends on its
    number like a random one: a uniform distribution then covers as often as it says.

    :param probabilities: (N, ...), of sum 1 over all axes but the first.
    :param truth: flat index of the true cell, (N,).
    """
    flat = np.asarray(probabilities, np.float64).reshape(len(probabilities), -1)
    at_truth = np.take_along_axis(flat, np.asarray(truth)[:, None], axis=1)
    above = np.where(flat > at_truth, flat, 0.0).sum(axis=1)
    tied = np.where(flat == at_truth, flat, 0.0).sum(axis=1) - at_truth[:, 0]
    return above + np.mod(GOLDEN_RATIO * np.asarray(truth), 1.0) * tied


def coverage(levels: np.ndarray, regions: Sequence[float] = (0.5, 0.95)) -> dict[str, float]:
    """
    Return the share of truths within the smallest region of each mass.

    :param levels: see :func:`mass_above`, (N,).
    :param regions: masses, each from 0 to 1.
    """
    return {f'coverage{100 * mass:g}': float(np.mean(np.asarray(levels) < mass))
            for mass in regions}


def calibration_figures(
        confidence: np.ndarray, correct: np.ndarray,
        levels: np.ndarray | None = None) -> dict[str, float | None]:
    """Return expected calibration error, AUROC and, with levels, coverage."""
    result: dict[str, float | None] = {
        'ece': expected_calibration_error(confidence, correct),
        'auroc': auroc(confidence, correct)}
    if levels is not None:
        result.update(coverage(levels))
    return result


def _pairs(confidence: np.ndarray, correct: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both in float64, refusing what is no probability."""
    confidence, correct = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    if confidence.shape != correct.shape or confidence.ndim != 1 or len(confidence) == 0:
        raise LearningError(
            f'confidences of shape {confidence.shape} and successes of {correct.shape}; both must '
            'be (N,) with N at least 1.')
    if not ((confidence >= 0.0) & (confidence <= 1.0)).all():
        raise LearningError(
            'a confidence is not from 0 to 1; turn scores into probabilities first.')
    return confidence, correct
