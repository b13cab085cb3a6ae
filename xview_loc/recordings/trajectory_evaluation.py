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

"""How far estimated trajectories are from the truth, computed by evo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.extrinsics import quaternion_from_yaw
from xview_loc.recordings.trajectory import Trajectory

RELATIVE_OVER_M = 10.0


@dataclass(frozen=True)
class TrajectoryErrors:
    """
    One run against the truth.

    Absolute errors (APE) need no alignment: both trajectories are in ``map``. Relative errors
    (RPE) compare the motion over every :data:`RELATIVE_OVER_M` of true path (Sturm et al., A
    benchmark for the evaluation of RGB-D SLAM systems, IROS 2012, equations 2 to 5).

    :param name: name of the run.
    :param stamps: ``(N,)`` stamps of the run that the truth covers [s].
    :param position_m: ``(N,)`` absolute position errors [m].
    :param heading_deg: ``(N,)`` absolute heading errors [deg].
    :param uncovered: poses of the run outside the truth.
    :param ape: evo's statistics of the absolute position error [m].
    :param rpe: evo's statistics of the relative position error [m]; empty where the path is
        shorter than one interval.
    """

    name: str
    stamps: np.ndarray
    position_m: np.ndarray
    heading_deg: np.ndarray
    uncovered: int
    ape: dict[str, float]
    rpe: dict[str, float]

    def record(self) -> dict[str, Any]:
        """Return the figures for a table or JSON."""
        return {
            'poses': len(self.stamps), 'uncovered': self.uncovered,
            'ape_median_m': self.ape['median'], 'ape_rmse_m': self.ape['rmse'],
            'ape_p95_m': float(np.percentile(self.position_m, 95.0)),
            'ape_max_m': self.ape['max'],
            'heading_median_deg': float(np.median(self.heading_deg)),
            'rpe_median_m': self.rpe.get('median'), 'rpe_rmse_m': self.rpe.get('rmse')}


def evaluate_trajectory(name: str, run: Trajectory, truth: Trajectory, *,
                        max_gap_s: float = 1.0) -> TrajectoryErrors:
    """
    Compare a run to the truth, which is interpolated at the stamps of the run.

    :param name: name of the run.
    :param run: estimated poses in ``map``.
    :param truth: true poses in ``map``.
    :param max_gap_s: widest gap of the truth to interpolate across [s].
    :raises RecordingError: when fewer than two poses overlap, or evo is not installed.
    """
    reference = truth.sampled(run.stamps, max_gap_s=max_gap_s)
    known = np.isfinite(reference[:, 0])
    if known.sum() < 2:
        raise RecordingError(
            f'{name} and the truth overlap in {int(known.sum())} of {len(run)} poses; check that '
            'both count time the same way.')
    stamps, poses, reference = run.stamps[known], run.poses[known], reference[known]
    ape, rpe = _statistics(poses, reference)
    return TrajectoryErrors(
        name, stamps, np.hypot(*(poses - reference)[:, :2].T),
        np.degrees(np.abs(wrap_angle(poses[:, 2] - reference[:, 2]))), int((~known).sum()),
        ape, rpe)


def _statistics(poses: np.ndarray, reference: np.ndarray) -> tuple[dict, dict]:
    """Let evo compute absolute and relative errors."""
    try:
        from evo.core import filters, metrics
        from evo.core.trajectory import PosePath3D
    except ImportError as error:
        raise RecordingError(
            'Comparing trajectories needs evo, which is not installed: pip install evo.'
        ) from error

    def path(values: np.ndarray) -> Any:
        quaternions = np.array([quaternion_from_yaw(yaw) for yaw in values[:, 2]])
        return PosePath3D(np.hstack([values[:, :2], np.zeros((len(values), 1))]),
                          quaternions[:, [3, 0, 1, 2]])

    pair = path(reference), path(poses)
    absolute = metrics.APE(metrics.PoseRelation.translation_part)
    absolute.process_data(pair)
    relative = metrics.RPE(metrics.PoseRelation.translation_part, delta=RELATIVE_OVER_M,
                           delta_unit=metrics.Unit.meters, all_pairs=True)
    try:
        relative.process_data(pair)
        statistics = relative.get_all_statistics()
    except (filters.FilterException, metrics.MetricsException):
        statistics = {}
    return absolute.get_all_statistics(), statistics
