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

"""Effective sample size and systematic resampling."""

from __future__ import annotations

import numpy as np


def normalised_weights(log_weights: np.ndarray) -> np.ndarray:
    """
    Turn log-weights into weights that sum to one.

    :param log_weights: ``(N,)`` not NaN; at least one finite, else the result is uniform.
    :return: ``(N,)`` float64.
    """
    largest = log_weights.max()
    if not np.isfinite(largest):
        return np.full(len(log_weights), 1.0 / len(log_weights))
    weights = np.exp(log_weights - largest)
    weights /= weights.sum()
    return weights


def effective_sample_size(weights: np.ndarray) -> float:
    """
    Return ``1 / sum(w^2)``, Kong's effective number of particles.

    :param weights: ``(N,)`` that sum to one.
    """
    return float(1.0 / np.dot(weights, weights))


def systematic_resample(weights: np.ndarray, count: int,
                        generator: np.random.Generator) -> np.ndarray:
    """
    Draw indices by systematic resampling (Douc et al. 2005, section 2.4).

    Particle ``i`` is drawn ``floor(count * w_i)`` or one more times, ``count * w_i`` on average.

    :param weights: ``(N,)`` non-negative float64 that sum to one up to rounding.
    :param count: how many to draw.
    :param generator: source of the single random number.
    :return: ``(count,)`` indices, not decreasing.
    """
    edges = np.cumsum(weights)
    edges *= count / edges[-1]
    edges -= generator.random()
    last = np.ceil(edges).astype(np.intp)
    np.clip(last, 0, count, out=last)
    last[-1] = count
    copies = np.diff(last, prepend=0)
    return np.repeat(np.arange(len(weights)), copies)
