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

"""Bags without a clock, looped, paused or not yet started do not confuse the filter."""

from filter_drive import Drive, T0
import numpy as np
import pytest
import small_world

from xview_loc.ros.stamps import seconds

pytestmark = pytest.mark.ros


def test_a_bag_without_its_clock_is_refused_with_the_cure(bench):
    Drive(bench, use_sim_time=False)
    bench.until_diagnosed(
        'particle_filter: inputs', 'set use_sim_time', meanwhile=lambda: bench.publish(
            'odometry/filtered', small_world.odometry(small_world.START, T0)))


def test_a_looped_bag_starts_over_and_is_right_again(drive):
    drive.run(5.0)
    drive.until(lambda: len(drive.poses) > 20, 'poses')
    drive.now = T0
    drive.poses.clear()
    drive.run(1.0)
    drive.poses.clear()
    drive.run(5.0)
    drive.until(lambda: len(drive.poses) > 20, 'poses of the second round')
    stamps = [seconds(message.header.stamp) for message in drive.poses]
    assert max(stamps) <= drive.now
    assert np.median(drive.errors()[-10:]) < 0.5


def test_a_paused_bag_changes_nothing(drive):
    drive.run(4.0)
    drive.bench.spin(0.3)
    count, health = len(drive.poses), drive.health[-1].data
    drive.bench.spin(0.5)
    assert len(drive.poses) == count
    assert drive.health[-1].data == health
    drive.run(2.0)
    drive.until(lambda: len(drive.poses) > count + 5, 'poses after the pause')


def test_before_simulated_time_starts_nothing_happens(bench):
    Drive(bench)
    bench.publish('fix', small_world.fix(small_world.START, T0))
    bench.until(lambda: 'particle_filter: consistency' in bench.diagnostics, 'a report')
    bench.spin(0.3)
    assert bench.value('particle_filter: consistency', 'updates') == '0'
