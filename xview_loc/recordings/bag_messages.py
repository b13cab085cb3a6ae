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
ENCODING_CHANNELS = {'mono8': 1, 'rgb8': 3, 'bgr8': 3, 'rgba8': 4, 'bgra8': 4}
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


def image(stamp, pixels: np.ndarray, frame_id: str, encoding: str) -> Any:
    """
    Build a raw image.

    :param pixels: ``(H, W)`` or ``(H, W, C)`` uint8 in the order that the encoding names.
    :param encoding: one of ``mono8``, ``rgb8``, ``bgr8``, ``rgba8``, ``bgra8``.
    :raises RecordingError: when the pixels do not fit the encoding.
    """
    channels = ENCODING_CHANNELS.get(encoding)
    if channels is None:
        raise RecordingError(
            f'Image encoding {encoding!r} cannot be written; '
            f'use one of {", ".join(ENCODING_CHANNELS)}.')
    pixels = np.ascontiguousarray(pixels)
    found = 1 if pixels.ndim == 2 else pixels.shape[-1]
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or found != channels:
        raise RecordingError(
            f'An {encoding} image must be uint8 with {channels} channel(s); '
            f'got {pixels.dtype} of shape {pixels.shape}.')
    height, width = pixels.shape[:2]
    return make('sensor_msgs/msg/Image', header=header(stamp, frame_id), height=height,
                width=width, encoding=encoding, is_bigendian=0, step=width * channels,
                data=pixels.reshape(-1))


def compressed_image(stamp, data: bytes, frame_id: str, image_format: str) -> Any:
    """
    Build a compressed image.

    :param data: the encoded file, PNG or JPEG.
    :param image_format: ``jpeg`` or ``png``.
    """
    return make('sensor_msgs/msg/CompressedImage', header=header(stamp, frame_id),
                format=image_format, data=np.frombuffer(data, np.uint8))


def camera_info(stamp, height: int, width: int, k, frame_id: str, *, d=(),
                distortion_model: str = 'plumb_bob', r=None, p=None) -> Any:
    """
    Build a camera description.

    :param k: ``(3, 3)`` camera matrix of the raw image.
    :param d: distortion coefficients of ``distortion_model``; five zeros when empty and
        ``plumb_bob``.
    :param r: ``(3, 3)`` rectification; identity when ``None``.
    :param p: ``(3, 4)`` projection of the rectified image; ``[K | 0]`` when ``None``.
    """
    k = np.asarray(k, dtype=np.float64).reshape(3, 3)
    if len(d) == 0 and distortion_model == 'plumb_bob':
        d = np.zeros(5)
    p = np.hstack([k, np.zeros((3, 1))]) if p is None else np.asarray(p, dtype=np.float64)
    r = np.eye(3) if r is None else np.asarray(r, dtype=np.float64)
    roi = make('sensor_msgs/msg/RegionOfInterest', x_offset=0, y_offset=0, height=0, width=0,
               do_rectify=False)
    return make('sensor_msgs/msg/CameraInfo', header=header(stamp, frame_id), height=height,
                width=width, distortion_model=distortion_model,
                d=np.asarray(d, dtype=np.float64), k=k.reshape(9), r=r.reshape(9),
                p=p.reshape(12), binning_x=0, binning_y=0, roi=roi)


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
