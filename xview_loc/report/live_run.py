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

"""What the nodes published during one replay."""

from __future__ import annotations

from dataclasses import dataclass
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.report.track import Track


@dataclass(frozen=True)
class HeatmapSample:
    """
    One published heatmap, kept for the report.

    :param stamp: time of the image it was made from [s].
    :param log_likelihood: ``(H, W)`` float32, the best over yaw; NaN where unknown.
    :param geometry: place of the cells in ``map``.
    """

    stamp: float
    log_likelihood: np.ndarray
    geometry: PatchGeometry


class Complaint(NamedTuple):
    """
    A diagnostic at WARN or above.

    :param name: node and component.
    :param message: what it said first.
    :param stamp: when it said so first [s].
    :param times: how often it was said, with whatever figures.
    """

    name: str
    message: str
    stamp: float
    times: int


@dataclass(frozen=True)
class HealthEvent:
    """
    A report of the filter's health.

    :param stamp: when it was reported [s].
    :param state: ``initialising``, ``converged``, ``uncertain`` or ``lost``.
    :param reason: the filter's own words.
    """

    stamp: float
    state: str
    reason: str = ''


@dataclass(frozen=True)
class LiveRun:
    """
    The output of the nodes over one replay of a bag.

    :param poses: published poses with covariances, by measurement stamp.
    :param latencies_s: ``(N,)`` arrival minus stamp of those poses that belong to an image, in
        ROS time [s].
    :param match_stamps: ``(M,)`` stamps of the heatmaps [s].
    :param match_centres: ``(M, 2)`` centre of each heatmap in ``map``: where the search was
        centred, the prediction before the image [m].
    :param match_peaks: ``(M, 3)`` x, y, yaw of the best cell; yaw NaN where not published.
    :param health: the filter's health over time.
    :param samples: a few heatmaps, evenly spread.
    :param map_origin: latitude, longitude [deg], altitude [m] of ``map``.
    :param warnings: distinct diagnostics at WARN or above.
    """

    poses: Track
    latencies_s: np.ndarray
    match_stamps: np.ndarray
    match_centres: np.ndarray
    match_peaks: np.ndarray
    health: tuple[HealthEvent, ...] = ()
    samples: tuple[HeatmapSample, ...] = ()
    map_origin: tuple[float, float, float] | None = None
    warnings: tuple[Complaint, ...] = ()

    def save(self, path: Path) -> None:
        """
        Write the run as one ``.npz`` file.

        :param path: file to write.
        """
        covariances = self.poses.covariances
        arrays = {
            'pose_stamps': self.poses.stamps,
            'poses': self.poses.poses,
            'covariances': (np.full((len(self.poses), 3, 3), np.nan)
                            if covariances is None else covariances),
            'latencies_s': self.latencies_s,
            'match_stamps': self.match_stamps,
            'match_centres': self.match_centres,
            'match_peaks': self.match_peaks,
            'about': np.frombuffer(self._about().encode(), dtype=np.uint8),
        }
        for index, sample in enumerate(self.samples):
            arrays[f'sample_{index}'] = sample.log_likelihood
        np.savez_compressed(path, **arrays)

    def _about(self) -> str:
        """Return everything that is not an array as JSON."""
        return json.dumps({
            'health': [[event.stamp, event.state, event.reason] for event in self.health],
            'warnings': [list(warning) for warning in self.warnings],
            'map_origin': self.map_origin,
            'samples': [[sample.stamp, sample.geometry.centre_x, sample.geometry.centre_y,
                         sample.geometry.metres_per_pixel] for sample in self.samples],
        })

    @classmethod
    def load(cls, path: Path) -> LiveRun:
        """
        Read a run written by :meth:`save`.

        :param path: the ``.npz`` file.
        :raises RecordingError: when it is missing or not such a file.
        """
        try:
            with np.load(path) as arrays:
                stored = dict(arrays)
            about = json.loads(stored['about'].tobytes())
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise RecordingError(f'{path} is not a recorded run: {error}.') from error
        origin = about['map_origin']
        return cls(
            poses=Track(stored['pose_stamps'], stored['poses'], stored['covariances']),
            latencies_s=stored['latencies_s'], match_stamps=stored['match_stamps'],
            match_centres=stored['match_centres'], match_peaks=stored['match_peaks'],
            health=tuple(HealthEvent(*event) for event in about['health']),
            samples=tuple(
                _sample(stored[f'sample_{index}'], *place)
                for index, place in enumerate(about['samples'])),
            map_origin=None if origin is None else (origin[0], origin[1], origin[2]),
            warnings=tuple(Complaint(*warning) for warning in about['warnings']))


def _sample(values, stamp, centre_x, centre_y, metres_per_pixel) -> HeatmapSample:
    """Rebuild a heatmap sample from its array and its place."""
    geometry = PatchGeometry(centre_x, centre_y, metres_per_pixel, *values.shape)
    return HeatmapSample(stamp, values, geometry)
