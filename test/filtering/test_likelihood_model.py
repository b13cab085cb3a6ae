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

"""How much evidence an image carries."""

from __future__ import annotations

from dataclasses import replace
import math

from fake_belief import gaussian_belief
from fake_likelihood import likelihood_around
import numpy as np
import pytest

from xview_loc.filtering.belief import VisionRecord
from xview_loc.filtering.filter_config import LikelihoodConfig
from xview_loc.filtering.likelihood_model import LikelihoodModel
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood

ORIGIN = Pose2(0.0, 0.0, 0.0)
YAWS = np.radians(np.arange(-10.0, 11.0, 2.0))


def evidence_of(values, config=None, belief=None, **fields):
    """Prepare a volume of ``(K, H, W)`` values in cells of 0.5 m around the origin."""
    values = np.asarray(values, dtype=np.float32)
    geometry = PatchGeometry(0.0, 0.0, 0.5, *values.shape[1:])
    likelihood = PoseLikelihood(
        values, geometry, np.radians(2.0 * np.arange(len(values))), 0.0, **fields)
    return LikelihoodModel(config or LikelihoodConfig()).evidence(
        likelihood, belief or gaussian_belief())


def weigh(evidence, x, y, yaw):
    arrays = (np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in (x, y, yaw))
    return evidence.mixture(evidence.log_ratio(*arrays))


def test_a_volume_of_nan_is_no_evidence():
    assert evidence_of(np.full((2, 3, 4), np.nan)) is None
    assert evidence_of(np.full((2, 3, 4), -np.inf)) is None


def test_a_flat_volume_is_not_informative_and_weighs_nothing():
    evidence = evidence_of(np.full((2, 5, 7), 123.0))
    assert not evidence.is_informative
    np.testing.assert_allclose(weigh(evidence, [0.0, 90.0], [0.1, 0.0], [0.01, 0.0]), 1.0)


def test_outside_and_unknown_cells_weigh_as_much_as_the_mean_of_the_known_ones():
    generator = np.random.default_rng(0)
    values = generator.normal(0.0, 2.0, (3, 9, 15))
    values[:, :, :5] = np.nan
    evidence = evidence_of(values, LikelihoodConfig(outlier=0.2))
    cells = evidence.likelihood.geometry.cell_centres()
    x, y = (np.broadcast_to(cell[:, 5:], (3, 9, 10)).ravel() for cell in cells)
    yaw = np.repeat(evidence.likelihood.yaws, 90)
    assert weigh(evidence, x, y, yaw).mean() == pytest.approx(1.0, rel=1e-3)
    assert weigh(evidence, -3.0, 0.0, 0.0) == 1.0
    assert weigh(evidence, 500.0, 0.0, 0.0) == 1.0


def test_the_floor_is_the_outlier_probability():
    evidence = evidence_of(np.concatenate([np.zeros((1, 9, 9)), np.full((1, 9, 9), 50.0)]),
                           LikelihoodConfig(outlier=0.2))
    assert weigh(evidence, 0.0, 0.0, 0.0) == pytest.approx(0.2)
    assert weigh(evidence, 0.0, 0.0, math.radians(2.0)) == pytest.approx(0.8 * 2.0 + 0.2)


def test_the_matcher_may_doubt_itself_but_not_vouch_beyond_the_settings():
    config = LikelihoodConfig(outlier=0.2)
    values = np.arange(18.0).reshape(2, 3, 3)
    assert evidence_of(values, config, confidence=0.3).outlier == pytest.approx(0.7)
    assert evidence_of(values, config, confidence=0.999).outlier == 0.2
    assert evidence_of(values, config, confidence=0.0).outlier == 0.95
    assert evidence_of(values, config).outlier == 0.2
    half = LikelihoodConfig(outlier=0.2, doubt=0.5)
    assert evidence_of(values, half, confidence=0.3).outlier == pytest.approx(0.35)


def test_the_temperature_divides_the_log_likelihood():
    likelihood = likelihood_around(0.0, ORIGIN, ORIGIN, YAWS)
    hot, cold = (LikelihoodModel(LikelihoodConfig(temperature=temperature)).evidence(
        likelihood, gaussian_belief()) for temperature in (4.0, 1.0))
    here, there = np.array([0.0, 0.5]), np.zeros(2)
    difference = {name: np.diff(evidence.log_ratio(here, there, there))[0]
                  for name, evidence in (('hot', hot), ('cold', cold))}
    assert difference['hot'] == pytest.approx(difference['cold'] / 4.0, rel=1e-4)


@pytest.mark.parametrize('scale', [1e-30, 1e5, 1e30, 3e38])
def test_absurd_magnitudes_stay_finite(scale):
    values = scale * np.random.default_rng(0).uniform(-1.0, 1.0, (3, 5, 5))
    evidence = evidence_of(values)
    weights = weigh(evidence, np.linspace(-2.0, 2.0, 50), np.zeros(50), np.full(50, 0.02))
    assert np.isfinite(weights).all()
    assert (weights > 0.0).all()


def seen(distance=0.0, turned=0.0, seconds=0.0):
    belief = gaussian_belief(stamp=100.0 + seconds)
    return replace(belief, odometer=50.0 + distance, turned=3.0 + turned,
                   vision=VisionRecord(stamp=100.0, odometer=50.0, turned=3.0, updates=1))


def test_the_first_image_is_all_new_and_the_same_one_again_is_not():
    model = LikelihoodModel(LikelihoodConfig())
    assert model.novelty(gaussian_belief()) == 1.0
    assert model.novelty(seen()) == 0.0


def test_a_way_carries_the_same_information_at_any_image_rate():
    model = LikelihoodModel(LikelihoodConfig(decorrelation_m=2.0))
    often, seldom = 200 * model.novelty(seen(0.05)), 20 * model.novelty(seen(0.5))
    assert often == pytest.approx(10.0 / (2.0 * 2.0), rel=1e-3)
    assert seldom == pytest.approx(often, rel=0.01)
    assert model.novelty(seen(20.0)) > 0.999


def test_novelty_equals_the_long_run_variance_of_an_autoregressive_process():
    generator = np.random.default_rng(0)
    keep = math.exp(-1.0 / 2.0)
    noise = generator.standard_normal((4000, 400)) * math.sqrt(1.0 - keep ** 2)
    errors = np.zeros((4000, 400))
    errors[:, 0] = generator.standard_normal(4000)
    for k in range(1, 400):
        errors[:, k] = keep * errors[:, k - 1] + noise[:, k]
    effective = 1.0 / errors.mean(axis=1).var()
    novelty = LikelihoodModel(LikelihoodConfig(decorrelation_m=2.0)).novelty(seen(1.0))
    assert effective == pytest.approx(400 * novelty, rel=0.1)
