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

"""Odometry, fixes and heatmaps in; pose, fix, path, health and honesty out."""

import math

from filter_drive import Drive, likelihood_at, T0
from geometry_msgs.msg import PoseArray, PoseWithCovarianceStamped
from nav_msgs.msg import Path
import numpy as np
import pytest
from ros_bench import overrides
from sensor_msgs.msg import NavSatFix
import small_world
from std_msgs.msg import Float32MultiArray, String
from std_srvs.srv import Empty

from xview_loc.errors import ConfigurationError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros import filter_outputs
from xview_loc.ros.handover import Handover
from xview_loc.ros.heatmap_conversion import heatmap_message
from xview_loc.ros.particle_filter_node import ParticleFilterNode
from xview_loc.ros.qos import DISPLAY, HEATMAP, LATCHED
from xview_loc.ros.stamps import seconds

pytestmark = pytest.mark.ros


@pytest.fixture
def drive(bench):
    """Return a running filter whose map is that of the small world."""
    return Drive(bench, map_origin=list(small_world.DATUM))


def test_the_pose_follows_the_truth_and_its_stamps_are_those_of_measurements(drive):
    drive.run(8.0)
    drive.until(lambda: len(drive.poses) > 30, 'poses')
    assert np.median(drive.errors()[-10:]) < 0.5
    stamps = [seconds(message.header.stamp) for message in drive.poses]
    assert stamps == sorted(stamps)
    on_the_grid = [abs((stamp - T0) / 0.05 - round((stamp - T0) / 0.05)) < 1e-3
                   for stamp in stamps]
    assert all(on_the_grid)
    assert {message.header.frame_id for message in drive.poses} == {'map'}
    assert drive.poses[-1].pose.covariance[14] >= 1e4


def test_heatmaps_in_memory_do_the_same(bench):
    drive = Drive(bench, Handover(), map_origin=list(small_world.DATUM))
    drive.run(8.0)
    drive.until(lambda: len(drive.poses) > 30, 'poses')
    assert np.median(drive.errors()[-10:]) < 0.5
    assert bench.tester.count_subscribers('heatmap') == 0


def test_health_is_latched_and_becomes_converged(drive):
    drive.until(lambda: any(said.data.startswith('converged') for said in drive.health),
                'converged')
    late = drive.bench.collect(String, 'particle_filter/health', LATCHED)
    drive.bench.until(lambda: late, 'the latched health')
    state, _, reason = late[-1].data.partition(': ')
    assert state in ('converged', 'uncertain')
    assert reason


def test_without_a_camera_the_pose_follows_gnss_and_health_says_why(drive):
    drive.run(8.0, heatmaps=False)
    drive.until(lambda: len(drive.poses) > 20, 'poses', heatmaps=False)
    assert np.median(drive.errors()[-10:]) < 3.0
    assert 'no camera' in drive.health[-1].data
    assert not any(said.data.startswith('converged') for said in drive.health)
    drive.bench.until_diagnosed('particle_filter: inputs', 'No heatmap has arrived')


def test_every_other_output_is_published(drive):
    outputs = {
        'fix': drive.bench.collect(NavSatFix, 'fix/filtered'),
        'path': drive.bench.collect(Path, 'path'),
        'particles': drive.bench.collect(PoseArray, 'particle_cloud', DISPLAY),
        'modes': drive.bench.collect(PoseArray, 'particle_filter/modes'),
        'weights': drive.bench.collect(Float32MultiArray, 'particle_filter/mode_weights'),
        'offset': drive.bench.collect(
            PoseWithCovarianceStamped, 'particle_filter/imagery_offset'),
        'origin': drive.bench.collect(NavSatFix, 'map_origin', LATCHED)}
    drive.until(lambda: all(outputs.values()), 'all outputs')
    x, y, _ = small_world.FRAME.map_from_geodetic(
        outputs['fix'][-1].latitude, outputs['fix'][-1].longitude)
    stamp = seconds(outputs['fix'][-1].header.stamp)
    truth = small_world.truth_at(stamp, T0)
    assert math.hypot(float(x) - truth.x, float(y) - truth.y) < 5.0
    assert outputs['origin'][0].latitude == small_world.DATUM[0]
    assert 0 < len(outputs['particles'][0].poses) <= 500
    assert outputs['path'][-1].header.frame_id == 'map'
    assert len(outputs['modes'][-1].poses) >= 1
    assert 0.5 < sum(outputs['weights'][-1].data) <= 1.001
    assert abs(outputs['offset'][-1].pose.pose.position.x) < 10.0


