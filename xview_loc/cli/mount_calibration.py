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

"""
Height and pitch of a camera from a drive: the mounting that makes images fit the imagery best.

The score of the bird's-eye matcher falls quickly when the ground is unprojected wrongly, so the
mean peak score over a drive has its maximum at the true height and pitch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
import math

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.matcher import Matcher, SearchPrior

YAW_RANGE = math.radians(6.0)
FIRST_HEIGHT_STEP_M = 0.15
FIRST_PITCH_STEP = math.radians(0.75)
STAGES = ((2, 1.0), (1, 0.5), (1, 0.25))


@dataclass(frozen=True)
class Sighting:
    """
    One image with what is known about where it was taken.

    :param image: RGB.
    :param model: camera model of the image.
    :param roll: of ``base_link`` [rad].
    :param pitch: of ``base_link`` [rad].
    :param prior: rough pose of ``base_link`` in ``map``.
    :param stamp: of the image [s].
    """

    image: np.ndarray
    model: CameraModel
    roll: float
    pitch: float
    prior: Pose2
    stamp: float = math.nan


@dataclass(frozen=True)
class Mounting:
    """
    Where the camera sits, as the parameters ``camera.x`` to ``camera.yaw`` say it.

    :param x: forward of ``base_link`` [m].
    :param y: left [m].
    :param z: up [m].
    :param roll: about the viewing direction [rad].
    :param pitch: positive looks down [rad].
    :param yaw: positive looks left [rad].
    :param base_height: height of ``base_link`` above the ground [m].
    """

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    roll: float = 0.0
    pitch: float = 0.0
    yaw: float = 0.0
    base_height: float = 0.0

    def moved(self, model: CameraModel, height_m: float, pitch: float) -> MountedCamera:
        """
        Return the camera with a corrected mounting.

        :param model: its model.
        :param height_m: added to its height [m].
        :param pitch: added to its pitch [rad].
        """
        return MountedCamera(model, camera_mounting(
            self.x, self.y, self.z + height_m, self.roll, self.pitch + pitch, self.yaw),
            self.base_height)

    def corrected(self, correction: MountCorrection) -> Mounting:
        """
        Return the mounting with a correction.

        :param correction: of height and pitch.
        """
        return replace(self, z=self.z + correction.height_m, pitch=self.pitch + correction.pitch)


@dataclass(frozen=True)
class MountCorrection:
    """
    The correction that fits best.

    :param height_m: to add to the height of the camera [m].
    :param pitch: to add to its pitch [rad].
    :param score: mean peak score with the correction.
    :param score_before: mean peak score without it.
    :param count: images used.
    """

    height_m: float
    pitch: float
    score: float
    score_before: float
    count: int


def calibrate_mounting(sightings: Sequence[Sighting], mounting: Mounting, matcher: Matcher,
                       read_patch: Callable[[PatchGeometry], SatellitePatch],
                       metres_per_pixel: float, radius_m: float,
                       progress: Callable[[float], None] = lambda share: None
                       ) -> MountCorrection:
    """
    Search height and pitch around the given mounting, coarse to fine.

    Three grids, each half as wide as the one before, around the best so far; the last one is
    refined by the maximum of a paraboloid.

    :param sightings: images spread over the drive.
    :param mounting: the mounting to correct.
    :param matcher: compares images to imagery.
    :param read_patch: reads imagery of a place.
    :param metres_per_pixel: resolution to read it at [m].
    :param radius_m: how far around each prior to search [m].
    :param progress: told the share done, in [0, 1].
    :raises MatchingError: when there is nothing to compare.
    """
    if not sightings:
        raise MatchingError('No image with a known rough pose is left to calibrate with.')
    work = _Work(sightings, mounting, matcher, read_patch, metres_per_pixel, radius_m)
    total = len(sightings) * sum((2 * reach + 1) ** 2 for reach, _ in STAGES)
    centre, best, before, done = np.zeros(2), -math.inf, math.nan, 0
    for reach, scale in STAGES:
        steps = scale * np.array([FIRST_HEIGHT_STEP_M, FIRST_PITCH_STEP])
        offsets = np.stack(np.meshgrid(np.arange(-reach, reach + 1.0),
                                       np.arange(-reach, reach + 1.0)), axis=-1).reshape(-1, 2)
        candidates = centre + offsets * steps
        scores = np.zeros(len(candidates))
        for peaks in work.peak_scores(candidates):
            scores += peaks / len(sightings)
            done += len(candidates)
            progress(done / total)
        if math.isnan(before):
            before = float(scores[np.flatnonzero((candidates == 0.0).all(axis=1))[0]])
        top = int(np.argmax(scores))
        best = float(scores[top])
        inner = np.abs(offsets - offsets[top]).max(axis=1) <= 1.0
        shift = paraboloid_peak(offsets[inner] - offsets[top], scores[inner])
        centre = candidates[top] + shift * steps
    return MountCorrection(float(centre[0]), float(centre[1]), best, before, len(sightings))


def paraboloid_peak(offsets: np.ndarray, values: np.ndarray) -> np.ndarray:
    """
    Return where a paraboloid through values has its maximum.

    :param offsets: ``(N, 2)`` places relative to the best one, at most 1 away.
    :param values: ``(N,)``.
    :return: ``(2,)`` within one step of the best place; zero where there is no maximum.
    """
    if len(offsets) < 6:
        return np.zeros(2)
    u, v = offsets.T
    terms = np.column_stack([np.ones_like(u), u, v, u * u, u * v, v * v])
    solution = np.linalg.lstsq(terms, values, rcond=None)[0]
    curvature = np.array([[2.0 * solution[3], solution[4]], [solution[4], 2.0 * solution[5]]])
    if not np.linalg.eigvalsh(curvature)[1] < 0.0:
        return np.zeros(2)
    return np.clip(-np.linalg.solve(curvature, solution[1:3]), -1.0, 1.0)


@dataclass(frozen=True)
class _Work:
    """Everything that stays the same between candidates."""

    sightings: Sequence[Sighting]
    mounting: Mounting
    matcher: Matcher
    read_patch: Callable[[PatchGeometry], SatellitePatch]
    metres_per_pixel: float
    radius_m: float

    def peak_scores(self, candidates: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the peak scores of all candidates, sighting by sighting."""
        half = self.matcher.view_radius_m + self.radius_m + 2.0
        side = 2 * math.ceil(half / self.metres_per_pixel)
        for sighting in self.sightings:
            place = sighting.prior
            features = self.matcher.prepare(self.read_patch(
                PatchGeometry(place.x, place.y, self.metres_per_pixel, side, side)))
            prior = SearchPrior(place, self.radius_m, YAW_RANGE)
            yield np.array([
                self._score(sighting, features, prior, height, pitch)
                for height, pitch in candidates])

    def _score(self, sighting, features, prior, height, pitch) -> float:
        camera = self.mounting.moved(sighting.model, float(height), float(pitch))
        frame = Frame(sighting.image, 0.0, camera, sighting.roll, sighting.pitch)
        score = self.matcher.match(FrameWindow((frame,)), features, prior).score
        return score if math.isfinite(score) else 0.0
