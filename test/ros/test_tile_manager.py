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

"""A window becomes a job with prior and patch, or a sentence says why not."""

import math
import sqlite3

from geometry_msgs.msg import PoseWithCovarianceStamped
import numpy as np
import pytest
from rclpy.parameter import Parameter
from ros_bench import overrides
from sensor_msgs.msg import NavSatFix
import small_world
from visualization_msgs.msg import MarkerArray

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.errors import ConfigurationError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer
from xview_loc.ros.conversions import origin_message
from xview_loc.ros.handover import Handover, PatchNeeds
from xview_loc.ros.qos import LATCHED
from xview_loc.ros.tile_manager import TileManager

pytestmark = pytest.mark.ros
HERE = small_world.START


def window(stamp):
    """Return a window of one tiny frame."""
    camera = MountedCamera(EquirectangularCamera(4, 8), camera_mounting(0.0, 0.0, 2.0))
    return FrameWindow((Frame(np.zeros((4, 8, 3), np.uint8), stamp, camera),))


class Desk:
    """A tile manager whose jobs are collected."""

    def __init__(self, bench, imagery, **parameters):
        self.bench = bench
        self.jobs = []
        self.prepared = []
        self.odometry = PoseBuffer()
        self.handover = Handover(
            take_job=self.jobs.append, prepare=self.prepared.append,
            needs=PatchNeeds(0.5, 20.0))
        values = {'imagery': str(imagery), 'map_origin': list(small_world.DATUM),
                  'display__radius': 0.0, **parameters}
        self.node = bench.add(TileManager(
            self.handover, parameter_overrides=overrides(**values)))

    def ask(self, stamp):
        """Hand a window in."""
        if self.handover.take_window is not None:
            self.handover.take_window(window(stamp), self.odometry)

    def until_job(self, stamp):
        """Ask until a job comes and return it."""
        self.jobs.clear()
        self.bench.until(lambda: self.jobs, 'a job', meanwhile=lambda: self.ask(stamp))
        return self.jobs[0]

    def tell(self, pose, stamp, **changes):
        """Publish a pose of the filter and wait until it is known."""
        self.bench.publish('search_prior', small_world.pose(pose, stamp, **changes))
        self.bench.spin(0.05)


@pytest.fixture(scope='module')
def tiles(tmp_path_factory):
    """Return the imagery of the small world."""
    return small_world.write_tiles(tmp_path_factory.mktemp('imagery') / 'world.mbtiles')


@pytest.fixture
def desk(bench, tiles):
    """Return an active tile manager."""
    return Desk(bench, tiles)


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


def test_the_origin_comes_from_the_filter_when_it_is_not_set(bench, tiles):
    desk = Desk(bench, tiles, map_origin=[])
    desk.tell(HERE, 10.0)
    bench.until_diagnosed('tile_manager: prior', 'origin of the map is not known',
                          meanwhile=lambda: desk.ask(10.0))
    bench.publish('map_origin', origin_message(small_world.FRAME, 1.0, 'map'), LATCHED)
    desk.until_job(10.0)


def test_the_fix_that_becomes_the_origin_is_a_prior_too(bench, tiles):
    desk = Desk(bench, tiles, map_origin=[])
    bench.publish('fix', small_world.fix(HERE, 10.0, sigma=1.0))
    bench.spin(0.05)
    bench.publish('map_origin', origin_message(small_world.FRAME, 1.0, 'map'), LATCHED)
    assert desk.until_job(10.0).prior.pose.distance_to(HERE) < 0.1


def test_outside_the_imagery_there_is_no_job_and_it_says_so(desk):
    desk.tell(Pose2(5000.0, 0.0, 0.0), 10.0)
    status = desk.bench.until_diagnosed('tile_manager: tiles', 'percent of the patch',
                                        meanwhile=lambda: desk.ask(10.0))
    assert status.level == b'\x02'
    assert desk.jobs == []


def test_broken_tiles_are_a_warning_and_masked(bench, tmp_path):
    path = small_world.write_tiles(tmp_path / 'broken.mbtiles')
    with sqlite3.connect(path) as database:
        database.execute("UPDATE tiles SET tile_data = x'00112233' WHERE rowid % 2 = 0")
    desk = Desk(bench, path, patch__min_coverage=0.05)
    desk.tell(HERE, 10.0)
    job = desk.until_job(10.0)
    assert job.patch.valid_fraction < 1.0
    bench.until_diagnosed('tile_manager: tiles', 'tile')
    assert bench.diagnostics['tile_manager: tiles'].level == b'\x01'


def test_missing_imagery_keeps_it_unconfigured_with_a_sentence(bench, tmp_path):
    node = bench.add(TileManager(Handover(), parameter_overrides=overrides(
        imagery=str(tmp_path / 'none.mbtiles'))))
    assert node.state_name == 'unconfigured'
    bench.until_diagnosed('tile_manager: state', 'does not exist')


def test_no_imagery_parameter_is_named(bench):
    bench.add(TileManager(Handover()))
    bench.until_diagnosed('tile_manager: state', 'set the parameter imagery')


def test_imagery_can_be_given_later(bench, tiles):
    node = bench.add(TileManager(Handover()))
    assert node.set_parameters([Parameter('imagery', value=str(tiles))])[0].successful
    node.start()
    assert node.is_active


def test_a_corrupt_file_is_refused_with_a_sentence(bench, tmp_path):
    path = tmp_path / 'corrupt.mbtiles'
    path.write_bytes(b'not a database at all' * 100)
    bench.add(TileManager(Handover(), parameter_overrides=overrides(imagery=str(path))))
    bench.until_diagnosed('tile_manager: state', 'corrupt.mbtiles')


def test_after_a_time_jump_old_priors_are_forgotten(desk):
    desk.tell(HERE, 10.0)
    desk.until_job(10.0)
    desk.node.time_jumped()
    desk.jobs.clear()
    desk.bench.until_diagnosed('tile_manager: prior', 'There is no prior',
                               meanwhile=lambda: desk.ask(10.1))


def test_imagery_is_shown_around_the_vehicle(bench, tiles):
    desk = Desk(bench, tiles, display__radius=50.0)
    shown = bench.collect(MarkerArray, 'satellite_tiles', LATCHED)
    desk.tell(HERE, 10.0)
    bench.until(lambda: shown, 'markers', meanwhile=lambda: desk.ask(10.0))
    assert {marker.header.frame_id for marker in shown[0].markers} == {'map'}
    assert len(shown[0].markers) >= 4


@pytest.mark.parametrize('origin, sentence', [
    ([48.9], 'it must be .latitude, longitude, altitude.'), ([95.0, 8.0, 0.0], '95')])
def test_an_origin_that_is_no_place_is_refused_at_the_start(bench, origin, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        TileManager(Handover(), parameter_overrides=overrides(map_origin=origin))


def test_integers_are_accepted_in_the_origin(bench):
    node = TileManager(Handover(), parameter_overrides=overrides(map_origin=[48, 8, 100]))
    assert node.config.map_origin == (48, 8, 100)
    node.destroy_node()


def test_it_listens_to_poses_and_fixes_as_promised(desk):
    for topic, kind in (('search_prior', PoseWithCovarianceStamped), ('fix', NavSatFix)):
        info = desk.bench.tester.get_subscriptions_info_by_topic(f'/{topic}')
        assert [each.topic_type.split('/')[-1] for each in info] == [kind.__name__]
