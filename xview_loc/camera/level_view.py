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

"""A level pinhole view out of the image of any camera."""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
import numpy as np

from xview_loc.arrays import frozen
from xview_loc.camera.frame_window import Frame
from xview_loc.camera.image_shrinking import shrink_to_resolution
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.extrinsics import BODY_FROM_OPTICAL, rigid_transform, rotation_from_rpy
from xview_loc.geometry.mounted_camera import level_rotation, MountedCamera


@dataclass(frozen=True)
class LevelView:
    """
    An image of a camera that does not tilt.

    :param frame: the image with its camera, roll and pitch taken out.
    :param valid: ``(H, W)`` bool, False where the camera did not look; those pixels are black;
        read-only.
    """

    frame: Frame
    valid: np.ndarray

    def __post_init__(self) -> None:
        """Make the mask read-only."""
        object.__setattr__(self, 'valid', frozen(self.valid, bool))


def level_view(frame: Frame, model: CameraModel, yaw: float | None = None) -> LevelView:
    """
    Return what a level camera of another model sees from the same place.

    Only directions change, so it is exact at every distance; colours are averaged where the
    wanted image is coarser.

    :param frame: the image, with attitude.
    :param model: of the wanted image.
    :param yaw: direction of its optical axis against the vehicle, counter-clockwise [rad];
        ``None`` keeps that of the camera.
    """
    mounting = frame.camera.base_from_camera
    level_from_base = level_rotation(frame.roll, frame.pitch)
    rotation = rotation_from_rpy(0.0, 0.0, axis_yaw(frame) if yaw is None else yaw)
    level_from_view = rotation @ BODY_FROM_OPTICAL
    image, source = shrink_to_resolution(frame.image, frame.camera.model, model)
    rows, columns = np.mgrid[0:model.shape[0], 0:model.shape[1]]
    rays = model.rays(np.stack([columns, rows], axis=-1))
    in_camera = rays @ (level_from_view.T @ level_from_base @ mounting[:3, :3])
    pixels, inside = source.project(in_camera)
    pixels = np.where(inside[..., None], pixels, -1.0).astype(np.float32)
    colours = cv2.remap(image, pixels[..., 0], pixels[..., 1], cv2.INTER_LINEAR,
                        borderMode=cv2.BORDER_REPLICATE)
    colours[~inside] = 0
    place = level_from_base @ mounting[:3, 3]
    mounted = MountedCamera(model, rigid_transform(place, level_from_view),
                            frame.camera.base_height)
    return LevelView(Frame(colours, frame.stamp, mounted,
                           window_from_base=frame.window_from_base), inside)


def axis_yaw(frame: Frame) -> float:
    """
    Return the direction in which a camera looks, against the vehicle [rad].

    :param frame: with attitude; a camera that looks straight down or up looks forward.
    """
    axis = (level_rotation(frame.roll, frame.pitch) @ frame.camera.base_from_camera[:3, 2])[:2]
    return math.atan2(axis[1], axis[0]) if math.hypot(*axis) > 1e-3 else 0.0
