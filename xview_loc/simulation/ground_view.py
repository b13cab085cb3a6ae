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

"""The level ground as a camera sees it, exact in place and without aliasing."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.patch_geometry import PatchGeometry

LEVELS = 5
MOST_SUBROWS = 8
HORIZON_MARGIN = 0.06
FAR_M = 260.0
GRAZING = 0.0045


@dataclass(frozen=True)
class _Band:
    """
    Image rows that are sampled alike.

    :param start: first image row.
    :param stop: row after the last.
    :param subrows: samples for each image row.
    :param level: of the pyramid.
    :param rays: ``(3, rows * subrows * W)`` float32 in the optical frame.
    """

    start: int
    stop: int
    subrows: int
    level: int
    rays: np.ndarray


class GroundView:
    """
    Renders level ground by following the ray of each pixel to it.

    A pixel far away covers centimetres across and metres along the view; each is averaged over
    up to eight samples along the view from a level of the pyramid that fits.

    :param ground: ``(H, W, 3)`` uint8 RGB.
    :param geometry: its place; not rotated.
    :param camera: the camera; its height and nominal attitude fix the sampling.
    :param beyond: RGB of the ground outside the raster.
    """

    def __init__(self, ground: np.ndarray, geometry: PatchGeometry, camera: MountedCamera,
                 beyond: tuple[int, int, int]):
        """Build the pyramid and the sampling."""
        self._pyramid = _pyramid(ground)
        self._cell = geometry.metres_per_pixel
        west, north = geometry.map_from_pixel(0.0, 0.0)
        self._west, self._north = float(west), float(north)
        self._beyond = beyond
        self._width = camera.model.shape[1]
        self._bands = _bands(camera, self._cell)

    def render(self, position: np.ndarray, map_from_camera: np.ndarray, image: np.ndarray):
        """
        Draw the ground in place; rows above the horizon receive no meaningful pixels.

        :param position: ``(3,)`` of the camera in ``map``, z above the ground [m].
        :param map_from_camera: ``(3, 3)`` rotation.
        :param image: ``(H, W, 3)`` uint8 RGB.
        """
        for band in self._bands:
            image[band.start:band.stop] = self._band_image(band, position, map_from_camera)

    def _band_image(self, band, position, map_from_camera):
        cell = self._cell * 2 ** band.level
        raster = self._pyramid[band.level]
        origin = ((position[0] - self._west) / cell - 0.5,
                  (self._north - position[1]) / cell - 0.5)
        reach = int(np.ceil(FAR_M / cell))
        left = max(int(origin[0]) - reach, 0)
        top = max(int(origin[1]) - reach, 0)
        window = raster[top:max(int(origin[1]) + reach, 0), left:max(int(origin[0]) + reach, 0)]
        rows = (band.stop - band.start) * band.subrows
        if window.size == 0:
            return np.full((band.stop - band.start, self._width, 3), self._beyond, np.uint8)
        scale = position[2] / cell
        matrix = np.stack([scale * map_from_camera[0], -scale * map_from_camera[1],
                           -map_from_camera[2]]).astype(np.float32)
        columns, lines, down = matrix @ band.rays
        np.maximum(down, np.float32(position[2] / FAR_M / 4.0), out=down)
        columns /= down
        lines /= down
        columns += np.float32(origin[0] - left)
        lines += np.float32(origin[1] - top)
        sampled = cv2.remap(window, columns.reshape(rows, -1), lines.reshape(rows, -1),
                            cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
                            borderValue=self._beyond)
        if band.subrows == 1:
            return sampled
        return cv2.resize(sampled, (self._width, band.stop - band.start),
                          interpolation=cv2.INTER_AREA)


def _pyramid(ground):
    """Return the raster halved again and again, padded so that all levels share one corner."""
    unit = 2 ** (LEVELS - 1)
    padding = [(0, -size % unit) for size in ground.shape[:2]] + [(0, 0)]
    levels = [np.pad(ground, padding, mode='edge') if any(p[1] for p in padding) else ground]
    for _ in range(LEVELS - 1):
        last = levels[-1]
        levels.append(cv2.resize(last, (last.shape[1] // 2, last.shape[0] // 2),
                                 interpolation=cv2.INTER_AREA))
    return levels


def _bands(camera, cell):
    """Group the rows that may see the ground by what a pixel of theirs covers on it."""
    height, width = camera.model.shape
    rotation = camera.base_from_camera[:3, :3]

    def ranges(rows):
        pixels = np.stack([np.full(len(rows), 0.5 * width - 0.5), rows], axis=-1)
        down = -(camera.model.rays(pixels) @ rotation.T)[:, 2]
        return down, camera.height / np.tan(np.arcsin(np.clip(down, GRAZING, 1.0)))

    rows = np.arange(height)
    down, distance = ranges(rows)
    extent = np.abs(ranges(rows - 0.5)[1] - ranges(rows + 0.5)[1])
    across = distance * 2.0 * np.tan(0.5 / _columns_per_radian(camera.model))
    wanted = np.ceil(extent / np.maximum(2.0 * across, cell))
    subrows = 2 ** np.ceil(np.log2(np.clip(wanted, 1, MOST_SUBROWS))).astype(int)
    fine = np.maximum(extent / subrows, across) / cell
    levels = np.clip(np.floor(np.log2(np.maximum(fine, 1.0)) + 0.25), 0, LEVELS - 1).astype(int)
    seen = np.flatnonzero(down > -HORIZON_MARGIN)
    bands = []
    start = seen[0] if len(seen) else height
    for row in range(start, height):
        last = row + 1 == height
        if last or (subrows[row + 1], levels[row + 1]) != (subrows[row], levels[row]):
            bands.append(_Band(start, row + 1, int(subrows[row]), int(levels[row]),
                               _band_rays(camera.model, start, row + 1, int(subrows[row]))))
            start = row + 1
    return bands


def _band_rays(model, start, stop, subrows):
    offsets = (np.arange(subrows) + 0.5) / subrows - 0.5
    rows = (np.arange(start, stop)[:, None] + offsets).ravel()
    columns, rows = np.meshgrid(np.arange(model.shape[1]), rows)
    rays = model.rays(np.stack([columns, rows], axis=-1))
    return np.ascontiguousarray(np.moveaxis(rays, -1, 0).reshape(3, -1), dtype=np.float32)


def _columns_per_radian(model):
    height, width = model.shape
    middle = model.rays(np.array([[0.5 * width - 1.0, 0.5 * height - 0.5],
                                  [0.5 * width, 0.5 * height - 0.5]]))
    return 1.0 / float(np.arccos(np.clip(middle[0] @ middle[1], -1.0, 1.0)))
