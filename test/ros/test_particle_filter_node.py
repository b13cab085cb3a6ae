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

from filter_drive import Drive, T0
from geometry_msgs.msg import PoseArray, PoseWithCovarianceStamped
from nav_msgs.msg import Path
import numpy as np
import pytest
from ros_bench import overrides
from sensor_msgs.msg import NavSatFix
import small_world
from std_msgs.msg import Float32MultiArray, String

from xview_loc.errors import ConfigurationError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros import filter_outputs
from xview_loc.ros.handover import Handover
from xview_loc.ros.particle_filter_node import ParticleFilterNode
from xview_loc.ros.qos import DISPLAY, LATCHED
from xview_loc.ros.stamps import seconds

pytestmark = pytest.mark.ros


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


def test_the_antenna_lever_arm_is_taken_off(bench):
    drive = Drive(bench, map_origin=list(small_world.DATUM), fix__antenna_x=3.0)

    def step():
        drive.step(fixes=False)
        if drive.steps % 4 == 0:
            antenna = drive.truth @ Pose2(3.0, 0.0, 0.0)
            bench.publish('fix', small_world.fix(antenna, drive.now, 0.05))

    bench.until(lambda: len(drive.poses) > 40, 'poses', meanwhile=step)
    assert np.median(drive.errors()[-10:]) < 0.6


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
