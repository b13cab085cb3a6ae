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

"""Messages for bags, built from plain values."""

from __future__ import annotations

from functools import cache
import math
from typing import Any, NamedTuple

import numpy as np
from rosbags.typesys import get_typestore, Stores

from xview_loc.errors import RecordingError
from xview_loc.geometry.extrinsics import quaternion_from_rotation, quaternion_from_rpy
from xview_loc.geometry.pose2 import Pose2

IDENTITY_XYZW = (0.0, 0.0, 0.0, 1.0)
UNKNOWN_VARIANCE = 1e6


class BagTransform(NamedTuple):
    """
    One edge of the transform tree, ``parent_from_child``.

    :param parent: frame the child is described in.
    :param child: frame that is described.
    :param matrix: ``(4, 4)`` pose of the child in the parent.
    """

    parent: str
    child: str
    matrix: np.ndarray


@cache
def typestore():
    """Return the message types that bags are written with (ROS 2 Jazzy)."""
    return get_typestore(Stores.ROS2_JAZZY)


def make(name: str, **fields) -> Any:
    """
    Build a message.

    :param name: type, such as ``sensor_msgs/msg/Image``.
    :param fields: every field of the type.
    """
    return typestore().types[name](**fields)


def nanoseconds(stamp) -> int:
    """
    Return a stamp as integer nanoseconds.

    :param stamp: integer nanoseconds, or seconds as a float (0.25 us resolution in this century).
    :raises RecordingError: when the stamp is not finite or negative.
    """
    if isinstance(stamp, (int, np.integer)):
        value = int(stamp)
    elif math.isfinite(stamp):
        value = round(float(stamp) * 1e9)
    else:
        raise RecordingError(f'A stamp is {stamp}; it must be a finite time.')
    if not 0 <= value < 2**63:
        raise RecordingError(f'A stamp is {value} ns; it must lie between 0 and 2^63 ns.')
    return value


def header(stamp, frame_id: str) -> Any:
    """
    Build a header.

    :param stamp: seconds as float or nanoseconds as int.
    :param frame_id: frame of the data.
    """
    seconds, rest = divmod(nanoseconds(stamp), 10**9)
    time = make('builtin_interfaces/msg/Time', sec=seconds, nanosec=rest)
    return make('std_msgs/msg/Header', stamp=time, frame_id=frame_id)


def vector3(xyz) -> Any:
    """Build a ``geometry_msgs/Vector3`` from three numbers."""
    return make('geometry_msgs/msg/Vector3', **dict(zip('xyz', map(float, xyz))))


def point(xyz) -> Any:
    """Build a ``geometry_msgs/Point`` from three numbers."""
    return make('geometry_msgs/msg/Point', **dict(zip('xyz', map(float, xyz))))


def quaternion(xyzw) -> Any:
    """Build a ``geometry_msgs/Quaternion`` from four numbers."""
    return make('geometry_msgs/msg/Quaternion', **dict(zip('xyzw', map(float, xyzw))))


def nav_sat_fix(stamp, latitude_deg: float, longitude_deg: float, altitude_m: float,
                frame_id: str, *, covariance=None, covariance_type: int | None = None,
                status: int = 0, service: int = 1) -> Any:
    """
    Build a GNSS fix.

    :param altitude_m: height above the ellipsoid; NaN when unknown [m].
    :param covariance: ``(3, 3)`` or three variances, east, north, up [m^2]; unknown when
        ``None``.
    :param covariance_type: 1 approximated, 2 diagonal known, 3 known; 2 or 3 by the shape of
        ``covariance`` when ``None``.
    :param status: ``NavSatStatus.status``; -1 is no fix.
    :param service: ``NavSatStatus.service``; 1 is GPS.
    """
    matrix, kind = np.zeros((3, 3)), 0
    if covariance is not None:
        matrix = np.asarray(covariance, dtype=np.float64)
        kind = 2 if matrix.ndim == 1 else 3
        matrix = np.diag(matrix) if matrix.ndim == 1 else matrix
    return make('sensor_msgs/msg/NavSatFix', header=header(stamp, frame_id),
                status=make('sensor_msgs/msg/NavSatStatus', status=status, service=service),
                latitude=float(latitude_deg), longitude=float(longitude_deg),
                altitude=float(altitude_m), position_covariance=matrix.reshape(9),
                position_covariance_type=kind if covariance_type is None else covariance_type)


