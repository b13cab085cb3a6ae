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

"""Mean, covariance and separate hypotheses of a set of weighted particles."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.filtering.belief import Row
from xview_loc.filtering.pose_estimate import PoseMode
from xview_loc.filtering.turn import mean_yaw, wrapped
from xview_loc.geometry.pose2 import Pose2

SMALLEST_STD = np.array([0.01, 0.01, math.radians(0.02)])
SINGLE_POSITION_STD_M = 1.0
SINGLE_YAW_STD = math.radians(12.0)
BIN_M = 2.0
BIN_YAW = math.radians(20.0)
LEVEL = 0.02
LARGEST_COUNT = 6
SMALLEST_WEIGHT = 0.01
LARGEST_GRID = 60_000


def moments(states: np.ndarray, weights: np.ndarray) -> tuple[Pose2, np.ndarray]:
    """
    Return mean and covariance, with the yaw on the circle.

    :param states: ``(>=3, N)`` with x, y, yaw in the first rows.
    :param weights: ``(N,)`` that sum to one.
    :return: mean and ``(3, 3)`` positive definite covariance [m, m, rad].
    """
    mean = Pose2(float(weights @ states[Row.X]), float(weights @ states[Row.Y]),
                 mean_yaw(states[Row.YAW], weights))
    return mean, second_moment(states, weights, mean)


def second_moment(states: np.ndarray, weights: np.ndarray, centre: Pose2) -> np.ndarray:
    """
    Return the mean square deviation from a pose; its covariance where the pose is the mean.

    :param states: ``(>=3, N)``.
    :param weights: ``(N,)`` that sum to one.
    :param centre: pose to deviate from.
    :return: ``(3, 3)`` positive definite.
    """
    deviation = states[:3] - centre.as_array()[:, None]
    deviation[2] = wrapped(deviation[2])
    square = (deviation * weights) @ deviation.T
    # Rounding of a spread over thousands of kilometres must not make it indefinite.
    return square + np.diag(SMALLEST_STD ** 2 + 1e-12 * np.trace(square))


def find_modes(states: np.ndarray, weights: np.ndarray) -> tuple[PoseMode, ...]:
    """
    Split particles into hypotheses: connected regions of high density.

    A region is a set of neighbouring bins (2 m, 20 deg; coarser where the cloud is wider than
    about 100 m) that each hold at least 2 % of the heaviest bin's weight, so hypotheses closer
    than about 4 m count as one.

    :param states: ``(>=3, N)``.
    :param weights: ``(N,)`` that sum to one.
    :return: at least one, at most six, heaviest first; regions below 1 % are left out.
    """
    mean, covariance = moments(states, weights)
    spread = np.sqrt(np.diag(covariance))
    if spread[:2].max() < SINGLE_POSITION_STD_M and spread[2] < SINGLE_YAW_STD:
        return (PoseMode(mean, covariance, 1.0),)
    label = _label_regions(states, weights)
    weight_of = np.bincount(label + 1, weights)[1:]
    result: list[PoseMode] = []
    for region in np.argsort(-weight_of, kind='stable')[:LARGEST_COUNT]:
        if result and weight_of[region] < SMALLEST_WEIGHT:
            break
        inside = np.flatnonzero(label == region)
        part = weights[inside] / weights[inside].sum()
        result.append(PoseMode(*moments(states[:3, inside], part), float(weight_of[region])))
    return tuple(result)


def _label_regions(states, weights):
    """Return ``(N,)`` the region of each particle; -1 between regions."""
    x, y = states[Row.X] - states[Row.X].min(), states[Row.Y] - states[Row.Y].min()
    turns = round(2.0 * math.pi / BIN_YAW)
    bin_m = BIN_M
    while (x.max() / bin_m + 3.0) * (y.max() / bin_m + 3.0) * turns > LARGEST_GRID:
        bin_m *= 2.0
    columns, rows = int(x.max() / bin_m) + 3, int(y.max() / bin_m) + 3
    # A rim of empty bins keeps neighbours from wrapping around.
    cell = ((y / bin_m).astype(np.intp) + 1) * columns + (x / bin_m).astype(np.intp) + 1
    turn = ((states[Row.YAW] + math.pi) / BIN_YAW).astype(np.intp) % turns
    key = cell * turns + turn
    mass = np.bincount(key, weights, minlength=rows * columns * turns)
    dense = np.flatnonzero(mass >= LEVEL * mass.max())
    region = np.full(len(mass), -1)
    region[dense] = _connected(dense, len(mass), columns, turns)
    return region[key]


def _connected(dense, size, columns, turns):
    """Label bins by connected component: 26 neighbours, yaw around the circle."""
    place = np.full(size, -1)
    place[dense] = np.arange(len(dense))
    cell, turn = dense // turns, dense % turns
    cells = cell[:, None] + np.add.outer((-columns, 0, columns), (-1, 0, 1)).ravel()
    nearby = (turn[:, None] + np.array((-1, 0, 1))) % turns
    neighbours = place[cells[:, :, None] * turns + nearby[:, None, :]].reshape(len(dense), -1)
    label = np.arange(len(dense))
    neighbours = np.where(neighbours < 0, label[:, None], neighbours)
    while True:
        smallest = label[neighbours].min(axis=1)
        smallest = smallest[smallest]
        if np.array_equal(smallest, label):
            return np.unique(label, return_inverse=True)[1]
        label = smallest
