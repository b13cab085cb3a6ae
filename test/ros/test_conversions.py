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

"""Messages become records and records messages without losing or inventing anything."""

import math

from geometry_msgs.msg import Pose, Quaternion
from nav_msgs.msg import Odometry
import numpy as np
import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros import conversions

COVARIANCE = np.array([[4.0, 0.5, 0.01], [0.5, 9.0, 0.02], [0.01, 0.02, 0.1]])
NAN = float('nan')


@pytest.mark.parametrize('pose', [
    Pose2(0.0, 0.0, 0.0), Pose2(12.5, -3.25, 2.5), Pose2(-1e5, 7.0, -3.1)])
def test_a_planar_pose_comes_back(pose):
    back = conversions.pose2_from_pose(conversions.pose_from_pose2(pose))
    assert back.as_array() == pytest.approx(pose.as_array())


def test_yaw_is_counter_clockwise_from_east():
    turn = conversions.quaternion_from_yaw(math.pi / 2.0)
    assert (turn.x, turn.y, turn.z, turn.w) == pytest.approx(
        (0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5)))


def test_roll_and_pitch_do_not_disturb_the_yaw():
    # Rotation by 90 degrees about z, then 10 degrees about the new y: q = qz * qy.
    half, tilt = math.pi / 4.0, math.radians(5.0)
    turn = Quaternion(x=-math.sin(half) * math.sin(tilt), y=math.cos(half) * math.sin(tilt),
                      z=math.sin(half) * math.cos(tilt), w=math.cos(half) * math.cos(tilt))
    roll, pitch, yaw = conversions.tilt_and_yaw(turn)
    assert (roll, pitch, yaw) == pytest.approx((0.0, math.radians(10.0), math.pi / 2.0))


@pytest.mark.parametrize('turn', [
    Quaternion(x=0.0, y=0.0, z=0.0, w=0.0), Quaternion(x=NAN, y=0.0, z=0.0, w=1.0)])
def test_a_quaternion_that_is_no_rotation_is_refused(turn):
    with pytest.raises(GeometryError):
        conversions.pose2_from_pose(Pose(orientation=turn))


def test_a_position_that_is_not_finite_is_refused():
    pose = Pose()
    pose.position.x = NAN
    with pytest.raises(GeometryError, match='not finite'):
        conversions.pose2_from_pose(pose)


def test_the_covariance_comes_back_and_unknown_axes_are_not_called_known():
    full = conversions.full_covariance(COVARIANCE)
    np.testing.assert_allclose(conversions.planar_covariance(full), COVARIANCE)
    square = full.reshape(6, 6)
    assert square[0, 5] == 0.01
    assert (np.diagonal(square)[2:5] >= 10.0).all()
    assert np.isfinite(full).all()


@pytest.mark.parametrize('index, value', [(0, 0.0), (7, -1.0), (35, NAN), (1, math.inf)])
def test_a_covariance_without_meaning_is_refused(index, value):
    full = conversions.full_covariance(COVARIANCE)
    full[index] = value
    with pytest.raises(GeometryError, match='variances'):
        conversions.planar_covariance(full)


def test_a_published_pose_carries_the_stamp_of_its_measurement():
    message = conversions.pose_message(Pose2(1.0, 2.0, 0.5), COVARIANCE, 1234.5, 'map')
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (1234, 500_000_000)
    assert message.header.frame_id == 'map'
    assert message.pose.pose.position.z == 0.0


def test_many_particles_are_thinned_and_few_are_not():
    particles = np.column_stack([np.arange(3000.0), np.zeros(3000), np.zeros(3000)])
    message = conversions.particle_message(particles, 1.0, 'map', limit=500)
    assert len(message.poses) == 500
    assert [message.poses[0].position.x, message.poses[-1].position.x] == [0.0, 2999.0]
    assert len(conversions.particle_message(particles[:7], 1.0, 'map').poses) == 7


def test_a_transform_names_parent_and_child():
    message = conversions.transform_message(Pose2(3.0, 4.0, 0.1), 5.0, 'map', 'odom')
    assert (message.header.frame_id, message.child_frame_id) == ('map', 'odom')
    assert (message.transform.translation.x, message.transform.translation.y) == (3.0, 4.0)


@pytest.mark.parametrize('frame_id, child, accepted', [
    ('odom', 'base_link', True), ('/odom', 'base_link', True), ('odom', '', True),
    ('map', 'base_link', False), ('odom', 'camera', False), ('', 'base_link', False)])
def test_odometry_must_name_the_expected_frames(frame_id, child, accepted):
    message = Odometry(child_frame_id=child)
    message.header.frame_id = frame_id
    if accepted:
        assert conversions.odometry_pose(message, 'odom', 'base_link') == Pose2(0.0, 0.0, 0.0)
    else:
        with pytest.raises(GeometryError, match='it must be in'):
            conversions.odometry_pose(message, 'odom', 'base_link')
