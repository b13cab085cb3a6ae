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

"""How many particles a posterior needs."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.filtering.filter_config import ParticleCount


def kld_count(bins: int, config: ParticleCount) -> int:
    """
    Return the number of particles that keeps the sampling error bounded.

    Fox, "Adapting the sample size in particle filters through KLD-sampling" (2003), eq. 13: the
    Wilson-Hilferty approximation of the chi-square quantile, good to a percent from 3 bins on.

    :param bins: number of bins the posterior occupies.
    :param config: bound, quantile and limits.
    """
    if bins < 2:
        return config.minimum
    part = 2.0 / (9.0 * (bins - 1))
    root = 1.0 - part + math.sqrt(part) * config.kld_quantile
    wanted = math.ceil((bins - 1) / (2.0 * config.kld_error) * root ** 3)
    return min(max(wanted, config.minimum), config.maximum)


def occupied_bins(x: np.ndarray, y: np.ndarray, yaw: np.ndarray, config: ParticleCount) -> int:
    """
    Count the bins of x, y, yaw that hold at least one particle.

    :param x: ``(N,)`` east [m], at least one.
    :param y: ``(N,)`` north [m].
    :param yaw: ``(N,)`` [rad].
    :param config: bin sizes.
    """
    column = np.floor((x - x.min()) / config.bin_m).astype(np.int64)
    row = np.floor((y - y.min()) / config.bin_m).astype(np.int64)
    turn = np.floor((yaw % (2.0 * np.pi)) / config.bin_yaw).astype(np.int64)
    columns, turns = int(column.max()) + 1, int(turn.max()) + 1
    key = (row * columns + column) * turns + turn
    size = (int(row.max()) + 1) * columns * turns
    if size <= 8 * len(x) + 65536:
        return int(np.count_nonzero(np.bincount(key, minlength=size)))
    return len(np.unique(key))
