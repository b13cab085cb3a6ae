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

"""Whether the probabilities of the tiles in a disc are true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from xview_loc.learning.evaluation.calibration_figures import calibration_figures, mass_above
from xview_loc.learning.evaluation.ranking import BLOCK, DistanceRows, Members


def disc_calibration(
        rows: DistanceRows, candidates: Sequence[np.ndarray], positives: Members,
        temperature: float) -> dict[str, Any]:
    """
    Return expected calibration error, AUROC and coverage of the tiles in each disc.

    The probability of a tile is the softmax of ``temperature`` times its cosine over the tiles of
    the disc, as in the retrieval matcher. The nearest tile is right when it is a positive;
    regions must hold the most probable positive, and do not where the disc holds none.

    :param rows: squared distances of unit descriptors, see :data:`.ranking.DistanceRows`.
    :param candidates: tiles of each disc; queries without any are left out.
    :param positives: right tiles of each query.
    :param temperature: of the deployment.
    """
    confidence, correct, levels = [], [], []
    for start in range(0, len(candidates), BLOCK):
        block = rows(start, min(start + BLOCK, len(candidates)))
        for row, index in zip(block, range(start, len(candidates))):
            tiles = np.asarray(candidates[index])
            if len(tiles) == 0:
                continue
            scores = -0.5 * temperature * row[tiles]
            masses = np.exp(scores - scores.max())
            masses /= masses.sum()
            right = np.isin(tiles, np.atleast_1d(positives[index]))
            best = int(masses.argmax())
            confidence.append(float(masses[best]))
            correct.append(bool(right[best]))
            levels.append(_level(masses, right))
    if not confidence:
        return {}
    return calibration_figures(
        np.clip(confidence, 0.0, 1.0), np.array(correct), np.array(levels))


def _level(masses: np.ndarray, right: np.ndarray) -> float:
    """Return the mass that is more probable than the best right tile; 1 where there is none."""
    if not right.any():
        return 1.0
    best = int(np.flatnonzero(right)[masses[right].argmax()])
    return float(mass_above(masses[None], np.array([best]))[0])
