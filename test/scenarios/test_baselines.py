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

"""The methods to beat do what their names say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.matcher import SearchPrior
from xview_loc.scenarios.baselines import amcl_style, fixed_covariance, GnssOnly, make_methods
from xview_loc.scenarios.peak_ekf import PeakEkf
from xview_loc.scenarios.scene import Peaks, render


def fix(stamp, x, y=0.0):
    return GnssFix(stamp, x, y, np.eye(2))


def peak_at(stamp, pose):
    return render(Peaks.single(pose, 25.0, 0.4, 0.4, 0.03),
                  SearchPrior(Pose2(round(pose.x), round(pose.y), 0.0), 6.0), stamp,
                  np.random.default_rng(0))


def test_gnss_only_takes_the_course_between_fixes_and_carries_on_by_odometry():
    method = GnssOnly()
    assert method.predict(0.0) is None
    method.add_odometry(0.0, Pose2(0.0, 0.0, 1.0))
    method.add_fix(fix(0.0, 10.0))
    method.add_odometry(1.0, Pose2(0.0, 0.0, 1.0) @ Pose2(5.0, 0.0, 0.0))
    method.add_fix(fix(1.0, 10.0, 5.0))
    method.add_odometry(1.5, Pose2(0.0, 0.0, 1.0) @ Pose2(7.0, 0.0, 0.0))
    pose = method.predict(1.5).pose
    assert pose.yaw == pytest.approx(math.pi / 2.0)
    assert pose.distance_to(Pose2(10.0, 7.0, 0.0)) < 1e-9


def test_gnss_only_ignores_a_fix_that_is_late():
    method = GnssOnly()
    method.add_fix(fix(2.0, 10.0))
    method.add_fix(fix(1.0, 99.0))
    assert method.predict(2.0).pose.x == 10.0


def test_the_peak_filter_follows_peaks_and_odometry():
    method, truth = PeakEkf(), Pose2(10.0, 0.0, 0.7)
    method.add_odometry(0.0, Pose2(0.0, 0.0, 0.0))
    method.add_fix(fix(0.0, 11.0))
    odometry = Pose2(0.0, 0.0, 0.0)
    for k in range(1, 10):
        step = Pose2(1.0, 0.0, 0.0)
        truth, odometry = truth @ step, odometry @ step
        method.add_odometry(0.2 * k, odometry)
        method.add_likelihood(peak_at(0.2 * k, truth))
    estimate = method.predict(2.0)
    assert estimate.pose.distance_to(truth) < 0.6
    assert np.linalg.eigvalsh(estimate.covariance)[0] > 0.0


def test_the_peak_filter_ignores_a_stray_peak_and_gives_in_to_many():
    method, truth = PeakEkf(), Pose2(10.0, 0.0, 0.7)
    method.add_odometry(0.0, Pose2(0.0, 0.0, 0.0))
    method.add_fix(fix(0.0, 10.0))
    for k in range(8):
        method.add_likelihood(peak_at(0.2 * k, truth))
    method.add_likelihood(peak_at(2.0, Pose2(30.0, 0.0, 0.7)))
    assert method.predict(2.0).pose.distance_to(truth) < 0.6
    for k in range(10):
        method.add_likelihood(peak_at(2.2 + 0.2 * k, Pose2(30.0, 0.0, 0.7)))
    assert method.predict(5.0).pose.distance_to(Pose2(30.0, 0.0, 0.7)) < 1.0


def test_the_amcl_style_has_no_floor_no_decorrelation_and_no_recovery():
    config = amcl_style(FilterConfig(seed=3))
    assert config.seed == 3
    assert max(config.likelihood.outlier, config.likelihood.decorrelation_m,
               config.likelihood.relocation, config.gnss.offset_std) < 1e-6
    assert fixed_covariance(FilterConfig()).likelihood.outlier == 0.05


def test_every_method_can_be_made_afresh():
    methods = make_methods(0)
    assert next(iter(methods)) == 'xview_loc'
    for make in methods.values():
        assert make() is not make()
        assert make().predict(0.0) is None
