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

"""Peaks, truths and figures of distributions whose answers are known."""

import numpy as np
import pytest

from xview_loc.learning.evaluation.baselines import (
    pose_centre, pose_prior, video_centre, video_prior)
from xview_loc.learning.evaluation.dense_answers import (
    dense_figures, errors_of, published_axes, read_peak, read_truth)
from xview_loc.learning.evaluation.video_retrieval import VideoRetrieval


def bell(row: float, column: float, sigma: float = 2.0, shape: tuple = (40, 60)) -> np.ndarray:
    """Return a Gaussian of sum 1 around a continuous pixel, on a tile that is not square."""
    rows, columns = np.indices(shape) + 0.5
    values = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * sigma ** 2))
    return values / values.sum()


def answers(estimates: np.ndarray, truths: np.ndarray, sigma: float = 2.0) -> dict:
    """Return what a network with Gaussian answers at 0.5 m/px would say."""
    pixels = np.stack([20 - truths[:, 1] / 0.5, 30 + truths[:, 0] / 0.5], axis=1)
    guesses = np.stack([20 - estimates[:, 1] / 0.5, 30 + estimates[:, 0] / 0.5], axis=1)
    maps = np.stack([bell(*guess, sigma) for guess in guesses])
    peak = read_peak(maps, np.full(len(maps), 0.5))
    return {'estimate': np.column_stack([peak['east_m'], peak['north_m'], estimates[:, 2]]),
            'truth': truths, 'confidence': peak['confidence'], **read_truth(maps, pixels)}


def test_the_peak_is_read_in_metres_from_the_middle() -> None:
    peak = read_peak(bell(10.5, 44.5)[None], np.array([0.5]))
    assert (peak['row'][0], peak['column'][0]) == (10, 44)
    assert (peak['east_m'][0], peak['north_m'][0]) == (7.25, 4.75)
    # 5 m are 10 px, five standard deviations
    assert peak['confidence'][0] == pytest.approx(1.0, abs=1e-4)


def test_the_truth_is_read_where_it_is() -> None:
    at_peak = read_truth(bell(10.5, 44.5)[None], np.array([[10.5, 44.5]]))
    assert at_peak['truth_probability'][0] == pytest.approx(1 / (2 * np.pi * 4.0), rel=0.02)
    assert at_peak['truth_level'][0] == pytest.approx(0.0, abs=1e-12)
    # at one and a half standard deviations, 1 - exp(-1.125) of the mass is more probable
    aside = read_truth(bell(10.5, 44.5, 4.0, (80, 80))[None], np.array([[16.5, 44.5]]))
    assert aside['truth_level'][0] == pytest.approx(1 - np.exp(-1.125), abs=0.03)
    outside = read_truth(bell(10.5, 44.5)[None], np.array([[-3.0, 44.5]]))
    assert (outside['truth_probability'][0], outside['truth_level'][0]) == (0.0, 1.0)


@pytest.fixture
def truths() -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.uniform(-1, 1, (300, 3)) * [8.0, 5.0, np.pi]


def test_a_perfect_predictor_has_no_error_beyond_a_pixel(truths: np.ndarray) -> None:
    figures = dense_figures(answers(truths, truths))
    assert figures['mean_m'] < 0.26
    assert figures['median_deg'] == pytest.approx(0.0, abs=1e-6)
    assert figures['lateral<1m'] == figures['longitudinal<1m'] == 1.0
    assert figures['coverage95'] == 1.0
    assert figures['truth_probability'] > 0.03


def test_a_quadrant_flipped_predictor_is_told_apart(truths: np.ndarray) -> None:
    flipped = truths * [-1.0, -1.0, 1.0]
    figures = dense_figures(answers(flipped, truths))
    assert figures['mean_m'] == pytest.approx(2 * np.hypot(*truths[:, :2].T).mean(), abs=0.3)
    assert figures['median_deg'] == pytest.approx(0.0, abs=1e-6)
    assert figures['coverage50'] < 0.2
    assert figures['ece'] > 0.4
    # mirroring one axis alone keeps the magnitudes that the published rule looks at
    mirrored = answers(truths * [-1.0, 1.0, 1.0], truths)
    kept = published_axes(mirrored)
    assert set(kept) == {f'published_{axis}<{limit}m' for axis in ('lateral', 'longitudinal')
                         for limit in (1, 3, 5)}


def test_truths_drawn_from_the_answers_are_covered_as_often_as_stated(
        truths: np.ndarray) -> None:
    rng = np.random.default_rng(8)
    estimates = truths * [0.5, 0.3, 1.0]
    drawn = estimates.copy()
    drawn[:, :2] += rng.normal(0.0, 1.0, (300, 2))
    figures = dense_figures(answers(estimates, drawn))
    assert figures['coverage50'] == pytest.approx(0.5, abs=0.08)
    assert figures['coverage95'] == pytest.approx(0.95, abs=0.04)
    assert figures['ece'] < 0.05


def test_headings_that_were_not_estimated_leave_the_table(truths: np.ndarray) -> None:
    blind = truths.copy()
    blind[:, 2] = np.nan
    assert 'mean_deg' not in dense_figures(answers(blind, truths))
    errors = errors_of(np.array([[1.0, 2.0, 0.3]]), np.array([[0.0, 0.0, np.nan]]))
    assert (errors.longitudinal_m[0], errors.lateral_m[0]) == pytest.approx((2.0, -1.0))
    assert errors.heading_deg is None


def test_centre_and_prior_of_poses(truths: np.ndarray) -> None:
    centre = pose_centre(truths, with_heading=True)
    assert centre['mean_m'] == pytest.approx(np.hypot(*truths[:, :2].T).mean(), abs=1e-9)
    assert centre['median_deg'] == pytest.approx(90.0, abs=15.0)
    assert 'mean_deg' not in pose_centre(truths, with_heading=False)
    prior = pose_prior(truths, with_heading=True)
    assert prior['mean_m'] > 1.2 * centre['mean_m']
    assert prior == pose_prior(truths, with_heading=True)


def test_centre_and_prior_of_videos() -> None:
    places = np.stack([20.0 * np.arange(30), np.zeros(30)], axis=1)
    distances = np.abs(np.arange(30)[:, None] - np.arange(30)[None]).astype(float)
    wrong = np.full((30, 30, 2), 7.0)
    data = VideoRetrieval(distances, wrong, places, places)
    assert video_centre(data)['mean_m'] == 0.0
    prior = video_prior(data)
    assert 0.3 < prior['recall@1<=10m'] < 1.0
    assert prior == video_prior(data)
