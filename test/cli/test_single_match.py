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

"""One image on one patch: cameras, conventions, uncertainty."""

import math

import numpy as np
import pytest

from xview_loc.cli.single_match import centre_column_azimuth, second_moment, View
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood


def test_the_field_of_view_spans_the_width():
    camera = View('pinhole', fov_deg=90.0).camera(240, 640)
    left, right = camera.rays(np.array([[-0.5, 119.5], [639.5, 119.5]]))
    assert math.degrees(math.acos(left @ right)) == pytest.approx(90.0)


def test_the_horizon_is_a_fraction_of_the_height():
    camera = View('equirectangular', horizon=0.6).camera(100, 400)
    assert camera.rays(np.array([199.5, 59.5]))[1] == pytest.approx(0.0)


def test_the_centre_column_of_an_off_centre_camera_looks_aside():
    camera = View('pinhole', intrinsics=(500.0, 500.0, 219.5, 100.0)).camera(200, 640)
    assert centre_column_azimuth(camera) == pytest.approx(math.atan2(100.0, 500.0))
    assert centre_column_azimuth(View('equirectangular').camera(64, 128)) == pytest.approx(0.0)


def random_likelihood():
    """Return a peaked volume on a non-square grid."""
    random = np.random.default_rng(2)
    values = random.normal(0.0, 2.0, (9, 5, 7)).astype(np.float32)
    values[0, 0, :2] = np.nan
    return PoseLikelihood(values, PatchGeometry(1.0, -2.0, 0.5, 5, 7),
                          np.radians(np.arange(9) * 2.0 + 170.0), 0.0)


def test_second_moment_equals_the_sum_over_cells():
    likelihood, pose = random_likelihood(), Pose2(0.5, -1.0, 3.1)
    x, y = likelihood.geometry.cell_centres()
    total, moment = 0.0, np.zeros((3, 3))
    for k, yaw in enumerate(likelihood.yaws):
        for i in range(5):
            for j in range(7):
                value = likelihood.log_likelihood[k, i, j]
                if np.isfinite(value):
                    weight = math.exp(value)
                    offset = np.array([x[i, j] - pose.x, y[i, j] - pose.y,
                                       -wrap_angle(yaw - pose.yaw)])
                    total += weight
                    moment += weight * np.outer(offset, offset)
    cell = np.diag([0.5 ** 2, 0.5 ** 2, math.radians(2.0) ** 2]) / 12.0
    assert second_moment(likelihood, pose) == pytest.approx(moment / total + cell, rel=1e-4)


def test_a_second_hypothesis_widens_the_covariance():
    values = np.full((1, 3, 21), -50.0, np.float32)
    values[0, 1, 0] = values[0, 1, 20] = 0.0
    likelihood = PoseLikelihood(values, PatchGeometry(0.0, 0.0, 1.0, 3, 21), np.zeros(1), 0.0)
    moment = second_moment(likelihood, Pose2(-10.0, 0.0, 0.0))
    assert moment[0, 0] == pytest.approx(0.5 * 20.0 ** 2, rel=1e-3)
    assert moment[1, 1] < 1.0
