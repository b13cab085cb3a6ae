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

"""Panoramas of the data sets: the camera that took them, and turning them."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import BODY_FROM_OPTICAL
from xview_loc.geometry.mounted_camera import MountedCamera


def panorama_camera(shape: tuple[int, int], height_m: float,
                    horizon: float = 0.5) -> MountedCamera:
    """
    Return the camera of a full-turn panorama whose x axis points to the centre column.

    :param shape: rows and columns of the image, after any crop.
    :param height_m: of the camera above the ground [m].
    :param horizon: row of the horizon as a share of the height.
    """
    model = EquirectangularCamera(*shape, horizon_row=horizon * shape[0] - 0.5)
    return upright_camera(model, height_m)


def upright_camera(model, height_m: float) -> MountedCamera:
    """
    Return a camera that looks along x without roll and pitch, from above the origin.

    :param model: the camera model.
    :param height_m: of the camera above the ground [m].
    """
    pose = np.eye(4)
    pose[:3, :3] = BODY_FROM_OPTICAL
    pose[2, 3] = height_m
    return MountedCamera(model, pose)


def rolled(panorama: np.ndarray, angle: float) -> tuple[np.ndarray, float]:
    """
    Turn the view of a full panorama counter-clockwise, by rolling its columns to the right.

    The roll is a whole number of columns, so the angle is met within half a column (0.28 deg of
    640 columns); the angle that was applied is returned.

    :param panorama: ``(H, W, 3)`` over one full turn.
    :param angle: how far the centre column turns, counter-clockwise [rad].
    :return: the panorama, and the applied angle [rad].
    """
    width = panorama.shape[1]
    columns = rolled_columns(angle, width)
    return np.roll(panorama, columns, axis=1), columns * 2.0 * math.pi / width


def rolled_columns(angle: float, width: int) -> int:
    """Return the columns to roll to the right for an angle [rad], as CCVPE rounds them."""
    if not math.isfinite(angle):
        raise DataSetError(f'The angle to roll a panorama by is {angle}; it must be finite.')
    return round(angle / (2.0 * math.pi) * width)
