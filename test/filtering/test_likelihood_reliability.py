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

"""Credible regions hold the truth as often as they say."""

import math

import numpy as np
import pytest

from xview_loc.filtering.filter_config import LikelihoodConfig
from xview_loc.filtering.likelihood_calibration import (
    AS_LIKELY, CalibrationSample, fit_likelihood, likely_fits)
from xview_loc.filtering.likelihood_reliability import (
    calibration_error, credible_levels, most_reliable)
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood

STD = np.array([0.6, 0.6, math.radians(3.0)])
YAWS = np.radians(np.arange(-15.0, 15.1, 1.5))
EXACT = LikelihoodConfig(outlier=1e-3)


def samples(count, sharpness=1.0, wrong_share=0.0, seed=0):
    """Return Gaussian likelihoods whose peaks are off by their own spread, some by chance."""
    generator = np.random.default_rng(seed)
    geometry = PatchGeometry(0.0, 0.0, 0.25, 33, 33)
    x, y = geometry.cell_centres()
    result = []
    for k in range(count):
        peak = generator.uniform(-0.5, 0.5, 3) * (1.0, 1.0, 0.05)
        truth = peak + STD * generator.standard_normal(3)
        if generator.random() < wrong_share:
            truth = generator.uniform(-1.0, 1.0, 3) * (4.0, 4.0, YAWS[-1])
        plane = ((x - peak[0]) / STD[0]) ** 2 + ((y - peak[1]) / STD[1]) ** 2
        turn = ((YAWS - peak[2]) / STD[2]) ** 2
        volume = -0.5 * sharpness * (plane[None] + turn[:, None, None])
        result.append(CalibrationSample(
            PoseLikelihood(volume.astype(np.float32), geometry, YAWS, float(k)),
            Pose2(*map(float, truth)), 10.0 * k))
    return result


def test_a_likelihood_that_is_right_is_calibrated():
    levels = credible_levels(samples(150), EXACT)
    assert len(levels) > 145
    assert calibration_error(levels) < 0.06
    assert np.mean(levels <= 0.95) == pytest.approx(0.95, abs=0.05)


def test_one_that_is_too_sure_shows_and_its_temperature_mends_it():
    sharp = samples(150, sharpness=4.0)
    assert calibration_error(credible_levels(sharp, EXACT)) > 0.2
    mended = credible_levels(sharp, LikelihoodConfig(temperature=4.0, outlier=1e-3))
    assert calibration_error(mended) < 0.06


def test_wrong_peaks_are_part_of_the_promise():
    strewn = samples(150, wrong_share=0.3, seed=1)
    naive = np.mean(credible_levels(strewn, EXACT) <= 0.95)
    honest = np.mean(credible_levels(strewn, LikelihoodConfig(outlier=0.3)) <= 0.95)
    assert naive < 0.8
    assert honest == pytest.approx(0.95, abs=0.05)


def test_a_truth_outside_the_volume_is_left_out():
    inside, outside = samples(2)
    far = CalibrationSample(outside.likelihood, Pose2(50.0, 0.0, 0.0), 0.0)
    assert len(credible_levels([inside, far], EXACT)) == 1


def test_the_error_of_levels_by_hand():
    assert calibration_error(np.linspace(0.0, 1.0, 2001)) < 0.001
    assert calibration_error(np.zeros(5)) == pytest.approx(0.5)
    assert calibration_error(np.ones(5)) == pytest.approx(0.5)


def test_of_fits_as_likely_the_one_that_keeps_its_promise_is_taken():
    """Half of the matches are off by twice what they say."""
    mixed = samples(25, seed=2) + samples(25, sharpness=4.0, seed=3)
    fits = likely_fits(mixed)
    reliable = most_reliable(fits, mixed)
    errors = [calibration_error(credible_levels(mixed, fit.applied_to(LikelihoodConfig())))
              for fit in (fits[0], reliable)]
    assert errors[1] < 0.05
    assert errors[1] < errors[0]
    assert fits[0].log_evidence - reliable.log_evidence < 1.5 * AS_LIKELY


def test_a_peak_narrower_than_a_cell_keeps_its_promise():
    """The wrong-peak part of what the filter holds is more than its probability."""
    narrow = [CalibrationSample(
        PoseLikelihood(12.0 * one.likelihood.log_likelihood, one.likelihood.geometry, YAWS, 0.0),
        Pose2(*map(float, _peak(one) + (one.truth.as_array() - _peak(one)) / math.sqrt(12.0))),
        one.odometer) for one in samples(90, seed=3)]
    fit = fit_likelihood(narrow)
    assert fit.outlier < 0.008
    levels = credible_levels(narrow, fit.applied_to(LikelihoodConfig()))
    assert calibration_error(levels) < 0.08


def _peak(one):
    """Return the middle of a Gaussian volume below a cell, from its logarithm."""
    values = one.likelihood.log_likelihood.astype(np.float64)
    k, row, column = np.unravel_index(values.argmax(), values.shape)
    x, y = one.likelihood.geometry.cell_centres()
    found = []
    for axis, (centre, step, at) in enumerate((
            (YAWS[k], YAWS[1] - YAWS[0], k), (y[row, column], None, row),
            (x[row, column], None, column))):
        line = np.moveaxis(values, axis, 0)[
            (slice(at - 1, at + 2), *[place for other, place in enumerate((k, row, column))
                                      if other != axis])]
        shift = 0.5 * (line[2] - line[0]) / (2.0 * line[1] - line[0] - line[2])
        if step is None:
            step = (y[1, 0] - y[0, 0]) if axis == 1 else (x[0, 1] - x[0, 0])
        found.append(centre + shift * step)
    return np.array(found[::-1])
