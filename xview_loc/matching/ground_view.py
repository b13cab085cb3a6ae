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

"""What a network sees of the ground: its input, made from a frame window."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math
from typing import NamedTuple

import cv2
import numpy as np

from xview_loc.arrays import frozen
from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.camera.image_shrinking import shrink_to_resolution
from xview_loc.camera.level_view import axis_yaw, level_view
from xview_loc.camera.panorama_composition import compose_panorama
from xview_loc.errors import MatchingError
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.matching.model_records import GroundInput
from xview_loc.matching.network_camera import FOV_TOLERANCE, panorama_camera, pinhole_camera

# Cameras of one vehicle that are not triggered together are at most this far apart.
INSTANT_S = 0.2
LEAST_CONTRAST = 3.0
SMOOTHING_PX = 5


class AlignedViews(NamedTuple):
    """
    One panorama turned to several headings.

    :param images: ``(K, H, W, 3)`` uint8, north in the centre column if the vehicle's yaw is the
        one of the same index.
    :param yaws: ``(K,)`` float64 yaws of ``base_link`` that the turns stand for exactly [rad].
    """

    images: np.ndarray
    yaws: np.ndarray


@dataclass(frozen=True)
class GroundView:
    """
    A level view from the vehicle as a network takes it.

    :param frame: image and camera. A panorama spans a full turn, whatever part of it the network
        takes, and its centre column looks along the vehicle's forward direction.
    :param valid: ``(H, F)`` bool, False where no camera looked; those pixels are black; read-only.
    :param columns: columns of the network's input, the middle ones of the image.
    """

    frame: Frame
    valid: np.ndarray
    columns: int

    def __post_init__(self) -> None:
        """Make the mask read-only."""
        object.__setattr__(self, 'valid', frozen(self.valid, bool))

    @property
    def image(self) -> np.ndarray:
        """Return ``(H, W, 3)`` uint8, the network's input, facing as the vehicle does."""
        start = (self.frame.image.shape[1] - self.columns) // 2
        return np.ascontiguousarray(self.frame.image[:, start:start + self.columns])

    @property
    def position(self) -> tuple[float, float]:
        """Return where the camera is, forward and left of ``base_link`` [m]."""
        x, y = self.frame.camera.base_from_camera[:2, 3]
        return float(x), float(y)

    @property
    def yaw(self) -> float:
        """Return where the centre column looks, against the vehicle, counter-clockwise [rad]."""
        return axis_yaw(self.frame)

    @property
    def intrinsics(self) -> np.ndarray:
        """
        Return ``(4,)`` float32 fx, fy, cx, cy of a pinhole view, from the image's edges [px].

        :raises MatchingError: when the view is a panorama.
        """
        model = self.frame.camera.model
        if not isinstance(model, PinholeCamera):
            raise MatchingError('A panorama has no pinhole intrinsics.')
        return np.array([model.fx, model.fy, model.cx + 0.5, model.cy + 0.5], np.float32)

    @property
    def contrast(self) -> float:
        """
        Return the standard deviation of the brightness of what is seen, without pixel noise.

        In 8-bit levels: street scenes have 20 to 70, a black image with sensor noise below 1.
        """
        mask = self.valid.astype(np.float32)
        window = (SMOOTHING_PX, SMOOTHING_PX)
        grey = cv2.blur(cv2.cvtColor(self.frame.image, cv2.COLOR_RGB2GRAY) * mask, window)
        seen = (grey / np.maximum(cv2.blur(mask, window), 1e-6))[self.valid]
        return float(seen.std()) if seen.size else 0.0

    @property
    def is_blank(self) -> bool:
        """Tell whether there is nothing to compare: no camera looks, or all is one colour."""
        return self.contrast < LEAST_CONTRAST

    def aligned(self, yaws: np.ndarray) -> AlignedViews:
        """
        Return the panorama as it would be with north in the centre column, for several yaws.

        Turning is rolling by whole columns; the yaws that come back are those exactly meant, at
        most half a column from those asked for (0.28 degrees at 640 columns).

        :param yaws: ``(K,)`` yaws of ``base_link`` to suppose [rad].
        :raises MatchingError: when the view is no panorama.
        """
        model = self.frame.camera.model
        if not isinstance(model, EquirectangularCamera):
            raise MatchingError('Only a panorama can be turned to a heading.')
        per_radian = model.columns_per_radian
        heading = 0.5 * math.pi - np.asarray(yaws, np.float64)
        shifts = np.rint(heading * per_radian).astype(int)
        start = (model.width - self.columns) // 2
        source = (start + np.arange(self.columns) - shifts[:, None]) % model.width
        images = np.ascontiguousarray(self.frame.image[:, source].swapaxes(0, 1))
        return AlignedViews(images, 0.5 * math.pi - shifts / per_radian)


