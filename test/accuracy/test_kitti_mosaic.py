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
The matcher's metric error on a real drive.

Odd frames are matched to a mosaic made from the even frames of the same drive. The mosaic shares
light and shadow with its queries and so flatters any matcher: this checks geometry, not
robustness. ``pytest test/accuracy -s`` prints the figures.
"""

import math

import numpy as np
import pytest

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.modes import find_modes
from xview_loc.recordings.kitti_fixture import (
    kitti_evaluation_frames, load_kitti_raw, read_mosaic)

PRIOR_SIGMA_M, PRIOR_SIGMA_YAW = 3.0, math.radians(5.0)


def noisy_priors(frames):
    """Return seeded priors, 3 m (one sigma an axis) and 5 deg off."""
    random = np.random.default_rng(0)
    return [Pose2(*(truth.as_array() + random.normal(size=3)
                    * (PRIOR_SIGMA_M, PRIOR_SIGMA_M, PRIOR_SIGMA_YAW))) for _, truth in frames]


def test_single_frames_reach_centimetres(shared_data):
    """Median 0.15 m, 95 % within 0.35 m, heading 0.5 deg; black images know nothing."""
    folder = shared_data / 'kitti_raw_0001'
    drive = load_kitti_raw(folder, frames='odd')
    frames = kitti_evaluation_frames(drive)
    matcher = BevMatcher(BevConfig.for_resolution(0.1))
    features = matcher.prepare(read_mosaic(folder).patch(drive.local_frame))
    errors, turns, prior_errors = [], [], []
    for (frame, truth), prior in zip(frames, noisy_priors(frames)):
        likelihood = matcher.match(
            FrameWindow((frame,)), features, SearchPrior(prior, 10.0, math.radians(15.0)))
        found = find_modes(likelihood)[0].pose
        errors.append(found.distance_to(truth))
        turns.append(abs(math.degrees(wrap_angle(found.yaw - truth.yaw))))
        prior_errors.append(prior.distance_to(truth))
    median, upper = np.median(errors), np.quantile(errors, 0.95)
    print(f'{len(errors)} frames: median {median:.3f} m, 95 % {upper:.3f} m, heading '
          f'{np.median(turns):.2f} deg; prior alone {np.median(prior_errors):.2f} m')
    assert median <= 0.15
    assert upper <= 0.35
    assert np.median(turns) <= 0.5


def test_black_image_does_no_better_than_the_prior(shared_data):
    """A blind matcher spreads its posterior over the whole search."""
    folder = shared_data / 'kitti_raw_0001'
    drive = load_kitti_raw(folder, frames='odd')
    frame, truth = kitti_evaluation_frames(drive)[10]
    matcher = BevMatcher(BevConfig.for_resolution(0.1))
    features = matcher.prepare(read_mosaic(folder).patch(drive.local_frame))
    black = Frame(np.zeros_like(frame.image), frame.stamp, frame.camera, frame.roll, frame.pitch)
    likelihood = matcher.match(
        FrameWindow((black,)), features, SearchPrior(truth, 5.0, math.radians(10.0)))
    with pytest.raises(MatchingError, match='nothing was visible'):
        find_modes(likelihood)
    assert likelihood.confidence == 0.0
