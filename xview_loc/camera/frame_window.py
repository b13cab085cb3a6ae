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

"""What a matcher sees of the ground: one frame or a window of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import CameraError
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pose2 import Pose2


@dataclass(frozen=True)
class Frame:
    """
    One camera image with everything needed to place its pixels on the ground.

    :param image: ``(H, W, 3)`` uint8 RGB; read-only.
    :param stamp: acquisition time [s].
    :param camera: the camera model at this image's size and where it sits on the vehicle.
    :param roll: roll of ``base_link`` against the level ground, REP-103 sense [rad].
    :param pitch: pitch of ``base_link``, positive nose down (REP-103) [rad].
    :param window_from_base: pose of ``base_link`` at ``stamp`` in ``base_link`` at the stamp of
        the window's newest frame.
    """

    image: np.ndarray
    stamp: float
    camera: MountedCamera
    roll: float = 0.0
    pitch: float = 0.0
    window_from_base: Pose2 = Pose2(0.0, 0.0, 0.0)

    def __post_init__(self):
        """Check the image and make it read-only."""
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise CameraError(
                'A frame must be uint8 RGB of shape (H, W, 3); '
                f'got {self.image.dtype} of shape {self.image.shape}.')
        if self.image.shape[:2] != self.camera.model.shape:
            raise CameraError(
                f'The image has {self.image.shape[:2]} rows and columns but its camera model '
                f'describes {self.camera.model.shape}; scale the model to the image.')
        object.__setattr__(self, 'image', frozen(self.image))


@dataclass(frozen=True)
class FrameWindow:
    """
    Frames newest first; the window's stamp and pose are those of the newest frame.

    Several cameras of one vehicle are several frames with the same stamp.

    :param frames: at least one frame, stamps not increasing.
    :raises CameraError: when empty or out of order.
    """

    frames: tuple[Frame, ...]

    def __post_init__(self):
        """Check the order."""
        if not self.frames:
            raise CameraError('A frame window is empty; it needs at least one frame.')
        stamps = [frame.stamp for frame in self.frames]
        if any(later < earlier for later, earlier in zip(stamps, stamps[1:])):
            raise CameraError(f'Frames must be newest first; got stamps {stamps}.')

    @property
    def stamp(self) -> float:
        """Return the reference time: the stamp of the newest frame [s]."""
        return self.frames[0].stamp

    @property
    def newest(self) -> Frame:
        """Return the newest frame."""
        return self.frames[0]