def test_particles_are_not_built_when_nobody_looks(drive, monkeypatch):
    built = []
    monkeypatch.setattr(filter_outputs.conversions, 'particle_message',
                        lambda *given: built.append(given))
    drive.run(3.0)
    assert built == []


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


def test_the_antenna_lever_arm_is_taken_off(bench):
    drive = Drive(bench, map_origin=list(small_world.DATUM), fix__antenna_x=3.0)

    def step():
        drive.step(fixes=False)
        if drive.steps % 4 == 0:
            antenna = drive.truth @ Pose2(3.0, 0.0, 0.0)
            bench.publish('fix', small_world.fix(antenna, drive.now, 0.05))

    bench.until(lambda: len(drive.poses) > 40, 'poses', meanwhile=step)
    assert np.median(drive.errors()[-10:]) < 0.6


def test_without_tf2_ros_the_inputs_say_that_transforms_are_off(drive):
    drive.run(1.0)
    drive.bench.until(lambda: 'particle_filter: inputs' in drive.bench.diagnostics, 'a report')
    expected = 'broadcast' if filter_outputs.TransformPublisher(
        drive.node, 'test').works else 'off'
    assert drive.bench.value('particle_filter: inputs', 'transforms') == expected


def test_the_correction_is_broadcast_ahead_and_between_updates(bench, monkeypatch):
    sent = []

    class Broadcaster:
        works = True

        def __init__(self, _node, _what):
            pass

        def send(self, transform):
            sent.append(transform)

    monkeypatch.setattr(filter_outputs, 'TransformPublisher', Broadcaster)
    drive = Drive(bench, map_origin=list(small_world.DATUM))
    drive.run(6.0)
    drive.until(lambda: len(sent) > 60, 'transforms')
    last = sent[-1]
    assert (last.header.frame_id, last.child_frame_id) == ('map', 'odom')
    assert seconds(last.header.stamp) == pytest.approx(drive.now + 0.5, abs=0.3)
    expected = small_world.MAP_FROM_ODOM
    assert last.transform.translation.x == pytest.approx(expected.x, abs=3.0)
    assert last.transform.translation.y == pytest.approx(expected.y, abs=3.0)


def test_no_transform_is_broadcast_when_another_filter_owns_it(bench, monkeypatch):
    made = []
    monkeypatch.setattr(filter_outputs, 'TransformPublisher',
                        lambda *given: made.append(given))
    Drive(bench, output__publish_tf=False)
    assert made == []


@pytest.mark.parametrize('name, value, sentence', [
    ('particle_count__minimum', 3, r'particle_count.minimum is 3; it must be in \[50, 1000000\]'),
    ('gnss__reject_sigma', 1.0, 'gnss.reject_sigma is 1.0; it must be at least gate_sigma'),
    ('output__tf_rate', 0.0, r'output.tf_rate is 0.0; it must be in \[1, 200\] Hz')])
def test_a_bad_parameter_is_refused_at_the_start(bench, name, value, sentence):
    with pytest.raises(ConfigurationError, match=f'particle_filter: {sentence}'):
        ParticleFilterNode(parameter_overrides=overrides(**{name: value}))


def test_it_can_be_stopped_and_started_again(drive):
    drive.run(2.0)
    for _ in range(2):
        drive.node.trigger_deactivate()
        drive.node.trigger_cleanup()
        drive.node.trigger_configure()
        drive.node.trigger_activate()
    drive.poses.clear()
    drive.run(4.0)
    drive.until(lambda: len(drive.poses) > 20, 'poses')
    assert np.median(drive.errors()[-10:]) < 0.6
