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

"""The search begins at a fresh and sharp prior, or a sentence says why there is none."""

import math

import numpy as np
import pytest
import small_world
from tile_desk import HERE

from xview_loc.geometry.pose2 import Pose2

pytestmark = pytest.mark.ros


def test_the_pose_is_moved_to_the_time_of_the_image_by_odometry(desk):
    for stamp in np.arange(9.0, 12.0, 0.05):
        desk.odometry.add(float(stamp), Pose2(5.0 * stamp, 0.0, 0.0))
    desk.tell(HERE, 10.0)
    job = desk.until_job(10.4)
    assert job.prior.pose.distance_to(HERE @ Pose2(2.0, 0.0, 0.0)) < 1e-6


def test_before_any_pose_a_fix_gives_a_full_circle(desk):
    desk.bench.publish('fix', small_world.fix(HERE, 10.0, sigma=1.0))
    desk.bench.spin(0.05)
    job = desk.until_job(10.05)
    assert job.prior.yaw_range == math.pi
    assert job.prior.radius_m == pytest.approx(3.0 * math.hypot(3.2, 0.9) + 2.0, abs=1.5)


@pytest.mark.parametrize('stale', [False, True])
def test_without_a_fresh_prior_there_is_no_job_and_it_says_so(desk, stale):
    if stale:
        desk.tell(HERE, 10.0)
    desk.bench.until_diagnosed('tile_manager: prior', 'There is no prior',
                               meanwhile=lambda: desk.ask(20.0))
    assert desk.jobs == []


def test_a_prior_too_vague_to_search_is_refused_with_numbers(desk):
    desk.tell(HERE, 10.0, sigma=30.0)
    desk.bench.until_diagnosed('tile_manager: prior', '3-sigma of 90.0 m',
                               meanwhile=lambda: desk.ask(10.0))
    assert desk.jobs == []
    desk.tell(HERE, 10.5, sigma=1.0)
    desk.until_job(10.5)
    desk.bench.until_diagnosed('tile_manager: prior', 'ok')


def test_a_lost_pose_gives_way_to_a_fix_so_that_the_camera_can_find_the_place(desk):
    desk.bench.publish('fix', small_world.fix(HERE, 10.0, sigma=1.0))
    desk.tell(Pose2(HERE.x + 60.0, HERE.y, 0.0), 10.0, sigma=50.0)
    job = desk.until_job(10.0)
    assert job.prior.pose.distance_to(HERE) < 0.1
    assert job.prior.yaw_range == math.pi


def test_a_pose_in_another_frame_is_reported_and_not_used(desk):
    desk.tell(HERE, 10.0, frame_id='odom')
    desk.bench.until_diagnosed('tile_manager: prior', 'is in frame "odom"',
                               meanwhile=lambda: desk.ask(10.0))
    assert desk.jobs == []


def test_a_fix_that_is_none_is_not_used(desk):
    bad = [small_world.fix(HERE, 10.0, latitude=float('nan')), small_world.fix(HERE, 10.1)]
    bad[1].status.status = -1
    for message in bad:
        desk.bench.publish('fix', message)
    desk.bench.until_diagnosed('tile_manager: prior', 'There is no prior',
                               meanwhile=lambda: desk.ask(10.1))


def test_a_fix_beyond_the_map_is_reported(desk):
    desk.bench.publish('fix', small_world.fix(HERE, 10.0, latitude=52.0))
    desk.bench.until_diagnosed('tile_manager: prior', 'km')


def test_after_a_time_jump_old_priors_are_forgotten(desk):
    desk.tell(HERE, 10.0)
    desk.until_job(10.0)
    desk.node.time_jumped()
    desk.jobs.clear()
    desk.bench.until_diagnosed('tile_manager: prior', 'There is no prior',
                               meanwhile=lambda: desk.ask(10.1))
