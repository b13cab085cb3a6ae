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
from sensor_msgs.msg import NavSatFix

from xview_loc.errors import GeometryError
from xview_loc.geometry.local_frame import LocalFrame
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


def fix(**changes):
    """Return a valid fix with changes."""
    message = NavSatFix(latitude=48.9, longitude=8.5, altitude=150.0)
    message.status.status = 0
    for name, value in changes.items():
        target = message.status if name == 'status' else message
        setattr(target, name, value)
    return message


@pytest.mark.parametrize('changes, valid', [
    ({}, True), ({'status': -1}, False), ({'latitude': NAN}, False),
    ({'longitude': math.inf}, False), ({'latitude': 91.0}, False), ({'altitude': NAN}, True),
    ({'status': 2}, True), ({'status': -2}, False)])
def test_a_fix_is_valid_when_it_claims_to_be_and_can_be(changes, valid):
    assert conversions.is_valid_fix(fix(**changes)) is valid


def test_a_stated_covariance_is_used_and_an_unknown_one_replaced():
    stated = np.array([4.0, 1.0, 0.0, 1.0, 9.0, 0.0, 0.0, 0.0, 100.0])
    known = fix(position_covariance=stated, position_covariance_type=2)
    assert conversions.fix_covariance(known, 5.0).tolist() == [[4.0, 1.0], [1.0, 9.0]]
    unknown = fix(position_covariance=stated, position_covariance_type=0)
    assert conversions.fix_covariance(unknown, 5.0).tolist() == [[25.0, 0.0], [0.0, 25.0]]


@pytest.mark.parametrize('stated', [
    np.zeros(9), np.full(9, NAN), np.diag([-1.0, 4.0, 1.0]).ravel(),
    np.array([1.0, 5.0, 0.0, 5.0, 1.0, 0.0, 0.0, 0.0, 1.0])])
def test_a_covariance_that_cannot_be_is_replaced(stated):
    message = fix(position_covariance=stated, position_covariance_type=2)
    assert conversions.fix_covariance(message, 2.0).tolist() == [[4.0, 0.0], [0.0, 4.0]]


def test_the_geodetic_form_of_a_pose_leads_back_to_it():
    frame = LocalFrame(48.9, 8.5, 150.0)
    message = conversions.fix_message(
        Pose2(1500.0, -700.0, 1.0), COVARIANCE, 9.0, frame, 'base_link')
    x, y, _ = frame.map_from_geodetic(message.latitude, message.longitude)
    assert (float(x), float(y)) == pytest.approx((1500.0, -700.0), abs=0.01)
    assert message.position_covariance[:2].tolist() == [4.0, 0.5]
    assert message.position_covariance_type == NavSatFix.COVARIANCE_TYPE_KNOWN


def test_the_origin_comes_back():
    frame = LocalFrame(-33.5, 151.25, 12.5)
    back = conversions.frame_from_origin(conversions.origin_message(frame, 1.0, 'map'))
    assert (back.latitude_deg, back.longitude_deg, back.altitude_m) == (-33.5, 151.25, 12.5)


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
