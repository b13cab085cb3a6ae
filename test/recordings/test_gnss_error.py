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

"""Errors of a receiver."""

import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.gnss_error import GnssError


def test_same_seed_same_errors():
    assert np.array_equal(GnssError(3.0, 2.0, 7).draw(50), GnssError(3.0, 2.0, 7).draw(50))
    assert not np.array_equal(GnssError(3.0, 2.0, 7).draw(50), GnssError(3.0, 2.0, 8).draw(50))


def test_bias_has_its_length_and_stays():
    errors = GnssError(bias_m=2.0, seed=3).draw(5)
    assert np.hypot(*errors.T) == pytest.approx(2.0)
    assert np.ptp(errors, axis=0) == pytest.approx(0.0)


def test_noise_has_its_spread_per_axis():
    errors = GnssError(noise_m=3.0, seed=1).draw(20_000)
    assert errors.std(axis=0) == pytest.approx(3.0, rel=0.03)
    assert np.corrcoef(errors.T)[0, 1] == pytest.approx(0.0, abs=0.03)


def test_reported_variance_covers_the_errors():
    """Over many seeds the mean squared error per axis is what is reported."""
    kind = [GnssError(1.0, 2.0, seed) for seed in range(4000)]
    squares = np.mean([error.draw(1)[0] ** 2 for error in kind], axis=0)
    assert squares == pytest.approx(kind[0].variance(0.0), rel=0.07)


@pytest.mark.parametrize('noise, bias', [(-1.0, 0.0), (0.0, float('nan'))])
def test_impossible_errors_are_refused(noise, bias):
    with pytest.raises(RecordingError, match='GNSS'):
        GnssError(noise, bias)
