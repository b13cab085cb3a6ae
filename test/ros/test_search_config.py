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

"""The search follows the uncertainty of the prior, within limits."""

import math

import numpy as np
import pytest

from xview_loc.errors import ConfigurationError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros.prior_source import Prior
from xview_loc.ros.search_config import SearchConfig, SearchRadius


def prior(position_sigma=1.0, yaw_sigma=0.02, source='pose'):
    """Return a prior somewhere."""
    return Prior(Pose2(5.0, 6.0, 0.7),
                 np.diag([position_sigma ** 2, 0.01, yaw_sigma ** 2]), source, 0.1)


@pytest.mark.parametrize('sigma, radius', [(0.1, 4.0), (1.0, 5.0), (10.0, 32.0), (13.0, 40.0)])
def test_the_radius_is_three_sigma_and_a_margin_within_its_limits(sigma, radius):
    search = SearchConfig().around(prior(sigma))
    assert search.radius_m == pytest.approx(radius)
    assert search.pose == Pose2(5.0, 6.0, 0.7)


@pytest.mark.parametrize('sigma, half_width', [
    (0.001, 0.1), (0.05, 0.2), (0.3, 0.95), (0.34, math.pi), (2.0, math.pi)])
def test_the_yaws_are_three_sigma_and_a_margin_or_the_full_circle(sigma, half_width):
    assert SearchConfig().around(prior(yaw_sigma=sigma)).yaw_range == pytest.approx(half_width)


def test_a_fix_searches_every_yaw():
    assert SearchConfig().around(prior(source='fix')).yaw_range == math.pi


def test_a_prior_beyond_the_reach_is_refused_with_both_numbers():
    assert SearchConfig().refusal(prior(13.0)) == ''
    assert '60.0 m' in SearchConfig().refusal(prior(20.0))
    assert '40 m' in SearchConfig().refusal(prior(20.0))


def test_contradicting_limits_are_refused():
    with pytest.raises(ConfigurationError, match='minimum is 50'):
        SearchRadius(minimum=50.0, maximum=20.0)
