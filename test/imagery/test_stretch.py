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

"""Sensor values to 8 bits."""

import numpy as np
import pytest

from xview_loc.errors import ImageryError
from xview_loc.imagery.stretch import apply_stretch, Stretch


def test_the_limits_become_black_and_white_and_the_middle_grey():
    values = np.array([-5, 100, 200, 300, 900], np.int16)
    np.testing.assert_array_equal(apply_stretch(values, (100.0, 300.0)), [0, 0, 128, 255, 255])


def test_what_is_not_finite_becomes_black_or_white_by_its_sign():
    values = np.array([np.nan, np.inf, -np.inf], np.float32)
    np.testing.assert_array_equal(apply_stretch(values, (0.0, 1.0)), [0, 255, 0])


def test_percentiles_ignore_outliers():
    values = np.concatenate([np.arange(100, 1100), [60000]]).astype(float)
    low, high = Stretch(percentiles=(1.0, 99.0)).limits(values)
    assert low == pytest.approx(110.0, abs=1.0)
    assert high == pytest.approx(1090.0, abs=2.0)


def test_fixed_values_win_over_percentiles():
    assert Stretch(low=0.0, high=2047.0).limits(np.arange(100.0)) == (0.0, 2047.0)
    assert Stretch(low=-7.0).limits(np.arange(101.0)) == (-7.0, 99.0)


@pytest.mark.parametrize('values', [np.full(50, 7.0), np.array([]), np.array([np.nan])])
def test_a_band_without_contrast_divides_nothing_by_zero(values):
    limits = Stretch().limits(values)
    assert limits[1] > limits[0]
    assert np.isin(apply_stretch(values, limits), [0]).all()


@pytest.mark.parametrize('options', [
    {'low': 5.0, 'high': 5.0}, {'percentiles': (50.0, 50.0)}, {'percentiles': (-1.0, 99.0)},
    {'percentiles': (1.0, 101.0)}])
def test_limits_out_of_order_are_refused(options):
    with pytest.raises(ImageryError):
        Stretch(**options)
