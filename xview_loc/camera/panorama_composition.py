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

"""One levelled panorama from the cameras of a vehicle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from xview_loc.arrays import frozen
from xview_loc.camera.frame_window import Frame
from xview_loc.errors import CameraError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import BODY_FROM_OPTICAL, rigid_transform
from xview_loc.geometry.mounted_camera import level_rotation, MountedCamera

FEATHER_PX = 16.0


@dataclass(frozen=True)
class Panorama:
    """
    A composed panorama.

    :param frame: the image with its camera: levelled, its centre column looks along the vehicle's
        forward direction.
    :param valid: ``(H, W)`` bool, False where no camera looks; those pixels are black; read-only.
    """

    frame: Frame
    valid: np.ndarray

    def __post_init__(self):
        """Make the mask read-only."""
        object.__setattr__(self, 'valid', frozen(self.valid, bool))


def compose_panorama(frames: Sequence[Frame], camera: EquirectangularCamera, *,
                     distance_m: float = 20.0, tolerance_s: float = 0.05) -> Panorama:
    """
    Compose images of one instant into a panorama around the middle of their cameras.

    The world is taken as flat ground up to ``distance_m`` and a distant wall behind it. Ground is
    placed exactly; a thing that stands at distance d is off by ``b |1/d - 1/distance_m|`` rad,
    with b the way from its camera to the middle (b = 1 m, d = 10 m: 2.9 degrees). Where several
    cameras look, their colours fade into each other over 16 pixels from their edges.

    :param frames: at least one image of one vehicle; where their stamps differ a little,
        ``window_from_base`` says where the vehicle was.
    :param camera: size and field of view of the panorama.
    :param distance_m: where the distant wall stands [m].
    :param tolerance_s: most that the stamps may differ [s].
    :return: the panorama at the newest stamp of the frames.
    :raises CameraError: when there is no frame, or the frames are of different instants.
    """
    if not frames:
        raise CameraError('A panorama needs at least one frame; got none.')
    stamps = sorted({frame.stamp for frame in frames})
    if stamps[-1] - stamps[0] > tolerance_s:
        raise CameraError(
            f'A panorama needs frames of one instant, at most {tolerance_s} s apart; got stamps '
            f'{stamps}.')
    centre = np.mean([_position(frame) for frame in frames], axis=0)
    base_height = frames[0].camera.base_height
    points = _world(camera, centre, base_height, distance_m)
    total = np.zeros((*camera.shape, 3), np.float32)
    weights = np.zeros(camera.shape, np.float32)
    for frame in frames:
        colours, weight = _seen_by(frame, points)
        total += weight[..., None] * colours
        weights += weight
    valid = weights > 0.0
    image = np.rint(total / np.where(valid, weights, 1.0)[..., None]).astype(np.uint8)
    mounted = MountedCamera(camera, rigid_transform(centre, BODY_FROM_OPTICAL), base_height)
    return Panorama(Frame(image, stamps[-1], mounted), valid)


def _position(frame: Frame) -> np.ndarray:
    """Return where a camera is in the levelled vehicle frame of the newest stamp."""
    place = level_rotation(frame.roll, frame.pitch) @ frame.camera.base_from_camera[:3, 3]
    return np.append(frame.window_from_base.transform(place[:2]), place[2])


def _world(camera: EquirectangularCamera, centre: np.ndarray, base_height: float,
           distance_m: float) -> np.ndarray:
    """Return ``(H, W, 3)`` what each pixel looks at, in the levelled vehicle frame."""
    rows, columns = np.mgrid[0:camera.height, 0:camera.width]
    rays = camera.rays(np.stack([columns, rows], axis=-1)) @ BODY_FROM_OPTICAL.T
    height = centre[2] + base_height
    with np.errstate(divide='ignore'):
        to_ground = np.where(rays[..., 2] < 0.0, -height / rays[..., 2], np.inf)
    return centre + rays * np.minimum(to_ground, distance_m)[..., None]


def _seen_by(frame: Frame, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the colours that a camera sees at points, and how far each is from its edges."""
    mounting = frame.camera.base_from_camera
    base_from_level = level_rotation(frame.roll, frame.pitch).T
    own = frame.window_from_base.inverse().transform(points[..., :2])
    points = np.concatenate([own, points[..., 2:]], axis=-1)
    in_camera = (points @ base_from_level.T - mounting[:3, 3]) @ mounting[:3, :3]
    pixels, inside = frame.camera.model.project(in_camera)
    height, width = frame.camera.model.shape
    pixels = np.where(inside[..., None], pixels, -1.0)
    column, row = (pixels[..., axis].astype(np.float32) for axis in (0, 1))
    colours = cv2.remap(frame.image, column, row, cv2.INTER_LINEAR,
                        borderMode=cv2.BORDER_REPLICATE)
    edge = np.minimum.reduce([column + 0.5, row + 0.5, width - 0.5 - column, height - 0.5 - row])
    weight = np.clip(edge / FEATHER_PX, 1e-3, 1.0)
    return colours.astype(np.float32), np.where(inside, weight, 0.0).astype(np.float32)
