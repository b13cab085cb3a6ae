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

"""Angles of many particles, fast."""

from __future__ import annotations

import numpy as np

FULL_TURN = 2.0 * np.pi


def wrapped(angles: np.ndarray) -> np.ndarray:
    """
    Wrap angles to [-pi, pi], both ends included.

    A rounding instead of a modulo: six times as fast as
    :func:`xview_loc.geometry.angles.wrap_angle`, which decides on one of the two ends.

    :param angles: ``(N,)`` [rad].
    :return: the same angles, wrapped.
    """
    return angles - FULL_TURN * np.rint(angles * (1.0 / FULL_TURN))


def mean_yaw(yaw: np.ndarray, weights: np.ndarray) -> float:
    """
    Average angles on the circle.

    :param yaw: ``(N,)`` [rad].
    :param weights: ``(N,)`` that sum to one.
    :return: mean in [-pi, pi]; arbitrary where the angles cancel.
    """
    return float(np.arctan2(np.dot(weights, np.sin(yaw)), np.dot(weights, np.cos(yaw))))
