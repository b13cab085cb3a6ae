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

"""The figures of one run: ours beside the baselines."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.report import metrics
from xview_loc.report.live_run import LiveRun
from xview_loc.report.sources import Source
from xview_loc.report.track import Track


@dataclass(frozen=True)
class Drive:
    """
    What a bag says about a drive, whoever localizes in it.

    :param gnss: fixes in ``map``; yaw NaN.
    :param odometry: odometry in its own frame.
    :param truth: true poses in ``map``, or ``None`` where unknown.
    """

    gnss: Track
    odometry: Track
    truth: Track | None = None


@dataclass(frozen=True)
class SourceErrors:
    """
    The error of one source over time.

    :param stamps: ``(N,)`` [s].
    :param position_m: ``(N,)`` distance to the truth [m].
    :param heading_deg: ``(N,)`` absolute heading error [deg]; NaN where not measured.
    """

    stamps: np.ndarray
    position_m: np.ndarray
    heading_deg: np.ndarray

    @property
    def known(self) -> bool:
        """Tell whether there is any error to speak of."""
        return bool(np.isfinite(self.position_m).any())

    @property
    def final_m(self) -> float:
        """Return the last known position error [m]."""
        finite = self.position_m[np.isfinite(self.position_m)]
        return float(finite[-1]) if len(finite) else math.nan


@dataclass(frozen=True)
class Evaluation:
    """
    The errors of every source and the figures drawn from them.

    :param errors: per source; empty where the truth is unknown.
    :param tracks: per source, in ``map``.
    :param figures: the metrics that ``xview-loc demo --json`` prints, NaN where unknown.
    """

    errors: dict[Source, SourceErrors]
    tracks: dict[Source, Track]
    figures: dict[str, float]


def evaluate(run: LiveRun, drive: Drive, blind: LiveRun | None = None,
             prior: Track | None = None) -> Evaluation:
    """
    Compare what the nodes published to the truth and to the baselines.

    :param run: the run to judge.
    :param drive: GNSS, odometry and truth of the same drive.
    :param blind: the same drive with blacked-out images, or ``None``.
    :param prior: what the filter says with GNSS and odometry alone, or ``None``.
    """
    tracks = _tracks(run, drive, blind, prior)
    errors: dict[Source, SourceErrors] = {}
    if drive.truth is not None:
        errors = {source: errors_of(track, drive.truth) for source, track in tracks.items()
                  if source is not Source.TRUTH}
    return Evaluation(errors, tracks, _figures(run, drive, errors))


def errors_of(track: Track, truth: Track) -> SourceErrors:
    """
    Return the errors of a track at its own stamps.

    :param track: estimated poses in ``map``.
    :param truth: true poses in ``map``, interpolated at the stamps of the track.
    """
    reference = truth.at(track.stamps)
    return SourceErrors(track.stamps, metrics.position_errors(track.poses, reference),
                        metrics.heading_errors_deg(track.poses, reference))


def _tracks(run: LiveRun, drive: Drive, blind: LiveRun | None,
            prior: Track | None) -> dict[Source, Track]:
    """Return every source that is known, in ``map``."""
    tracks = {Source.OURS: run.poses, Source.GNSS: drive.gnss}
    if drive.truth is not None:
        tracks[Source.TRUTH] = drive.truth
        tracks[Source.ODOMETRY] = metrics.aligned_at_start(drive.odometry, drive.truth)
    if blind is not None:
        tracks[Source.BLIND] = blind.poses
    if prior is not None:
        tracks[Source.PRIOR] = prior
    unknown_yaw = np.full(len(run.match_stamps), np.nan)
    tracks[Source.PATCH_CENTRE] = Track.from_unordered(
        run.match_stamps, np.column_stack([run.match_centres.reshape(-1, 2), unknown_yaw]))
    tracks[Source.MATCHER] = Track.from_unordered(run.match_stamps, run.match_peaks)
    return tracks


def _figures(run: LiveRun, drive: Drive, errors: dict[Source, SourceErrors]) -> dict[str, float]:
    """Return the metrics by their published names."""
    def position(source: Source) -> np.ndarray:
        return errors[source].position_m if source in errors else np.empty(0)

    ours = errors.get(Source.OURS)
    odometry = errors.get(Source.ODOMETRY)
    end = float(run.poses.stamps[-1]) if len(run.poses) else 0.0
    return {
        'median_error_m': metrics.median(position(Source.OURS)),
        'p95_error_m': metrics.percentile(position(Source.OURS), 95.0),
        'median_heading_error_deg': metrics.median(ours.heading_deg) if ours else math.nan,
        'gnss_median_error_m': metrics.median(position(Source.GNSS)),
        'odometry_final_error_m': odometry.final_m if odometry else math.nan,
        'blind_median_error_m': metrics.median(position(Source.BLIND)),
        'matches_per_s': metrics.rate_hz(run.match_stamps),
        'latency_ms_p50': 1e3 * metrics.percentile(run.latencies_s, 50.0),
        'latency_ms_p95': 1e3 * metrics.percentile(run.latencies_s, 95.0),
        'lost_s': seconds_in(run, 'lost', end),
        'anees': _anees(run, drive.truth),
    }


def seconds_in(run: LiveRun, state: str, end: float) -> float:
    """
    Return how long a run was in a state of health.

    :param run: the run.
    :param state: name of the state.
    :param end: until when the last report stands [s].
    """
    return metrics.seconds_in_state(
        np.array([event.stamp for event in run.health]),
        [event.state for event in run.health], state, end)


def _anees(run: LiveRun, truth: Track | None) -> float:
    """Return the consistency of the reported covariances."""
    if truth is None or run.poses.covariances is None or len(run.poses) == 0:
        return math.nan
    differences = metrics.pose_differences(run.poses.poses, truth.at(run.poses.stamps))
    return metrics.anees(differences, run.poses.covariances)


def coverage(run: LiveRun, truth: Track | None, probability: float = 0.95) -> float:
    """
    Return the share of true positions inside the reported ellipse.

    :param run: the run.
    :param truth: true poses in ``map``.
    :param probability: mass of the ellipse.
    """
    if truth is None or run.poses.covariances is None or len(run.poses) == 0:
        return math.nan
    differences = metrics.pose_differences(run.poses.poses, truth.at(run.poses.stamps))
    return metrics.ellipse_coverage(differences, run.poses.covariances, probability)
