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

"""A time offset is told from speed and bends, and not from a drive without either."""

import math

import numpy as np
import pytest

from xview_loc.cli.time_calibration import (
    aligned, estimate_time_offset, LEVER_STD_M, ODOMETRY, TimedMatch, TRUTH)
from xview_loc.errors import MatchingError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.report.track import Track

SECONDS, STEP_S = 60.0, 0.02


def track_of(speed, turn_rate):
    """Return the track of a vehicle from its speed and rate of turn over time."""
    stamps = np.arange(0.0, SECONDS, STEP_S)
    yaw = np.cumsum(turn_rate(stamps)) * STEP_S
    steps = speed(stamps) * STEP_S
    return Track(stamps, np.column_stack(
        [np.cumsum(steps * np.cos(yaw)), np.cumsum(steps * np.sin(yaw)), yaw]))


def lively():
    """Return a drive in town: bends and changes of speed."""
    return track_of(lambda t: 7.0 + 4.0 * np.sin(0.4 * t),
                    lambda t: 0.35 * (np.sin(0.23 * t) > 0.6) - 0.3 * (np.sin(0.31 * t) < -0.7))


def even():
    """Return a drive straight ahead at one speed."""
    return track_of(lambda t: 12.0 + 0.0 * t, lambda t: 0.0 * t)


def matches(track, late, count=60, bias=(0.0, 0.0, 0.0), wrong=0.0, lever=0.0, seed=0):
    """Return matches of images whose stamps lack an offset, some of them wrong."""
    generator = np.random.default_rng(seed)
    stamps = np.linspace(2.0, SECONDS - 2.0, count)
    poses = track.at(stamps + late) + np.array(bias)
    poses[:, :2] += lever * np.column_stack([np.cos(poses[:, 2]), np.sin(poses[:, 2])])
    poses += generator.standard_normal((count, 3)) * (0.2, 0.2, math.radians(0.6))
    stray = generator.random(count) < wrong
    poses[stray] += generator.uniform(-1.0, 1.0, (stray.sum(), 3)) * (5.0, 5.0, 0.2)
    return [TimedMatch(float(stamp), Pose2(*map(float, pose)))
            for stamp, pose in zip(stamps, poses)]


@pytest.mark.parametrize('late', [-0.25, -0.08, 0.0, 0.15])
@pytest.mark.parametrize('error', [TRUTH, ODOMETRY])
def test_an_offset_is_found_in_a_lively_drive(late, error):
    track = lively()
    found = estimate_time_offset(
        matches(track, late, bias=(0.4, -0.3, 0.01), wrong=0.15), track.at, error)
    assert found.is_known and found.count == 60
    assert found.seconds == pytest.approx(late, abs=0.03)
    assert abs(found.seconds - late) < 4.0 * found.std_s


def test_the_stated_uncertainty_is_that_of_repetitions():
    track, generator = lively(), np.random.default_rng(7)
    runs = [estimate_time_offset(matches(
        track, 0.1, bias=(*generator.normal(0.0, TRUTH.std_m, 2), 0.0),
        lever=generator.normal(0.0, LEVER_STD_M), seed=seed), track.at, TRUTH)
        for seed in range(40)]
    scatter = np.std([run.seconds for run in runs])
    assert np.median([run.std_s for run in runs]) == pytest.approx(scatter, rel=0.5)


def test_an_even_drive_does_not_tell_it():
    track = even()
    found = estimate_time_offset(
        matches(track, 0.1, bias=(0.5, 0.3, 0.0)), track.at, ODOMETRY)
    assert not found.is_known
    assert abs(found.seconds - 0.1) < 4.0 * found.std_s


def test_matches_beside_the_track_are_left_out_and_too_few_are_refused():
    track = lively()
    beside = [TimedMatch(500.0 + k, Pose2(0.0, 0.0, 0.0)) for k in range(5)]
    found = estimate_time_offset([*matches(track, 0.05), *beside], track.at, TRUTH)
    assert found.count == 60 and found.seconds == pytest.approx(0.05, abs=0.02)
    with pytest.raises(MatchingError, match='3 images were matched'):
        estimate_time_offset([*matches(track, 0.05, count=3), *beside], track.at, TRUTH)


def test_a_track_of_another_frame_is_laid_on_the_matches():
    track = lively()
    odometry = track.moved(Pose2(120.0, -40.0, 2.5))
    found = aligned(odometry, matches(track, 0.0, wrong=0.15))
    stamps = np.linspace(5.0, 55.0, 20)
    np.testing.assert_allclose(found.at(stamps), track.at(stamps), atol=0.7)
    late = estimate_time_offset(matches(track, 0.1, wrong=0.15), aligned(
        odometry, matches(track, 0.1, wrong=0.15)).at, ODOMETRY)
    assert late.seconds == pytest.approx(0.1, abs=0.03)
    with pytest.raises(MatchingError, match='no matched image'):
        aligned(odometry, [TimedMatch(900.0, Pose2(0.0, 0.0, 0.0))])
