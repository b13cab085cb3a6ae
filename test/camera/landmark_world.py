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

"""One bright thing in a dark world, seen by any camera."""

import math

import numpy as np

from xview_loc.camera.frame_window import Frame
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import level_rotation, MountedCamera


def bearing(left_deg: float, up_deg: float = 0.0) -> np.ndarray:
    """Return the unit vector of a direction in the levelled vehicle frame."""
    left, up = math.radians(left_deg), math.radians(up_deg)
    return np.array([math.cos(up) * math.cos(left), math.cos(up) * math.sin(left), math.sin(up)])


def landmark_frame(model: CameraModel, towards: np.ndarray, *, width_deg=1.5, stamp=0.0,
                   roll=0.0, pitch=0.0, x=0.0, y=0.0, z=1.65, tilt=0.0, yaw=0.0) -> Frame:
    """Return the image of a bright blob infinitely far away."""
    mounting = camera_mounting(x, y, z, pitch=tilt, yaw=yaw)
    rows, columns = np.mgrid[0:model.shape[0], 0:model.shape[1]]
    rays = model.rays(np.stack([columns, rows], axis=-1).astype(float))
    level = rays @ (level_rotation(roll, pitch) @ mounting[:3, :3]).T
    angle = np.arccos(np.clip(level @ towards, -1.0, 1.0))
    bright = 40.0 + 200.0 * np.exp(-0.5 * np.square(angle / math.radians(width_deg)))
    image = np.rint(np.nan_to_num(bright))[..., None].repeat(3, axis=-1).astype(np.uint8)
    return Frame(image, stamp, MountedCamera(model, mounting), roll, pitch)


def blob(image: np.ndarray) -> np.ndarray:
    """Return the column and row of the middle of the bright blob, integer pixel centres."""
    weight = np.clip(image[..., 0].astype(float) - 100.0, 0.0, None)
    rows, columns = np.mgrid[0:image.shape[0], 0:image.shape[1]]
    return np.array([(columns * weight).sum(), (rows * weight).sum()]) / weight.sum()
