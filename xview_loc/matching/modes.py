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

"""The separate hypotheses inside a pose likelihood."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import MatchingError
from xview_loc.geometry.angles import circular_mean, wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood

YAW_REACH = math.radians(9.0)
POSITION_REACH_M = 5.0


@dataclass(frozen=True)
class Mode:
    """
    One hypothesis of where the vehicle is.

    :param pose: mean pose of the hypothesis in ``map``.
    :param weight: its share of the posterior, in [0, 1].
    :param covariance: ``(3, 3)`` float64 over x [m], y [m], yaw [rad]; read-only.
    """

    pose: Pose2
    weight: float
    covariance: np.ndarray


def posterior(likelihood: PoseLikelihood) -> np.ndarray:
    """
    Normalise a likelihood under a flat prior.

    :param likelihood: the volume; NaN cells get no mass.
    :return: ``(K, H, W)`` float64 that sums to one.
    :raises MatchingError: when every cell is NaN.
    """
    values = likelihood.log_likelihood.astype(np.float64)
    known = np.isfinite(values)
    if not known.any():
        raise MatchingError('The likelihood is NaN everywhere: nothing was visible.')
    mass = np.where(known, np.exp(np.where(known, values, 0.0) - values[known].max()), 0.0)
    mass *= _slice_widths(likelihood)[:, None, None]
    return mass / mass.sum()


def find_modes(likelihood: PoseLikelihood, most: int = 6,
               least_weight: float = 0.02) -> list[Mode]:
    """
    Split the posterior into hypotheses, heaviest heading first.

    The best yaw of the marginal over positions is taken with the mass within 9 deg of it and
    within 5 m of its best position; what is left is searched again.

    :param likelihood: the volume.
    :param most: largest number of modes.
    :param least_weight: modes that hold less of the posterior are left out, but never the first.
    :return: modes in the order found.
    """
    mass = posterior(likelihood)
    x, y = likelihood.geometry.cell_centres()
    modes: list[Mode] = []
    while len(modes) < most:
        member = _best_member(mass, likelihood, x, y)
        weight = float(mass[member].sum())
        if weight <= 0.0 or (modes and weight < least_weight):
            break
        modes.append(_mode(mass, member, weight, likelihood, x, y))
        mass[member] = 0.0
    return modes


def _best_member(mass, likelihood, x, y):
    """Return the boolean volume of the strongest hypothesis that is left."""
    near = np.abs(wrap_angle(
        likelihood.yaws[:, None] - likelihood.yaws[None, :])) <= YAW_REACH + 1e-9
    best = int(np.argmax(near @ mass.sum(axis=(1, 2))))
    best = int(np.argmax(np.where(near[best], mass.sum(axis=(1, 2)), -1.0)))
    plane = mass[near[best]].sum(axis=0)
    i, j = np.unravel_index(np.argmax(plane), plane.shape)
    inside = np.hypot(x - x[i, j], y - y[i, j]) <= POSITION_REACH_M
    return near[best][:, None, None] & inside[None]


def _mode(mass, member, weight, likelihood, x, y):
    share = np.where(member, mass, 0.0) / weight
    plane, slices = share.sum(axis=0), share.sum(axis=(1, 2))
    mean_x, mean_y = float((plane * x).sum()), float((plane * y).sum())
    yaw = float(circular_mean(likelihood.yaws, slices))
    dx, dy = x - mean_x, y - mean_y
    turn = wrap_angle(likelihood.yaws - yaw)
    covariance = np.array([
        [(plane * dx * dx).sum(), (plane * dx * dy).sum(), _cross(share, turn, dx)],
        [0.0, (plane * dy * dy).sum(), _cross(share, turn, dy)],
        [0.0, 0.0, (slices * turn * turn).sum()]])
    covariance += np.triu(covariance, 1).T
    cell = likelihood.geometry.metres_per_pixel
    step = float(_slice_widths(likelihood).mean())
    covariance += np.diag([cell ** 2, cell ** 2, step ** 2]) / 12.0
    return Mode(Pose2(mean_x, mean_y, yaw), weight, frozen(covariance))


def _cross(share, turn, offset):
    return float(np.einsum('kij,k,ij->', share, turn, offset))


def _slice_widths(likelihood):
    """Return the yaw interval that each slice stands for [rad]; 0 spacing for a single slice."""
    yaws = likelihood.yaws
    if len(yaws) == 1:
        return np.full(1, 1e-6)
    edges = 0.5 * (yaws[1:] + yaws[:-1])
    if likelihood.is_full_circle:
        closing = 0.5 * (yaws[0] + 2.0 * math.pi + yaws[-1])
        edges = np.concatenate([[closing - 2.0 * math.pi], edges, [closing]])
    else:
        edges = np.concatenate([[1.5 * yaws[0] - 0.5 * yaws[1]], edges,
                                [1.5 * yaws[-1] - 0.5 * yaws[-2]]])
    return np.diff(edges)
