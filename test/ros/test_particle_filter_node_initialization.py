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

"""Where the filter begins: the origin of the map, poses that it is told, and new starts."""

import math

from filter_drive import Drive, T0
import numpy as np
import pytest
from sensor_msgs.msg import NavSatFix
import small_world
from std_srvs.srv import Empty

from xview_loc.ros.qos import LATCHED

pytestmark = pytest.mark.ros


def test_the_first_valid_fix_becomes_the_origin_and_is_latched(bench):
    drive = Drive(bench)
    bad = small_world.fix(drive.truth, T0, latitude=float('nan'))
    bench.publish('fix', bad)
    drive.until(lambda: len(drive.poses) > 3, 'poses', heatmaps=False)
    origin = bench.collect(NavSatFix, 'map_origin', LATCHED)
    bench.until(lambda: origin, 'the origin')
    first = small_world.fix(small_world.truth_at(T0 + 0.2, T0), 0.0)
    assert abs(origin[0].latitude - first.latitude) < 1e-4
    last = drive.poses[-1].pose.pose.position
    assert math.hypot(last.x, last.y) < 40.0


def test_an_initial_pose_moves_the_estimate(drive):
    drive.run(3.0, heatmaps=False)
    drive.fix_sigma = 30.0
    drive.bench.publish('initialpose', small_world.pose(drive.truth, drive.now, sigma=0.2))
    drive.poses.clear()
    drive.run(1.0, heatmaps=False, fixes=False)
    drive.until(lambda: len(drive.poses) > 1, 'a pose', heatmaps=False, fixes=False)
    assert drive.errors()[-1] < 1.0


def test_an_initial_pose_without_covariance_is_taken_as_rviz_means_it(drive):
    drive.run(3.0, heatmaps=False)
    message = small_world.pose(drive.truth, drive.now)
    message.pose.covariance = np.zeros(36)
    drive.bench.publish('initialpose', message)
    drive.poses.clear()
    drive.run(0.6, heatmaps=False, fixes=False)
    drive.until(lambda: drive.poses, 'a pose', heatmaps=False, fixes=False)
    spread = np.sqrt(drive.poses[-1].pose.covariance[[0, 7, 35]])
    assert spread[:2] == pytest.approx(0.5, abs=0.15)
    assert spread[2] == pytest.approx(np.radians(15.0), abs=0.05)


def test_reinitialize_spreads_around_the_latest_fix(drive):
    drive.run(5.0)
    drive.until(lambda: len(drive.poses) > 20, 'poses')
    narrow = drive.poses[-1].pose.covariance[35]
    client = drive.bench.tester.create_client(Empty, 'reinitialize')
    drive.bench.until(client.service_is_ready, 'the service')
    answer = client.call_async(Empty.Request())
    drive.bench.until(answer.done, 'an answer')
    drive.poses.clear()
    drive.run(0.6, heatmaps=False)
    drive.until(lambda: drive.poses, 'a pose', heatmaps=False)
    assert drive.poses[0].pose.covariance[35] > 10.0 * narrow