def odometry(stamp, pose: Pose2, frame_id: str, child_frame_id: str, *, z: float = 0.0,
             roll: float = 0.0, pitch: float = 0.0, linear=(0.0, 0.0, 0.0),
             angular=(0.0, 0.0, 0.0), pose_variances=None, twist_variances=None) -> Any:
    """
    Build an odometry message.

    :param pose: planar pose of the child frame in ``frame_id``.
    :param z: height of the child frame [m].
    :param roll: roll of the child frame [rad].
    :param pitch: pitch of the child frame, positive nose down [rad].
    :param linear: velocity in the child frame [m/s].
    :param angular: turn rate in the child frame [rad/s].
    :param pose_variances: six variances x, y, z, rotations about x, y, z; unknown when ``None``.
    :param twist_variances: six variances of the twist; unknown when ``None``.
    """
    pose_message = make(
        'geometry_msgs/msg/Pose', position=point((pose.x, pose.y, z)),
        orientation=quaternion(quaternion_from_rpy(roll, pitch, pose.yaw)))
    twist = make('geometry_msgs/msg/Twist', linear=vector3(linear), angular=vector3(angular))
    return make(
        'nav_msgs/msg/Odometry', header=header(stamp, frame_id), child_frame_id=child_frame_id,
        pose=make('geometry_msgs/msg/PoseWithCovariance', pose=pose_message,
                  covariance=_diagonal36(pose_variances)),
        twist=make('geometry_msgs/msg/TwistWithCovariance', twist=twist,
                   covariance=_diagonal36(twist_variances)))


def imu(stamp, xyzw, angular_velocity, linear_acceleration, frame_id: str, *,
        orientation_variances=(1e-6, 1e-6, 1e-6), angular_variance: float = 1e-6,
        acceleration_variance: float = 1e-2) -> Any:
    """
    Build an inertial measurement.

    :param xyzw: orientation in the world (x east, y north, z up); unknown when ``None``.
    :param angular_velocity: three turn rates in the sensor frame [rad/s].
    :param linear_acceleration: three specific forces in the sensor frame [m/s^2]; unknown when
        ``None``.
    """
    orientation_covariance = np.diag(np.asarray(orientation_variances, dtype=np.float64))
    if xyzw is None:
        # REP-145: -1 in the first element says that the orientation is not measured.
        orientation_covariance = np.diag([-1.0, 0.0, 0.0])
    acceleration_covariance = np.eye(3) * acceleration_variance
    if linear_acceleration is None:
        acceleration_covariance = np.diag([-1.0, 0.0, 0.0])
    return make('sensor_msgs/msg/Imu', header=header(stamp, frame_id),
                orientation=quaternion(xyzw or IDENTITY_XYZW),
                orientation_covariance=orientation_covariance.reshape(9),
                angular_velocity=vector3(angular_velocity),
                angular_velocity_covariance=(np.eye(3) * angular_variance).reshape(9),
                linear_acceleration=vector3(linear_acceleration or (0.0, 0.0, 0.0)),
                linear_acceleration_covariance=acceleration_covariance.reshape(9))


def transforms(stamp, edges) -> Any:
    """
    Build a transform message.

    :param edges: :class:`BagTransform` records, all of this instant.
    """
    return make('tf2_msgs/msg/TFMessage', transforms=[
        make('geometry_msgs/msg/TransformStamped', header=header(stamp, edge.parent),
             child_frame_id=edge.child,
             transform=make('geometry_msgs/msg/Transform',
                            translation=vector3(np.asarray(edge.matrix)[:3, 3]),
                            rotation=quaternion(quaternion_from_rotation(
                                np.asarray(edge.matrix)[:3, :3]))))
        for edge in edges])


def _diagonal36(variances):
    """Return the flat 6 x 6 covariance of six variances."""
    if variances is None:
        variances = np.full(6, UNKNOWN_VARIANCE)
    return np.diag(np.asarray(variances, dtype=np.float64)).reshape(36)
