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

"""A window becomes a job with prior and patch."""

from geometry_msgs.msg import PoseWithCovarianceStamped
import numpy as np
import pytest
from sensor_msgs.msg import NavSatFix
import small_world
from tile_desk import Desk, HERE
from visualization_msgs.msg import MarkerArray

from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros.qos import LATCHED

pytestmark = pytest.mark.ros


def test_a_pose_gives_a_job_with_a_narrow_search_and_a_patch_that_holds_it(desk):
    desk.tell(HERE, 10.0, sigma=1.0, yaw_sigma=0.02)
    job = desk.until_job(10.0)
    assert job.window.stamp == 10.0
    assert job.prior.pose.distance_to(HERE) < 1e-6
    assert job.prior.radius_m == pytest.approx(5.0, abs=0.2)
    assert job.prior.yaw_range == pytest.approx(0.11, abs=0.01)
    assert job.patch.geometry.contains(HERE.x, HERE.y, job.prior.radius_m + 20.0)
    assert job.patch.geometry.metres_per_pixel == 0.5


def test_the_patch_shows_the_right_place(desk):
    desk.tell(HERE, 10.0)
    patch = desk.until_job(10.0).patch
    world = small_world.world()
    x, y = patch.geometry.cell_centres()
    inside = world.geometry.contains(x, y, 2.0)
    row, column = world.geometry.pixel_from_map(x[inside], y[inside])
    expected = world.image[row.astype(int), column.astype(int)].astype(float)
    difference = np.abs(patch.image[inside].astype(float) - expected).mean()
    assert difference < 6.0
    assert inside.mean() > 0.3


def test_successive_frames_share_the_patch_and_it_is_prepared_ahead(desk):
    desk.tell(HERE, 10.0)
    first = desk.until_job(10.0).patch
    desk.tell(HERE @ Pose2(2.0, 0.0, 0.0), 10.4)
    assert desk.until_job(10.4).patch is first
    assert any(patch is first for patch in desk.prepared)


def test_the_next_patch_is_read_before_it_is_needed(bench, tiles):
    desk = Desk(bench, tiles, patch__prefetch_time=3.0)
    served = []
    for index in range(60):
        stamp = 10.0 + 0.2 * index
        pose = Pose2(60.0 + 2.0 * index, -60.0, 0.0)
        desk.tell(pose, stamp, sigma=0.2)
        if index == 0:
            desk.until_job(stamp)
        desk.jobs.clear()
        desk.ask(stamp)
        served.append(len(desk.jobs))
        bench.until(lambda: desk.node.idle, 'the worker is idle')
    assert sum(served) == 60
    assert len({id(patch) for patch in desk.prepared}) >= 3


def test_imagery_is_shown_around_the_vehicle(bench, tiles):
    desk = Desk(bench, tiles, display__radius=50.0)
    shown = bench.collect(MarkerArray, 'satellite_tiles', LATCHED)
    desk.tell(HERE, 10.0)
    bench.until(lambda: shown, 'markers', meanwhile=lambda: desk.ask(10.0))
    assert {marker.header.frame_id for marker in shown[0].markers} == {'map'}
    assert len(shown[0].markers) >= 4


def test_it_listens_to_poses_and_fixes_as_promised(desk):
    for topic, kind in (('search_prior', PoseWithCovarianceStamped), ('fix', NavSatFix)):
        info = desk.bench.tester.get_subscriptions_info_by_topic(f'/{topic}')
        assert [each.topic_type.split('/')[-1] for each in info] == [kind.__name__]
