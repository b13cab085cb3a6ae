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

"""Height and pitch by the best mean score."""

import math

import numpy as np
import pytest

from xview_loc.cli.mount_calibration import (
    calibrate_mounting, Mounting, paraboloid_peak, Sighting)
from xview_loc.errors import MatchingError
from xview_loc.geometry.extrinsics import BODY_FROM_OPTICAL, rpy_from_rotation
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.matching.pose_likelihood import PoseLikelihood

TRUE_HEIGHT, TRUE_PITCH = 1.72, math.radians(-0.9)


class KnowingMatcher:
    """Scores a mounting by how near it is to the true one."""

    metres_per_pixel = 0.5
    view_radius_m = 10.0

    def __init__(self):
        """Count prepared patches."""
        self.prepared = 0

    def prepare(self, patch):
        """Note that a patch was prepared."""
        self.prepared += 1

    def match(self, window, features, prior):
        """Return a score with a tilted peak at the true mounting."""
        camera = window.newest.camera
        _, pitch, _ = rpy_from_rotation(camera.base_from_camera[:3, :3] @ BODY_FROM_OPTICAL.T)
        u = (camera.height - TRUE_HEIGHT) / 0.2
        v = (pitch - TRUE_PITCH) / math.radians(1.0)
        score = 0.8 / (1.0 + u * u + v * v + u * v)
        return PoseLikelihood(np.zeros((1, 1, 1)), PatchGeometry(0.0, 0.0, 1.0, 1, 1),
                              np.zeros(1), 0.0, score=score)


def read_patch(geometry):
    """Return a black patch."""
    return SatellitePatch(np.zeros((*geometry.shape, 3), np.uint8), geometry,
                          np.ones(geometry.shape, bool), Provenance('black'))


def sightings(count):
    """Return images without content."""
    model = PinholeCamera(30.0, 30.0, 19.5, 11.5, 24, 40, (), '')
    return [Sighting(np.zeros((24, 40, 3), np.uint8), model, 0.0, 0.0, Pose2(i, 0.0, 0.0))
            for i in range(count)]


def test_the_true_mounting_is_found_from_one_that_is_wrong():
    matcher, shares = KnowingMatcher(), []
    found = calibrate_mounting(sightings(2), Mounting(z=1.5, base_height=0.1), matcher,
                               read_patch, 0.5, 4.0, shares.append)
    assert 1.6 + found.height_m == pytest.approx(TRUE_HEIGHT, abs=0.01)
    assert found.pitch == pytest.approx(TRUE_PITCH, abs=math.radians(0.05))
    assert found.score > found.score_before
    assert matcher.prepared == 2 * 3
    assert shares[-1] == pytest.approx(1.0) and sorted(shares) == shares


def test_a_right_mounting_is_left_alone():
    found = calibrate_mounting(
        sightings(1), Mounting(z=TRUE_HEIGHT, pitch=TRUE_PITCH), KnowingMatcher(), read_patch,
        0.5, 4.0)
    assert found.height_m == pytest.approx(0.0, abs=1e-3)
    assert found.pitch == pytest.approx(0.0, abs=1e-4)


def test_without_images_there_is_a_sentence():
    with pytest.raises(MatchingError, match='No image'):
        calibrate_mounting([], Mounting(), KnowingMatcher(), read_patch, 0.5, 4.0)


def test_the_peak_of_a_paraboloid_is_exact():
    offsets = np.array([[u, v] for u in (-1.0, 0.0, 1.0) for v in (-1.0, 0.0, 1.0)])
    u, v = offsets.T - np.array([[0.3], [-0.4]])
    assert paraboloid_peak(offsets, 5.0 - u * u - 2.0 * v * v + 0.5 * u * v) == pytest.approx(
        [0.3, -0.4])


def test_a_saddle_a_plane_and_too_few_values_move_nothing():
    offsets = np.array([[u, v] for u in (-1.0, 0.0, 1.0) for v in (-1.0, 0.0, 1.0)])
    assert paraboloid_peak(offsets, offsets[:, 0] ** 2 - offsets[:, 1] ** 2).tolist() == [0, 0]
    assert paraboloid_peak(offsets, offsets[:, 0]).tolist() == [0.0, 0.0]
    assert paraboloid_peak(offsets[:4], np.ones(4)).tolist() == [0.0, 0.0]
