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

"""Fits recover what the data were made with."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np
import pytest

from xview_loc.errors import FilterError
from xview_loc.filtering.filter_config import LikelihoodConfig
from xview_loc.filtering.likelihood_calibration import (
    CalibrationSample, fit_decorrelation, fit_likelihood)
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood

STD_M, STD_YAW = 0.6, math.radians(3.0)
YAWS = np.radians(np.arange(-15.0, 16.0, 3.0))


def sample(peak, truth, odometer, sharpness=1.0):
    """Return a Gaussian volume around a peak, sharper than it ought to be by a factor."""
    geometry = PatchGeometry(0.0, 0.0, 0.5, 29, 31)
    x, y = geometry.cell_centres()
    square = ((x - peak.x) ** 2 + (y - peak.y) ** 2) / STD_M ** 2
    turn = (YAWS - peak.yaw) ** 2 / STD_YAW ** 2
    values = -0.5 * sharpness * (square[None] + turn[:, None, None])
    return CalibrationSample(
        PoseLikelihood(values.astype(np.float32), geometry, YAWS, odometer), truth, odometer)


def drive(count, sharpness=1.0, wrong=0.0, length=3.0, spacing=1.0, seed=0):
    generator = np.random.default_rng(seed)
    keep = math.exp(-spacing / length)
    error = generator.standard_normal(3)
    result = []
    for k in range(count):
        error = keep * error + math.sqrt(1.0 - keep ** 2) * generator.standard_normal(3)
        truth = Pose2(*generator.uniform(-0.5, 0.5, 2), 0.0)
        stray = generator.random() < wrong
        peak = (Pose2(*generator.uniform(-7.0, 7.0, 2), generator.uniform(-0.25, 0.25))
                if stray else truth @ Pose2(*(error * (STD_M, STD_M, STD_YAW))))
        result.append(sample(peak, truth, spacing * k, sharpness))
    return result


@pytest.mark.parametrize('sharpness', [1.0, 4.0])
def test_the_temperature_undoes_overconfidence(sharpness):
    fit = fit_likelihood(drive(200, sharpness, spacing=10.0))
    assert fit.temperature == pytest.approx(sharpness, rel=0.25)
    assert fit.outlier < 0.05
    assert fit.count == 200


def test_the_share_of_wrong_peaks_is_found():
    fit = fit_likelihood(drive(200, wrong=0.3, spacing=10.0))
    assert fit.outlier == pytest.approx(0.3, abs=0.07)
    assert fit.temperature == pytest.approx(1.0, rel=0.3)


@pytest.mark.parametrize('length', [1.5, 6.0])
def test_the_decorrelation_is_found(length):
    assert fit_decorrelation(drive(600, length=length)) == pytest.approx(length, rel=0.35)


def test_a_matcher_that_knows_nothing_gets_no_credit():
    blind = [replace(one, likelihood=replace(
        one.likelihood, log_likelihood=np.zeros_like(one.likelihood.log_likelihood)))
        for one in drive(30)]
    assert fit_likelihood(blind).log_evidence == pytest.approx(0.0, abs=1e-6)


def test_too_few_samples_are_refused_with_their_number():
    with pytest.raises(FilterError, match='19 of 19'):
        fit_likelihood(drive(19))
    outside = [replace(one, truth=Pose2(500.0, 0.0, 0.0)) for one in drive(30)]
    with pytest.raises(FilterError, match='0 of 30'):
        fit_likelihood(outside)


def test_the_fit_changes_only_what_was_fitted():
    config = fit_likelihood(drive(40)).applied_to(LikelihoodConfig(relocation=0.01))
    assert config.relocation == 0.01
    assert config.temperature != 1.0 or config.outlier != LikelihoodConfig().outlier
