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

"""The analytic part of the filter against a full Kalman filter."""

from __future__ import annotations

from filterpy.kalman import KalmanFilter
import numpy as np
import pytest

from xview_loc.filtering.belief import GNSS_ERROR, STATES
from xview_loc.filtering.filter_config import GnssConfig
from xview_loc.filtering.gnss_error import GnssErrorModel

CONFIG = GnssConfig(offset_std=2.0, multipath_std=1.0, multipath_time_constant_s=10.0)


def test_the_errors_of_a_particle_equal_those_of_a_kalman_filter():
    generator = np.random.default_rng(0)
    model = GnssErrorModel(CONFIG)
    states = np.zeros((STATES, 3))
    states[:2] = [[0.0, 1.0, -2.0], [0.0, 5.0, 3.0]]
    covariance = model.initial_covariance()
    white = np.array([[1.0, 0.3], [0.3, 2.0]])
    references = [_reference(white) for _ in range(3)]
    for _ in range(20):
        fix = generator.normal(0.0, 2.0, 2)
        covariance = model.predict(states, covariance, 1.0)
        innovation = model.innovation(states, *fix)
        given = model.innovation_covariance(covariance, white)
        log_likelihood = model.log_likelihood(innovation, given)
        covariance = model.correct(states, covariance, innovation, white)
        for k, reference in enumerate(references):
            reference.predict()
            reference.update(fix - states[:2, k])
            np.testing.assert_allclose(states[GNSS_ERROR, k], reference.x[:, 0], atol=1e-9)
            np.testing.assert_allclose(covariance, reference.P, atol=1e-9)
            assert log_likelihood[k] == pytest.approx(reference.log_likelihood)


def _reference(white):
    rate = np.array([1.0 / CONFIG.offset_time_constant_s] * 2
                    + [1.0 / CONFIG.multipath_time_constant_s] * 2)
    variance = np.array([CONFIG.offset_std] * 2 + [CONFIG.multipath_std] * 2) ** 2
    result = KalmanFilter(dim_x=4, dim_z=2)
    result.x = np.zeros((4, 1))
    result.P = np.diag(variance)
    result.F = np.diag(np.exp(-rate))
    result.Q = np.diag(variance * (1.0 - np.exp(-2.0 * rate)))
    result.H = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
    result.R = white
    return result


def test_without_fixes_the_covariance_returns_to_its_prior():
    model = GnssErrorModel(CONFIG)
    states = np.zeros((STATES, 1))
    settled = model.predict(states, 0.01 * np.eye(4), 1e6)
    np.testing.assert_allclose(settled, model.initial_covariance())


def test_a_receiver_that_claims_perfection_is_not_believed():
    white = GnssErrorModel(CONFIG).white(np.zeros((2, 2)))
    assert white[0, 0] == pytest.approx(CONFIG.smallest_std ** 2)
