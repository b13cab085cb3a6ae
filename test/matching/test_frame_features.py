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

"""Features of frames are computed once while the frames are in use."""

from dataclasses import replace

from landmark_world import bearing, landmark_frame
import numpy as np
import pytest

from xview_loc.errors import MatchingError
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.frame_features import FrameFeatureCache
from xview_loc.matching.ground_view import pinhole_view
from xview_loc.matching.model_records import GroundInput

GROUND = GroundInput('pinhole', (16, 32), 77.0)
CAMERA = PinholeCamera(40.0, 40.0, 31.5, 15.5, 32, 64)


def frame(stamp):
    return landmark_frame(CAMERA, bearing(0.0), stamp=stamp)


class Counting:
    """Count the images of every run."""

    def __init__(self):
        self.batches = []

    def __call__(self, images):
        self.batches.append(len(images))
        return images[:, None, ::4, ::4, 0].astype(np.float32)


def cache(network, capacity=6):
    return FrameFeatureCache(lambda frame: pinhole_view(frame, GROUND), network, capacity)


def test_only_new_frames_are_run_all_in_one_batch() -> None:
    network = Counting()
    known = cache(network)
    frames = [frame(0.1 * index) for index in range(4)]
    first = known.of(frames[:3])
    # A frame that comes in a later window is placed anew, with the same image.
    moved = [replace(each, window_from_base=Pose2(-1.0, 0.0, 0.0)) for each in frames[:3]]
    again = known.of([frames[3], *moved])
    assert network.batches == [3, 1] and known.runs == 4
    assert all(one is two for one, two in zip(first, again[1:]))
    assert again[0].features.shape == (1, 4, 8) and again[0].view.image.shape == (16, 32, 3)


def test_frames_not_used_for_longest_are_forgotten() -> None:
    network = Counting()
    known = cache(network, capacity=2)
    frames = [frame(0.1 * index) for index in range(3)]
    known.of(frames)
    known.of(frames)
    assert network.batches == [3]
    known.of(frames[2:])
    known.of(frames[:1])
    assert network.batches == [3, 1]


def test_a_frame_that_cannot_be_used_is_not_kept() -> None:
    narrow = landmark_frame(PinholeCamera(200.0, 200.0, 31.5, 15.5, 32, 64), bearing(0.0))
    known = cache(Counting())
    for _ in range(2):
        with pytest.raises(MatchingError, match='degrees that the network looks at'):
            known.of([frame(0.0), narrow])
    assert known.runs == 0
