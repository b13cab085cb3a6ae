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

"""The posterior does not depend on when and in what order the data arrive."""

from __future__ import annotations

import math

from fake_likelihood import likelihood_around
import numpy as np
import pytest

from xview_loc.filtering.filter_config import FilterConfig, ParticleCount
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.localizer import Localizer
from xview_loc.geometry.pose2 import Pose2

CONFIG = FilterConfig(particle_count=ParticleCount(minimum=200, maximum=1000), seed=5)
END_S = 8.0


def recording(seed=1):
    """Return ``(stamp, method name, arguments)`` of a short drive, in the order of stamps."""
    generator = np.random.default_rng(seed)
    truth, odometry = Pose2(100.0, 50.0, 0.7), Pose2(0.0, 0.0, 0.0)
    result = []
    for k in range(int(END_S * 20) + 1):
        stamp = k * 0.05
        step = Pose2(0.4, 0.0, 0.01 * math.sin(0.5 * stamp))
        truth, odometry = truth @ step, odometry @ step
        result.append((stamp, 'add_odometry', (stamp, odometry)))
        if k % 20 == 0:
            noise = generator.normal(0.0, 1.5, 2)
            result.append((stamp, 'add_fix', (GnssFix(
                stamp, truth.x + noise[0], truth.y + noise[1], 2.25 * np.eye(2)),)))
        if k % 5 == 2:
            volume = likelihood_around(
                stamp, Pose2(round(truth.x), round(truth.y), 0.0), truth, radius_m=8.0)
            result.append((stamp, 'add_likelihood', (volume,)))
    return result


def posterior(arrivals, update_period=0.05):
    """Feed ``(arrival, stamp, method, arguments)`` in the order of arrival."""
    localizer = Localizer(CONFIG)
    now = 0.0
    for arrival, _, method, arguments in sorted(arrivals, key=lambda item: item[0]):
        while now + update_period <= arrival:
            now += update_period
            localizer.update(now)
        getattr(localizer, method)(*arguments)
    while now < END_S + 3.0:
        now += update_period
        localizer.update(now)
    belief = localizer._history.belief_before(END_S)
    return belief, localizer


def assert_equal_bits(first, second):
    assert first.stamp == second.stamp
    np.testing.assert_array_equal(first.states, second.states)
    np.testing.assert_array_equal(first.weights, second.weights)
    np.testing.assert_array_equal(first.gnss_covariance, second.gnss_covariance)
    assert first.health is second.health
    assert first.lost_log_odds == second.lost_log_odds


@pytest.fixture(scope='module')
def in_time():
    return posterior([(stamp, stamp, *rest) for stamp, *rest in recording()])[0]


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('largest_delay', [0.15, 0.5, 1.5])
def test_delays_and_disorder_inside_the_history_change_no_bit(in_time, seed, largest_delay):
    generator = np.random.default_rng(seed)
    arrivals = [(stamp + generator.uniform(0.0, largest_delay), stamp, *rest)
                for stamp, *rest in recording()]
    belief, localizer = posterior(arrivals)
    assert_equal_bits(belief, in_time)
    assert localizer.statistics.counts.too_late == 0


def test_duplicates_change_no_bit(in_time):
    twice = [(stamp + delay, stamp, *rest) for stamp, *rest in recording()
             for delay in (0.0, 0.3)]
    belief, localizer = posterior(twice)
    assert_equal_bits(belief, in_time)
    assert localizer.statistics.counts.duplicates > 30


def test_the_update_rate_changes_no_bit(in_time):
    arrivals = [(stamp, stamp, *rest) for stamp, *rest in recording()]
    assert_equal_bits(posterior(arrivals, update_period=0.33)[0], in_time)


def test_what_is_older_than_the_history_is_counted_and_dropped():
    arrivals = [(stamp + (6.0 if method == 'add_fix' and stamp > 0.0 else 0.0), stamp, method,
                 arguments) for stamp, method, arguments in recording()]
    _, localizer = posterior(arrivals)
    assert localizer.statistics.counts.too_late >= 4


def test_the_same_data_and_seed_give_the_same_estimates_twice():
    first, second = Localizer(CONFIG), Localizer(CONFIG)
    for localizer in (first, second):
        for _, method, arguments in recording():
            getattr(localizer, method)(*arguments)
    ours, theirs = first.update(END_S), second.update(END_S)
    assert len(ours) > 30
    assert all(a.pose == b.pose and (a.covariance == b.covariance).all()
               for a, b in zip(ours, theirs))


def test_another_seed_gives_other_particles():
    results = []
    for seed in (1, 2):
        localizer = Localizer(FilterConfig(particle_count=CONFIG.particle_count, seed=seed))
        localizer.add_fix(GnssFix(0.0, 0.0, 0.0, np.eye(2)))
        localizer.update(1.0)
        results.append(localizer.particles)
    assert not np.array_equal(*results)
