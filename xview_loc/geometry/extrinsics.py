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

"""
Rigid transforms, roll-pitch-yaw and quaternions.

Convention (REP-103): fixed-axis roll, pitch, yaw, so ``R = Rz(yaw) Ry(pitch) Rx(roll)``; body axes
are x forward, y left, z up; optical axes are z forward, x right, y down. With y to the left a
positive pitch is nose down. Quaternions are ``(x, y, z, w)`` as in ``geometry_msgs``.
"""

from __future__ import annotations

import math

import numpy as np

from xview_loc.errors import GeometryError
from xview_loc.geometry.mounted_camera import level_rotation

BODY_FROM_OPTICAL = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
BODY_FROM_OPTICAL.flags.writeable = False


def rotation_from_rpy(roll: float, pitch: float, yaw: float) -> np.ndarray:
    """
    Return the rotation of fixed-axis roll, pitch and yaw.

    :param roll: about x [rad].
    :param pitch: about y [rad]; positive is nose down for a body.
    :param yaw: about z, counter-clockwise seen from above [rad].
    :return: ``(3, 3)`` float64.
    """
    cosine, sine = math.cos(yaw), math.sin(yaw)
    about_z = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    return about_z @ level_rotation(roll, pitch)


def rpy_from_rotation(rotation: np.ndarray) -> tuple[float, float, float]:
    """
    Return roll, pitch and yaw of a rotation.

    At a pitch of +-90 degrees only the difference of roll and yaw is defined; roll is then 0.

    :param rotation: ``(3, 3)``.
    :return: roll in [-pi, pi], pitch in [-pi / 2, pi / 2], yaw in [-pi, pi] [rad].
    """
    pitch = math.atan2(-rotation[2, 0], math.hypot(rotation[0, 0], rotation[1, 0]))
    if math.hypot(rotation[2, 1], rotation[2, 2]) < 1e-9:
        return 0.0, pitch, math.atan2(-rotation[0, 1], rotation[1, 1])
    return (math.atan2(rotation[2, 1], rotation[2, 2]), pitch,
            math.atan2(rotation[1, 0], rotation[0, 0]))


def rotation_from_quaternion(x: float, y: float, z: float, w: float) -> np.ndarray:
    """
    Return the rotation of a quaternion of any length but 0.

    :return: ``(3, 3)`` float64.
    :raises GeometryError: when the quaternion is not finite or all zero.
    """
    norm = math.sqrt(x * x + y * y + z * z + w * w)
    if not math.isfinite(norm) or norm < 1e-6:
        raise GeometryError(
            f'The quaternion ({x}, {y}, {z}, {w}) is no rotation; '
            'it must be finite and not all zero.')
    x, y, z, w = x / norm, y / norm, z / norm, w / norm
    return np.array([
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w)],
        [2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w)],
        [2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y)]])


def quaternion_from_rpy(roll: float, pitch: float,
                        yaw: float) -> tuple[float, float, float, float]:
    """
    Return the quaternion of fixed-axis roll, pitch and yaw.

    :return: unit ``(x, y, z, w)``.
    """
    cr, sr = math.cos(0.5 * roll), math.sin(0.5 * roll)
    cp, sp = math.cos(0.5 * pitch), math.sin(0.5 * pitch)
    cy, sy = math.cos(0.5 * yaw), math.sin(0.5 * yaw)
    return (sr * cp * cy - cr * sp * sy, cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy, cr * cp * cy + sr * sp * sy)


def quaternion_from_rotation(rotation: np.ndarray) -> tuple[float, float, float, float]:
    """
    Return the quaternion of a rotation.

    :param rotation: ``(3, 3)``.
    :return: unit ``(x, y, z, w)`` with ``w >= 0``.
    """
    trace = float(np.trace(rotation))
    squares = np.array([
        1.0 + 2.0 * rotation[0, 0] - trace, 1.0 + 2.0 * rotation[1, 1] - trace,
        1.0 + 2.0 * rotation[2, 2] - trace, 1.0 + trace])
    products = rotation + rotation.T
    twists = np.array([rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0],
                       rotation[1, 0] - rotation[0, 1]])
    outer = np.empty((4, 4))
    outer[:3, :3] = products
    outer[:3, 3] = outer[3, :3] = twists
    outer[np.diag_indices(4)] = squares
    largest = outer[int(np.argmax(squares))]
    x, y, z, w = (float(value) for value in largest / np.linalg.norm(largest))
    return (x, y, z, w) if w >= 0.0 else (-x, -y, -z, -w)


def roll_pitch_yaw_from_quaternion(x: float, y: float, z: float,
                                   w: float) -> tuple[float, float, float]:
    """
    Return roll, pitch and yaw of a quaternion.

    :raises GeometryError: when the quaternion is not finite or all zero.
    """
    return rpy_from_rotation(rotation_from_quaternion(x, y, z, w))


def quaternion_from_yaw(yaw: float) -> tuple[float, float, float, float]:
    """Return the quaternion ``(x, y, z, w)`` of a planar turn."""
    return 0.0, 0.0, math.sin(0.5 * yaw), math.cos(0.5 * yaw)


def rigid_transform(translation, rotation: np.ndarray) -> np.ndarray:
    """
    Return ``target_from_source`` of a source frame placed in the target frame.

    :param translation: ``(3,)`` origin of the source frame in the target frame [m].
    :param rotation: ``(3, 3)`` ``target_from_source``.
    :return: ``(4, 4)`` float64.
    """
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = translation
    return matrix


def inverse_transform(matrix: np.ndarray) -> np.ndarray:
    """
    Return the inverse of a rigid transform.

    :param matrix: ``(4, 4)`` ``target_from_source``.
    :return: ``(4, 4)`` ``source_from_target``.
    """
    rotation = np.asarray(matrix, dtype=np.float64)[:3, :3].T
    return rigid_transform(-rotation @ matrix[:3, 3], rotation)


def camera_mounting(x: float, y: float, z: float, roll: float = 0.0, pitch: float = 0.0,
                    yaw: float = 0.0) -> np.ndarray:
    """
    Return ``base_from_camera`` of a camera whose mounting is given with body axes.

    A camera that looks straight ahead and level has roll, pitch and yaw 0; one that looks down by
    ten degrees has a pitch of +10 degrees; one that looks to the left a yaw of +90 degrees.

    :param x: forward of ``base_link`` [m].
    :param y: left [m].
    :param z: up [m].
    :param roll: about the camera's forward axis [rad].
    :param pitch: positive looks down [rad].
    :param yaw: positive looks left [rad].
    :return: ``(4, 4)`` pose of the optical frame in ``base_link``.
    """
    return rigid_transform((x, y, z), rotation_from_rpy(roll, pitch, yaw) @ BODY_FROM_OPTICAL)