def ground_view(window: FrameWindow, ground: GroundInput) -> GroundView:
    """
    Make the input of a network from the newest images of a window.

    Panoramas are composed from all cameras of the newest instant, levelled, black where nothing
    looks. A pinhole view is taken from the camera that looks ahead most nearly, levelled. Where
    the network states its upper and lower edge it is cut out exactly. Where it does not, it is the
    whole image of a pinhole camera whose horizontal field of view is within 5 percent of the
    network's, and out of any other image a view of exactly that width and of square pixels.

    :param window: the newest instant is used.
    :param ground: what the network takes.
    :raises MatchingError: when no camera sees the field of view of a pinhole network.
    """
    frames = newest_instant(window)
    if ground.projection == 'equirectangular':
        camera = panorama_camera(ground)
        small = [_shrunk(frame, camera) for frame in frames]
        panorama = compose_panorama(small, camera, tolerance_s=INSTANT_S)
        return GroundView(panorama.frame, panorama.valid, ground.shape[1])
    return pinhole_view(min(frames, key=lambda frame: abs(_facing(frame))), ground)


def newest_instant(window: FrameWindow) -> list[Frame]:
    """
    Return the newest image of every camera, at most 0.2 s older than the window.

    :param window: of one camera or several.
    """
    chosen: list[Frame] = []
    for frame in window.frames:
        known = any(np.array_equal(frame.camera.base_from_camera, other.camera.base_from_camera)
                    for other in chosen)
        if window.stamp - frame.stamp <= INSTANT_S and not known:
            chosen.append(frame)
    return chosen


def pinhole_view(frame: Frame, ground: GroundInput) -> GroundView:
    """
    Make the input of a pinhole network from one image, see :func:`ground_view`.

    :param frame: the image.
    :param ground: of a pinhole network.
    :raises MatchingError: when the camera sees too little of the field of view.
    """
    view = level_view(frame, pinhole_camera(frame.camera.model, ground), _facing(frame))
    seen = float(view.valid[_horizon_row(view.frame)].mean())
    if seen < 1.0 - 2.0 * FOV_TOLERANCE:
        raise MatchingError(
            f'The camera sees {100.0 * seen:.0f} percent of the {ground.horizontal_fov_deg:g} '
            'degrees that the network looks at; it must see at least '
            f'{100.0 * (1.0 - 2.0 * FOV_TOLERANCE):.0f} percent: use a wider camera or another '
            'model.')
    return GroundView(view.frame, view.valid, ground.shape[1])


def _shrunk(frame: Frame, camera: CameraModel) -> Frame:
    image, model = shrink_to_resolution(frame.image, frame.camera.model, camera)
    return replace(frame, image=image, camera=replace(frame.camera, model=model))


def _facing(frame: Frame) -> float:
    """Return where to look: ahead with a camera of a full turn, else where the camera does."""
    model = frame.camera.model
    whole = isinstance(model, EquirectangularCamera) and model.horizontal_fov > 2.0 * math.pi - .01
    return 0.0 if whole else axis_yaw(frame)


def _horizon_row(frame: Frame) -> int:
    """Return the row of the horizon, or the nearest there is."""
    model = frame.camera.model
    (_, row), _ = model.project(np.array([0.0, 0.0, 1.0]))
    return int(np.clip(round(float(row)), 0, model.shape[0] - 1))
