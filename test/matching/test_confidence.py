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

"""The confidence of a match."""

import math

import numpy as np
import pytest

from xview_loc.errors import MatchingError
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.confidence import match_confidence
from xview_loc.matching.load_matcher import load_matcher


def scores_with_peak(peak):
    """Return noise of 0.05 with one peak."""
    scores = np.random.default_rng(0).normal(0.0, 0.02, (11, 21, 21))
    scores[5, 10, 10] = peak
    return scores


@pytest.mark.parametrize('area', [130.0, 300.0, 530.0])
@pytest.mark.parametrize('yaw_range', [math.radians(10.0), math.radians(40.0), math.pi])
def test_higher_peaks_are_more_confident(area, yaw_range):
    """Monotone in the peak, always a probability."""
    values = [match_confidence(scores_with_peak(peak), area, yaw_range)
              for peak in (0.1, 0.2, 0.4, 0.8)]
    assert values == sorted(values)
    assert 0.0 <= values[0] and values[-1] <= 1.0


def test_the_known_panorama_row_is_the_fitted_logistic():
    """The figure of the fit: sigmoid(25.7 s - 5.1)."""
    expected = 1.0 / (1.0 + math.exp(-(25.7 * 0.25 - 5.1)))
    assert match_confidence(scores_with_peak(0.25), 530.0, math.radians(10.0)) == (
        pytest.approx(expected))


def test_nothing_visible_is_no_confidence():
    """Scores of NaN give zero."""
    assert match_confidence(np.full((1, 3, 3), np.nan), 0.0, math.pi) == 0.0


def test_matchers_are_loaded_by_name():
    """The default needs no files."""
    matcher = load_matcher('bev', 0.3, kappa=0.2)
    assert isinstance(matcher, BevMatcher)
    assert matcher.config.kappa == 0.2


@pytest.mark.parametrize('name, options', [('vgg', {}), ('bev', {'kapa': 1.0})])
def test_unknown_names_are_a_sentence(name, options):
    """Both say what is wrong."""
    with pytest.raises(MatchingError):
        load_matcher(name, 0.3, **options)
