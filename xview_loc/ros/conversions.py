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

"""Small messages of poses to records and back."""

from __future__ import annotations

import math

from geometry_msgs.msg import Pose, PoseArray, PoseStamped, PoseWithCovarianceStamped
from geometry_msgs.msg import Quaternion, TransformStamped
from nav_msgs.msg import Odometry
import numpy as np

from xview_loc.errors import GeometryError
from xview_loc.geometry.extrinsics import roll_pitch_yaw_from_quaternion
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros.stamps import time_message

UNESTIMATED_HEIGHT_VARIANCE = 1.0e4
"""Variance of z in published poses: a planar filter does not know it [m^2]."""

UNESTIMATED_TILT_VARIANCE = 10.0
"""Variance of roll and pitch in published poses: nothing is known [rad^2]."""

_PLANAR = np.ix_((0, 1, 5), (0, 1, 5))


def quaternion_from_yaw(yaw: float) -> Quaternion:
    """Return the rotation about z by ``yaw`` [rad]."""
    return Quaternion(z=math.sin(0.5 * yaw), w=math.cos(0.5 * yaw))


def tilt_and_yaw(rotation: Quaternion) -> tuple[float, float, float]:
    """
    Return roll, pitch and yaw (fixed axes, REP-103) [rad].

    :param rotation: the message; a length other than 1 is forgiven.
    :raises GeometryError: when it is not finite or zero, hence not a rotation.
    """
    return roll_pitch_yaw_from_quaternion(rotation.x, rotation.y, rotation.z, rotation.w)


def pose2_from_pose(pose: Pose) -> Pose2:
    """
    Return the planar part of a pose.

    :param pose: the message.
    :raises GeometryError: when it is not finite or its quaternion is not a rotation.
    """
    if not (math.isfinite(pose.position.x) and math.isfinite(pose.position.y)):
        raise GeometryError(
            f'The position ({pose.position.x}, {pose.position.y}) is not finite.')
    return Pose2(pose.position.x, pose.position.y, tilt_and_yaw(pose.orientation)[2])


def pose_from_pose2(pose: Pose2) -> Pose:
    """Return the message of a planar pose, z = 0."""
    message = Pose(orientation=quaternion_from_yaw(pose.yaw))
    message.position.x, message.position.y = float(pose.x), float(pose.y)
    return message


def planar_covariance(covariance: np.ndarray) -> np.ndarray:
    """
    Return the ``(3, 3)`` covariance of x, y, yaw.

    :param covariance: the 36 numbers of the message, row by row.
    :raises GeometryError: when it is not finite, or a variance is not positive.
    """
    planar = np.asarray(covariance, dtype=np.float64).reshape(6, 6)[_PLANAR]
    if not np.isfinite(planar).all() or not (np.diagonal(planar) > 0.0).all():
        raise GeometryError(
            f'The variances of x, y and yaw are {np.diagonal(planar).tolist()}; '
            'they must be positive and the covariance finite.')
    return 0.5 * (planar + planar.T)


def full_covariance(covariance: np.ndarray) -> np.ndarray:
    """
    Return the ``(36,)`` covariance of a message.

    :param covariance: ``(3, 3)`` of x, y, yaw. Height, roll and pitch get large variances.
    """
    full = np.diag([0.0, 0.0, UNESTIMATED_HEIGHT_VARIANCE, UNESTIMATED_TILT_VARIANCE,
                    UNESTIMATED_TILT_VARIANCE, 0.0])
    full[_PLANAR] = covariance
    return full.ravel()


def pose_message(pose: Pose2, covariance: np.ndarray, stamp: float,
                 frame_id: str) -> PoseWithCovarianceStamped:
    """
    Return the message of an estimate.

    :param pose: pose of ``base_link``.
    :param covariance: ``(3, 3)`` of x, y, yaw.
    :param stamp: time of the measurement [s].
    :param frame_id: the map frame.
    """
    message = PoseWithCovarianceStamped()
    message.header.stamp = time_message(stamp)
    message.header.frame_id = frame_id
    message.pose.pose = pose_from_pose2(pose)
    message.pose.covariance = full_covariance(covariance)
    return message


def path_pose(pose: Pose2, stamp: float, frame_id: str) -> PoseStamped:
    """Return one element of a path."""
    message = PoseStamped(pose=pose_from_pose2(pose))
    message.header.stamp = time_message(stamp)
    message.header.frame_id = frame_id
    return message


def particle_message(particles: np.ndarray, stamp: float, frame_id: str,
                     limit: int = 500) -> PoseArray:
    """
    Return particles for display.

    :param particles: ``(N, 3)`` x, y, yaw.
    :param stamp: time of the particles [s].
    :param frame_id: the map frame.
    :param limit: at most so many, evenly thinned: nested messages are slow to build.
    """
    message = PoseArray()
    message.header.stamp = time_message(stamp)
    message.header.frame_id = frame_id
    count = len(particles)
    chosen = particles if count <= limit else particles[
        np.linspace(0, count - 1, limit).astype(int)]
    message.poses = [pose_from_pose2(Pose2(float(x), float(y), float(yaw)))
                     for x, y, yaw in chosen]
    return message


def transform_message(target_from_source: Pose2, stamp: float, target: str,
                      source: str) -> TransformStamped:
    """Return the message of a planar transform: ``target`` is the parent frame."""
    message = TransformStamped(child_frame_id=source)
    message.header.stamp = time_message(stamp)
    message.header.frame_id = target
    message.transform.translation.x = float(target_from_source.x)
    message.transform.translation.y = float(target_from_source.y)
    message.transform.rotation = quaternion_from_yaw(target_from_source.yaw)
    return message


def require_frame_id(given: str, expected: str, topic: str) -> None:
    """
    Refuse a message in another frame.

    :param given: ``frame_id`` of the message.
    :param expected: the frame it must have.
    :param topic: where it came from, for the sentence.
    :raises GeometryError: when they differ.
    """
    if given.lstrip('/') != expected:
        raise GeometryError(
            f'A message on {topic} is in frame "{given}"; it must be in "{expected}".')


def odometry_pose(message: Odometry, odom_frame: str, base_frame: str) -> Pose2:
    """
    Return the pose of ``base_link`` in ``odom``.

    :param message: the message.
    :param odom_frame: the frame its pose must be in.
    :param base_frame: the frame whose pose it must be; an empty child frame is taken for it.
    :raises GeometryError: when a frame differs or the pose is not finite.
    """
    require_frame_id(message.header.frame_id, odom_frame, 'odometry')
    if message.child_frame_id:
        require_frame_id(message.child_frame_id, base_frame, 'odometry (child frame)')
    return pose2_from_pose(message.pose.pose)
