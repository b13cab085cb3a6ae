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

"""Messages that cannot be meant are reported, and the pose stays right."""

from filter_drive import likelihood_at
import numpy as np
import pytest
import small_world

from xview_loc.ros.heatmap_conversion import heatmap_message
from xview_loc.ros.qos import HEATMAP

pytestmark = pytest.mark.ros


def nan_fix(drive):
    return 'fix', small_world.fix(drive.truth, drive.now, latitude=float('nan'))


def fix_elsewhere(drive):
    return 'fix', small_world.fix(drive.truth, drive.now, latitude=10.0)


def odometry_of_another_frame(drive):
    return 'odometry/filtered', small_world.odometry(drive.truth, drive.now, 'world')


def odometry_without_numbers(drive):
    message = small_world.odometry(drive.truth, drive.now)
    message.pose.pose.position.x = float('nan')
    return 'odometry/filtered', message


def heatmap_of_another_frame(drive):
    return 'heatmap', heatmap_message(likelihood_at(drive.truth, drive.now), 'earth')


def heatmap_cut_short(drive):
    message = heatmap_message(likelihood_at(drive.truth, drive.now), 'map')
    del message.data[-100:]
    return 'heatmap', message


def heatmap_of_long_ago(drive):
    return 'heatmap', heatmap_message(likelihood_at(drive.truth, drive.now - 500.0), 'map')


def heatmap_of_the_future(drive):
    return 'heatmap', heatmap_message(likelihood_at(drive.truth, drive.now + 10.0), 'map')


def initial_pose_of_another_frame(drive):
    return 'initialpose', small_world.pose(drive.truth, drive.now, frame_id='odom')


def initial_pose_with_half_a_covariance(drive):
    message = small_world.pose(drive.truth, drive.now)
    message.pose.covariance[35] = 0.0
    return 'initialpose', message


@pytest.mark.parametrize('bad, sentence', [
    (nan_fix, None), (fix_elsewhere, 'km'), (odometry_of_another_frame, 'is in frame "world"'),
    (odometry_without_numbers, 'not finite'), (heatmap_of_another_frame, 'is in frame "earth"'),
    (heatmap_cut_short, 'does not fit'), (heatmap_of_long_ago, 'too old'),
    (heatmap_of_the_future, 'in the future'),
    (initial_pose_of_another_frame, 'is in frame "odom"'),
    (initial_pose_with_half_a_covariance, 'must be positive')])
def test_bad_input_is_reported_and_the_pose_stays_right(drive, bad, sentence):
    drive.run(4.0)
    topic, message = bad(drive)
    profile = HEATMAP if topic == 'heatmap' else None
    drive.bench.publish(topic, message, *([profile] if profile else []))
    if sentence is None:
        drive.bench.until(
            lambda: 'particle_filter: inputs' in drive.bench.diagnostics and drive.bench.value(
                'particle_filter: inputs', 'fix without position') == '1', 'a useless fix')
    else:
        drive.bench.until_diagnosed('particle_filter: inputs', sentence)
    before = len(drive.poses)
    drive.run(3.0)
    drive.until(lambda: len(drive.poses) > before + 20, 'more poses')
    assert np.median(drive.errors()[-10:]) < 0.5
