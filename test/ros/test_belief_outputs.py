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


"""Hypotheses, weights and imagery offset reach those who listen, with the right numbers."""

from geometry_msgs.msg import PoseArray, PoseWithCovarianceStamped
import numpy as np
import pytest
from ros_bench import overrides
from std_msgs.msg import Float32MultiArray

from xview_loc.filtering.pose_estimate import Health, PoseEstimate, PoseMode
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros import belief_outputs
from xview_loc.ros.belief_outputs import offset_message, weights_message
from xview_loc.ros.conversions import planar_covariance, pose2_from_pose
from xview_loc.ros.particle_filter_node import ParticleFilterNode
from xview_loc.ros.qos import LATCHED, RESULT
from xview_loc.ros.stamps import seconds

pytestmark = pytest.mark.ros
MODES = (PoseMode(Pose2(1.0, 2.0, 0.3), np.eye(3), 0.7),
         PoseMode(Pose2(21.0, 2.0, -2.8), np.eye(3), 0.25))
ESTIMATE = PoseEstimate(
    MODES[0].pose, np.diag([4.0, 5.0, 0.2]), 12.000000004, Health.LOST, modes=MODES,
    imagery_offset=np.array([1.5, -0.5]),
    imagery_offset_covariance=np.array([[0.09, 0.02], [0.02, 0.04]]))
TOPICS = {'search_prior': PoseWithCovarianceStamped, 'particle_filter/modes': PoseArray,
          'particle_filter/mode_weights': Float32MultiArray,
          'particle_filter/imagery_offset': PoseWithCovarianceStamped}


@pytest.fixture
def outputs(bench):
    """Return the outputs of an active node."""
    return bench.add(ParticleFilterNode(parameter_overrides=overrides(
        output__when_lost='withhold')))._out


@pytest.fixture
def heard(bench, outputs):
    """Return what comes of an estimate of a lost filter, by topic."""
    collected = {topic: bench.collect(kind, topic) for topic, kind in TOPICS.items()}
    poses = bench.collect(PoseWithCovarianceStamped, 'pose')

    def said():
        return all(collected.values())

    bench.until(said, 'every topic speaks', meanwhile=lambda: outputs.publish_estimate(
        ESTIMATE, None))
    assert poses == []  # the pose is withheld, the belief is not
    return {topic: messages[-1] for topic, messages in collected.items()}


def test_modes_and_weights_belong_together_by_order_and_stamp(heard):
    modes, weights = heard['particle_filter/modes'], heard['particle_filter/mode_weights']
    for message, mode in zip(modes.poses, MODES, strict=True):
        shown = pose2_from_pose(message)
        assert shown.distance_to(mode.pose) < 1e-9
        assert shown.yaw == pytest.approx(mode.pose.yaw)
    assert list(weights.data) == pytest.approx([0.7, 0.25])
    stamp = modes.header.stamp
    assert weights.layout.dim[0].label == f'{stamp.sec}.{stamp.nanosec:09d}' == '12.000000004'
    assert weights.layout.dim[0].size == 2
    assert modes.header.frame_id == 'map'


def test_the_offset_comes_with_its_covariance(heard):
    message = heard['particle_filter/imagery_offset']
    position = message.pose.pose.position
    assert (position.x, position.y) == (1.5, -0.5)
    np.testing.assert_allclose(
        planar_covariance(message.pose.covariance)[:2, :2],
        ESTIMATE.imagery_offset_covariance)
    assert message.pose.covariance[35] >= 1.0
    assert seconds(message.header.stamp) == pytest.approx(12.0)


def test_perception_learns_where_to_search_though_the_pose_is_withheld(heard):
    message = heard['search_prior']
    shown = pose2_from_pose(message.pose.pose)
    np.testing.assert_allclose(shown.as_array(), ESTIMATE.pose.as_array())
    np.testing.assert_allclose(planar_covariance(message.pose.covariance), ESTIMATE.covariance)


def test_nothing_is_built_while_nobody_listens(outputs, monkeypatch):
    built = []
    for name in ('weights_message', 'offset_message'):
        monkeypatch.setattr(belief_outputs, name, lambda *given: built.append(given))
    for name in ('pose_message', 'particle_message'):
        monkeypatch.setattr(belief_outputs.conversions, name, lambda *given: built.append(given))
    outputs._belief.publish_estimate(ESTIMATE)
    assert built == []


def test_an_estimate_without_modes_gives_empty_messages():
    message = weights_message((), 1.0)
    assert (list(message.data), message.layout.dim[0].size) == ([], 0)


def test_an_unknown_offset_says_so():
    message = offset_message(PoseEstimate(Pose2(0.0, 0.0, 0.0), np.eye(3), 1.0,
                                          Health.INITIALISING), 'map')
    assert message.pose.covariance[0] >= 1e4


def test_the_profiles_serve_late_and_volatile_listeners(bench, outputs):
    late = bench.collect(PoseWithCovarianceStamped, 'pose', LATCHED)
    now = bench.collect(PoseWithCovarianceStamped, 'pose', RESULT)
    fine = PoseEstimate(Pose2(1.0, 2.0, 0.0), np.eye(3), 3.0, Health.CONVERGED)
    outputs.publish_estimate(fine, None)
    bench.until(lambda: late, 'the newest pose reaches a late listener')
    bench.until(lambda: now, 'a pose', meanwhile=lambda: outputs.publish_estimate(fine, None))
