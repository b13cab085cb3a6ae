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

"""Painting of faces into an image with a distance buffer, for any camera model."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.simulation.face import Face

NEAR_M = 0.15
EDGE_STEPS = 6


class FacePainter:
    """
    Paints faces pixel by pixel: the ray of each pixel is cut with the plane of the face.

    :param model: the camera.
    """

    def __init__(self, model: CameraModel):
        """Compute the rays of all pixels once."""
        self._model = model
        height, width = model.shape
        columns, rows = np.meshgrid(np.arange(width), np.arange(height))
        rays = model.rays(np.stack([columns, rows], axis=-1))
        self._camera_rays = np.ascontiguousarray(
            np.moveaxis(rays, -1, 0).reshape(3, -1), dtype=np.float32)
        self._pixels_per_radian = width / _horizontal_angle(rays)

    def rays_in_map(self, map_from_camera: np.ndarray) -> np.ndarray:
        """Return ``(3, H, W)`` float32 unit rays for a camera rotation ``(3, 3)``."""
        rotated = map_from_camera.astype(np.float32) @ self._camera_rays
        return rotated.reshape(3, *self._model.shape)

    def paint(self, faces: list[Face], corners: np.ndarray, position: np.ndarray,
              map_from_camera: np.ndarray, rays: np.ndarray, image: np.ndarray,
              distance: np.ndarray):
        """
        Paint faces in place, the nearest ones winning.

        :param faces: in any order.
        :param corners: ``(N, 4, 3)`` of the faces in ``map`` [m].
        :param position: ``(3,)`` of the camera in ``map`` [m].
        :param map_from_camera: ``(3, 3)`` rotation.
        :param rays: result of :meth:`rays_in_map`.
        :param image: ``(H, W, 3)`` uint8 RGB.
        :param distance: ``(H, W)`` float32 along the rays [m].
        """
        if not faces:
            return
        boxes = image_boxes(self._model, (corners - position) @ map_from_camera)
        nearest = _nearest(corners, position)
        # Near first: what they hide is skipped.
        for k in np.argsort(nearest, kind='stable'):
            face, (left, top, right, bottom), near = faces[k], boxes[k], nearest[k]
            for part in _wrapped(left, right, self._model):
                box = slice(top, bottom), part
                if bottom > top and part.stop > part.start and distance[box].max() > near:
                    self._paint_one(face, position, rays[:, box[0], box[1]], image[box],
                                    distance[box], near)

    def _paint_one(self, face, position, rays, image, distance, near):
        axes = np.stack([face.normal, face.along, face.upward])
        offset = (axes @ (position - face.origin)).astype(np.float32)
        axes = axes.astype(np.float32)
        slant = _combine(axes[0], rays)
        with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
            reach = -offset[0] / slant
            u = offset[1] + reach * _combine(axes[1], rays)
            v = offset[2] + reach * _combine(axes[2], rays)
            inside = (reach > NEAR_M) & (reach < distance) & (v >= 0.0) & (v <= face.height)
            inside &= u >= face.taper_start * v
            inside &= u <= face.length - face.taper_end * v
        if not inside.any():
            return
        texture = face.texture.level_for(face.height / near * self._pixels_per_radian)
        rows, columns = texture.shape[:2]
        u *= columns / face.length
        u -= 0.5
        v *= -rows / face.height
        v += rows - 0.5
        colour = cv2.remap(texture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if texture.shape[2] == 4:
            inside &= colour[..., 3] > 127
            colour = colour[..., :3]
        np.copyto(image, colour, where=inside[..., None])
        np.copyto(distance, reach, where=inside)


def image_boxes(model: CameraModel, corners: np.ndarray) -> np.ndarray:
    """
    Return boxes in the image that hold quadrilaterals.

    :param model: the camera; for other models than pinhole and panorama the box is the image.
    :param corners: ``(N, 4, 3)`` in the optical frame [m].
    :return: ``(N, 4)`` int left, top, right, bottom, the last two exclusive; columns of a full
        panorama may run over its edges, else a box outside the image is empty.
    """
    height, width = model.shape
    if isinstance(model, PinholeCamera):
        columns, rows = _clipped_pixels(model, corners)
    elif isinstance(model, EquirectangularCamera):
        columns, rows = _panorama_pixels(model, corners)
    else:
        return np.tile([0, 0, width, height], (len(corners), 1))
    boxes = np.stack([columns.min(axis=1) - 1.0, rows.min(axis=1) - 1.0,
                      columns.max(axis=1) + 2.0, rows.max(axis=1) + 2.0], axis=-1)
    boxes = np.where(np.isfinite(boxes), boxes, 0.0)
    boxes[:, 1::2] = np.clip(boxes[:, 1::2], 0, height)
    if isinstance(model, PinholeCamera):
        boxes[:, ::2] = np.clip(boxes[:, ::2], 0, width)
    return boxes.astype(int)


def _clipped_pixels(model, corners):
    """Cut the part nearer than the near plane off and project the rest; inf where none is left."""
    following = np.roll(corners, -1, axis=1)
    ends = []
    for start, end in ((corners, following), (following, corners)):
        behind = start[..., 2] < NEAR_M
        step = end[..., 2] - start[..., 2]
        part = (NEAR_M - start[..., 2]) / np.where(np.abs(step) < 1e-9, 1e-9, step)
        cut = start + np.clip(part, 0.0, 1.0)[..., None] * (end - start)
        cut[..., 2] = NEAR_M
        ends.append(np.where(behind[..., None], cut, start))
    points = np.concatenate(ends, axis=1)
    pixels = model.project(points)[0]
    gone = (corners[..., 2] < NEAR_M).all(axis=1)
    pixels[gone] = np.inf
    limit = 4.0 * max(model.shape)
    pixels = np.where(np.isfinite(pixels), np.clip(pixels, -limit, limit), pixels)
    return pixels[..., 0], pixels[..., 1]


def _panorama_pixels(model, corners):
    """Follow the edges, unwrapped around the direction of the first corner."""
    parts = np.linspace(0.0, 1.0, EDGE_STEPS, endpoint=False)[:, None, None, None]
    points = corners + parts * (np.roll(corners, -1, axis=1) - corners)
    points = np.moveaxis(points, 0, 1).reshape(len(corners), -1, 3)
    pixels = model.project(points)[0]
    columns = pixels[..., 0]
    turn = 2.0 * np.pi * model.columns_per_radian
    columns = columns - turn * np.round((columns - columns[:, :1]) / turn)
    margin = 0.02 * (pixels[..., 1].max(axis=1) - pixels[..., 1].min(axis=1))[:, None]
    rows = np.concatenate([pixels[..., 1] - margin, pixels[..., 1] + margin], axis=1)
    return columns, rows


def _wrapped(left, right, model):
    """Return the column slices of a box, two or more where it runs over a panorama's edge."""
    width = model.shape[1]
    if not isinstance(model, EquirectangularCamera):
        return (slice(max(left, 0), min(right, width)),)
    turn = int(round(2.0 * np.pi * model.columns_per_radian))
    shifted = ((left + shift, right + shift) for shift in (-turn, 0, turn))
    return tuple(slice(max(low, 0), min(high, width)) for low, high in shifted
                 if high > 0 and low < width)


def _nearest(corners, position):
    """Return a lower bound of the distance of each face: that of its corners less its size."""
    gaps = np.linalg.norm(corners - position, axis=-1).min(axis=1)
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=-1).max(axis=1)
    return np.maximum(np.sqrt(np.maximum(gaps ** 2 - (0.5 * sides) ** 2, 0.0)), 0.3)


def _combine(vector, rays):
    result = rays[0] * vector[0]
    result += rays[1] * vector[1]
    result += rays[2] * vector[2]
    return result


def _horizontal_angle(rays):
    """Return the angle that the middle row spans, added up between neighbours [rad]."""
    row = rays[rays.shape[0] // 2]
    cosines = np.clip((row[1:] * row[:-1]).sum(axis=-1), -1.0, 1.0)
    return float(np.arccos(cosines).sum())
