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

"""Errors of priors."""

import math

import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.prior_noise import PriorNoise, ShiftKind


@pytest.mark.parametrize('kind', ShiftKind)
def test_the_same_seed_gives_the_same_errors(kind: ShiftKind) -> None:
    noise = PriorNoise(20.0, kind, 0.2)
    first, second = noise.draw_many(50, 7), noise.draw_many(50, 7)
    assert first.tobytes() == second.tobytes()
    assert not np.array_equal(first, noise.draw_many(50, 8))


def test_the_box_is_filled_evenly_to_its_rim() -> None:
    drawn = PriorNoise(20.0, turn=math.radians(10.0)).draw_many(20_000, 1)
    assert (np.abs(drawn[:, :2]) <= 20.0).all() and np.abs(drawn[:, 0]).max() > 19.9
    assert drawn[:, :2].std(axis=0) == pytest.approx(20.0 / math.sqrt(3.0), rel=0.02)
    assert np.degrees(drawn[:, 2]).std() == pytest.approx(10.0 / math.sqrt(3.0), rel=0.02)


def test_the_radius_is_uniform_in_distance_not_in_area() -> None:
    drawn = PriorNoise(10.0, ShiftKind.RADIUS).draw_many(20_000, 1)
    distance = np.hypot(drawn[:, 0], drawn[:, 1])
    assert distance.max() < 10.0
    assert np.quantile(distance, [0.25, 0.5, 0.75]) == pytest.approx([2.5, 5.0, 7.5], abs=0.15)
    assert np.abs(drawn[:, :2].mean(axis=0)).max() < 0.1
    assert (drawn[:, 2] == 0.0).all()


def test_a_receiver_errs_normally_along_each_axis() -> None:
    drawn = PriorNoise(5.0, ShiftKind.GAUSSIAN).draw_many(20_000, 1)[:, :2]
    assert drawn.std(axis=0) == pytest.approx(5.0, rel=0.02)
    assert (np.abs(drawn) > 10.0).mean() == pytest.approx(0.0455, abs=0.005)


def test_one_draw_is_the_first_of_many() -> None:
    noise = PriorNoise(3.0, turn=0.1)
    assert noise.draw(np.random.default_rng(4)) == tuple(noise.draw_many(1, 4)[0])


@pytest.mark.parametrize('wrong', [{'size_m': -1.0}, {'size_m': math.nan},
                                   {'size_m': 1.0, 'turn': -0.1}])
def test_negative_sizes_are_refused(wrong: dict) -> None:
    with pytest.raises(DataSetError):
        PriorNoise(**wrong)
