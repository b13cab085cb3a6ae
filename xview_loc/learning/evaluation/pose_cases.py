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

"""Matchers against pairs: where the best pose lies, and how much mass is at the true heading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
import math
from typing import Any

import numpy as np

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.learning.data.birds_eye_sample import patch_of, window_of
from xview_loc.learning.data.kitti_mosaic import KittiMosaicPairs
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.evaluation.calibration_figures import calibration_figures
from xview_loc.learning.evaluation.pose_errors import pose_errors, pose_figures
from xview_loc.matching.matcher import Matcher, SearchPrior
from xview_loc.matching.modes import find_modes, posterior
from xview_loc.matching.pose_likelihood import PoseLikelihood

# A heading is found within this angle of the true one.
HEADING_REACH = math.radians(9.01)
# A pose is right, for calibration, within this distance as well.
RIGHT_M = 5.0
KITTI_RADIUS_M, KITTI_YAW_RANGE = 10.0, math.radians(15.0)

# Makes the matcher for imagery of a resolution in metres per pixel.
MatcherMaker = Callable[[float], Matcher]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PoseCase:
    """
    One search whose answer is known.

    :param window: what the camera saw.
    :param patch: imagery around it.
    :param prior: where to search.
    :param truth: pose of ``base_link`` in the frame of the patch.
    """

    window: FrameWindow
    patch: SatellitePatch
    prior: SearchPrior
    truth: Pose2

    def blackened(self) -> PoseCase:
        """Return the case with a covered lens."""
        frames = tuple(replace(frame, image=np.zeros_like(frame.image))
                       for frame in self.window.frames)
        return replace(self, window=FrameWindow(frames))


def cases_of(source: PairSource, radius_m: float, seed: int = 0) -> Iterator[PoseCase]:
    """
    Return the searches of a source, in order.

    KITTI's mosaic is searched 10 m and 15 degrees around its noisy priors; other pairs around the
    middle of the tile, at every heading, starting from a random one.

    :param source: pairs with cameras and headings.
    :param radius_m: half side of the search [m].
    :param seed: of the headings that the search starts from.
    """
    if isinstance(source, KittiMosaicPairs):
        for index, prior in enumerate(source.priors):
            frame, truth = source.frame(index)
            yield PoseCase(FrameWindow((frame,)), source.mosaic, SearchPrior(
                prior, KITTI_RADIUS_M, KITTI_YAW_RANGE), truth)
        return
    yaws = np.random.default_rng(seed).uniform(-math.pi, math.pi, len(source))
    for index, yaw in enumerate(yaws.tolist()):
        sample = source.sample(index)
        assert sample.yaw is not None
        yield PoseCase(window_of(sample), patch_of(sample), SearchPrior(
            Pose2(0.0, 0.0, yaw), radius_m), Pose2(sample.east_m, sample.north_m, sample.yaw))


def answer(likelihood: PoseLikelihood, case: PoseCase) -> dict[str, Any]:
    """
    Return best pose, truth, mass within 9 degrees of the true heading, and confidence.

    A likelihood that is NaN everywhere says nothing: its pose is that of the prior, its mass the
    share of the headings searched.

    :param likelihood: of a matcher.
    :param case: that it answers.
    """
    truth, prior = case.truth.as_array(), case.prior.pose.as_array()
    near = np.abs(wrap_angle(likelihood.yaws - case.truth.yaw)) <= HEADING_REACH
    if not np.isfinite(likelihood.log_likelihood).any():
        return {'estimate': prior, 'truth': truth, 'prior': prior, 'mass': float(near.mean()),
                'confidence': 0.0, 'score': 0.0}
    return {'estimate': find_modes(likelihood)[0].pose.as_array(), 'truth': truth, 'prior': prior,
            'mass': float(posterior(likelihood).sum(axis=(1, 2))[near].sum()),
            'confidence': likelihood.confidence, 'score': likelihood.score}


def pose_answers(make: MatcherMaker, cases: Sequence[PoseCase],
                 progress: Progress = lambda done, total: None) -> dict[str, np.ndarray]:
    """
    Match every case.

    :param make: makes the matcher.
    :param cases: to match; successive ones of one patch share its features.
    :param progress: told how many are done and how many there are.
    :return: what :func:`answer` says, a row a case.
    """
    rows, patch, matcher, features = [], None, None, None
    for number, case in enumerate(cases):
        progress(number, len(cases))
        if matcher is None or patch is not case.patch:
            patch = case.patch
            matcher = make(patch.geometry.metres_per_pixel)
            features = matcher.prepare(patch)
        rows.append(answer(matcher.match(case.window, features, case.prior), case))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def case_figures(answers: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return pose errors, the negative logarithm of the mass at the heading, and calibration."""
    errors = pose_errors(answers['estimate'], answers['truth'])
    assert errors.heading_deg is not None
    found = errors.heading_deg <= math.degrees(HEADING_REACH)
    figures: dict[str, Any] = {
        'p95_m': float(np.quantile(errors.distance_m, 0.95)), 'heading<9deg': float(found.mean()),
        'heading_nll': float(-np.log(np.maximum(answers['mass'], 1e-9)).mean())}
    return pose_figures(errors) | figures | calibration_figures(
        answers['confidence'], found & (errors.distance_m < RIGHT_M))


def guess_figures(answers: dict[str, np.ndarray], guess: np.ndarray) -> dict[str, Any]:
    """
    Return the pose errors of a predictor that sees no image.

    :param answers: with the truth.
    :param guess: poses, (N, 3).
    """
    return pose_figures(pose_errors(guess, answers['truth']))
