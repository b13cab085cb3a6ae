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

"""The camera of a bag, as nodes would see it, and where it stands at a true pose."""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Any

import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.geometry.camera_calibration import camera_from_info, rectified_camera_from_info
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import (
    BODY_FROM_OPTICAL, camera_mounting, rotation_from_rpy, rpy_from_rotation)
from xview_loc.geometry.mounted_camera import level_rotation, MountedCamera

_MOUNTING = ('x', 'y', 'z', 'roll', 'pitch', 'yaw')


@dataclass(frozen=True)
class StandingCamera:
    """
    A camera at a moment.

    :param x: east in ``map`` [m].
    :param y: north in ``map`` [m].
    :param yaw: of the viewing direction, counter-clockwise from east [rad].
    :param camera: in a level frame on the ground below the camera, x along ``yaw``; roll and
        pitch of the vehicle are part of its mounting.
    """

    x: float
    y: float
    yaw: float
    camera: MountedCamera


def standing_camera(model: CameraModel, base_from_camera: np.ndarray, base_height: float,
                    pose: np.ndarray) -> StandingCamera:
    """
    Return where a camera stands and looks.

    :param model: its model.
    :param base_from_camera: ``(4, 4)`` pose of the optical frame in ``base_link``.
    :param base_height: of ``base_link`` above the ground [m].
    :param pose: x, y [m], yaw, roll, pitch [rad] of ``base_link`` in ``map``.
    """
    x, y, yaw, roll, pitch = np.asarray(pose, dtype=np.float64).tolist()
    level_from_camera = np.eye(4)
    level = level_rotation(roll, pitch)
    level_from_camera[:3, :3] = level @ base_from_camera[:3, :3]
    forward, left, up = (level @ base_from_camera[:3, 3]).tolist()
    axis = level_from_camera[:3, 2]
    turn = math.atan2(axis[1], axis[0])
    mounting = np.eye(4)
    mounting[:3, :3] = rotation_from_rpy(0.0, 0.0, -turn) @ level_from_camera[:3, :3]
    mounting[2, 3] = up + base_height
    cosine, sine = math.cos(yaw), math.sin(yaw)
    return StandingCamera(x + cosine * forward - sine * left, y + sine * forward + cosine * left,
                          yaw + turn, MountedCamera(model, mounting))


def mounting_of(camera: dict[str, Any], found: np.ndarray | None) -> np.ndarray:
    """
    Return ``base_from_camera``.

    :param camera: parameters ``camera.*`` of the image batcher; the mounting there wins unless
        it is absent.
    :param found: the mounting by the bag's transforms, or ``None``.
    :raises DataSetError: when neither tells it.
    """
    if any(name in camera for name in _MOUNTING):
        values = [float(camera.get(name, 0.0)) for name in _MOUNTING]
    elif found is not None:
        angles = rpy_from_rotation(found[:3, :3] @ BODY_FROM_OPTICAL.T)
        values = [*found[:3, 3].tolist(), *angles]
    else:
        raise DataSetError(
            'Neither the transforms of the bag nor the parameters tell where the camera sits; '
            'state camera.x to camera.yaw in a parameter file.')
    values[2] += float(camera.get('height_offset', 0.0))
    values[4] += float(camera.get('pitch_offset', 0.0))
    return camera_mounting(*values)


def model_of(camera: dict[str, Any], info: Any, shape: tuple[int, int]) -> CameraModel:
    """
    Return the model of the images of a bag.

    :param camera: parameters ``camera.*`` of the image batcher.
    :param info: the first calibration message, or ``None``.
    :param shape: rows and columns of the images.
    :raises DataSetError: when a calibration is needed and the bag has none.
    """
    projection = camera.get('projection', 'camera_info')
    if projection == 'equirectangular':
        horizon = float(camera.get('horizon', 0.5)) * shape[0] - 0.5
        return EquirectangularCamera(
            *shape, horizon, float(camera.get('horizontal_fov', 2.0 * math.pi)))
    if info is None:
        raise DataSetError('The bag holds no camera_info for its images.')
    region = (info.roi.x_offset, info.roi.y_offset, info.roi.height, info.roi.width)
    binning = (info.binning_x, info.binning_y)
    if projection == 'camera_info_rectified':
        return rectified_camera_from_info(
            info.width, info.height, list(info.p), binning, region, shape)
    return camera_from_info(info.width, info.height, list(info.k), list(info.d),
                            info.distortion_model, binning, region, shape)
