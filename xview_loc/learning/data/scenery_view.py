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
What a camera on the ground sees of a scenery: one column of the panorama after the other.

Each column of a panorama is one ray over the ground. Along it, colours and heights are sampled at
distances that grow by two per cent; what stands hides all that lies behind and below its top, and
its side has the colour of its top, as unprojection would smear it.
"""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.learning.data.pseudo_heights import Scenery

NEAREST_M, FARTHEST_M = 0.8, 48.0
STEPS = 208
# Blur of the orthophoto [px] and the footprint of an image pixel [px] from which it is used.
LEVELS = ((0.0, 0.0), (0.9, 2.0), (2.0, 4.5))


def view_panorama(scenery: Scenery, camera: EquirectangularCamera, place: tuple[float, float],
                  heading: float, height_m: float, sky: tuple[int, int, int]) -> np.ndarray:
    """
    Render a panorama.

    Colours between two steps are interpolated in the row, which differs from the true distance by
    at most 0.0002 of it on flat ground beyond a camera height; nothing is seen nearer than 0.8 m
    or farther than 48 m.

    :param scenery: what there is to see.
    :param camera: of the panorama; its optical axis points to the heading.
    :param place: continuous row and column of the camera in the scenery.
    :param heading: of the centre column, clockwise from the scenery's top [rad].
    :param height_m: of the camera above the ground [m].
    :param sky: RGB of what is beyond everything.
    :return: ``(H, W, 3)`` uint8 RGB.
    """
    return view_with_ground(scenery, camera, place, heading, height_m, sky)[0]


def view_with_ground(
        scenery: Scenery, camera: EquirectangularCamera, place: tuple[float, float],
        heading: float, height_m: float, sky: tuple[int, int, int]) \
        -> tuple[np.ndarray, np.ndarray]:
    """
    Render a panorama, and tell which of its pixels show the ground.

    :return: as of :func:`view_panorama`, and ``(H, W)`` bool: not the sky, nor what stands.
    """
    distances = np.geomspace(NEAREST_M, FARTHEST_M, STEPS).astype(np.float32)
    columns = np.arange(camera.width, dtype=np.float32)
    azimuth = heading + (columns - (0.5 * camera.width - 0.5)) / camera.columns_per_radian
    reach = distances[:, None] / scenery.metres_per_pixel
    rows = place[0] - 0.5 - reach * np.cos(azimuth)[None, :].astype(np.float32)
    cells = place[1] - 0.5 + reach * np.sin(azimuth)[None, :].astype(np.float32)
    colours = _sampled_colours(scenery, cells, rows, distances, camera, sky)
    heights = cv2.remap(scenery.heights, cells, rows, cv2.INTER_NEAREST)
    tops = _image_rows(camera, height_m - heights, distances[:, None])
    skyline = np.minimum.accumulate(tops, axis=0)
    return _painted(colours, heights, skyline, camera.height, sky)


def view_through(model: CameraModel, panorama: np.ndarray,
                 camera: EquirectangularCamera) -> np.ndarray:
    """
    Return what a level camera of another kind sees of a panorama with the same axis.

    :param model: the camera.
    :param panorama: ``(H, W, 3)`` or ``(H, W)`` uint8 over a full turn.
    :param camera: of the panorama.
    """
    height, width = model.shape
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    found, _ = camera.project(model.rays(pixels.astype(np.float64)))
    across = found[..., 0].astype(np.float32) % camera.width
    return cv2.remap(np.hstack([panorama, panorama[:, :2]]), across,
                     found[..., 1].astype(np.float32), cv2.INTER_LINEAR,
                     borderMode=cv2.BORDER_REPLICATE)


def _sampled_colours(scenery: Scenery, cells: np.ndarray, rows: np.ndarray,
                     distances: np.ndarray, camera: EquirectangularCamera,
                     sky: tuple[int, int, int]) -> np.ndarray:
    """Return ``(STEPS, W, 3)`` colours along the rays, blurred to the footprint of a pixel."""
    footprint = distances / camera.columns_per_radian / scenery.metres_per_pixel
    colours = np.empty((*cells.shape, 3), np.uint8)
    for number, (sigma, smallest) in enumerate(LEVELS):
        largest = LEVELS[number + 1][1] if number + 1 < len(LEVELS) else np.inf
        part = (footprint >= smallest) & (footprint < largest)
        if part.any():
            image = cv2.GaussianBlur(scenery.colours, (0, 0), sigma) if sigma else scenery.colours
            colours[part] = cv2.remap(image, cells[part], rows[part], cv2.INTER_LINEAR,
                                      borderMode=cv2.BORDER_CONSTANT, borderValue=sky)
    return colours


def _image_rows(camera: EquirectangularCamera, below_m: np.ndarray,
                distances: np.ndarray) -> np.ndarray:
    """Return the image rows of points so far below the camera."""
    scale = float(camera.rows_per_radian or camera.columns_per_radian)
    return (np.arctan2(below_m, distances) * scale
            + float(camera.horizon_row or 0.0)).astype(np.float32)


def _painted(colours: np.ndarray, heights: np.ndarray, skyline: np.ndarray, height: int,
             sky: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Fill the image: for each pixel the first step whose top reaches it; tell the ground."""
    steps, width = skyline.shape
    first = _first_steps(skyline, height)
    column = np.broadcast_to(np.arange(width), first.shape)
    hit = np.minimum(first, steps - 1)
    before = np.maximum(hit - 1, 0)
    upper, lower = skyline[hit, column], skyline[before, column]
    row = np.arange(height, dtype=np.float32)[:, None]
    part = np.clip((lower - row) / np.maximum(lower - upper, 1e-3), 0.0, 1.0)
    stands = heights[hit, column] > 0.3
    part = np.where(stands, 1.0, part)[..., None]
    image = colours[before, column] * (1.0 - part) + colours[hit, column] * part
    image[first == steps] = sky
    image = np.clip(image + 0.5, 0.0, 255.0).astype(np.uint8)
    return image, ~stands & (first < steps)


def _first_steps(skyline: np.ndarray, height: int) -> np.ndarray:
    """Return ``(H, W)`` the first step at or above each row; the number of steps for the sky."""
    steps, width = skyline.shape
    bound = np.clip(np.ceil(skyline), 0, height).astype(np.int64)
    flat = bound + (height + 1) * np.arange(width)[None, :]
    counts = np.bincount(flat.ravel(), minlength=width * (height + 1))
    reached = np.cumsum(counts.reshape(width, height + 1), axis=1)[:, :height]
    return steps - reached.T
