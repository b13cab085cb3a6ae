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

"""The level ground as it looks on a given day."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.simulation.appearance import Appearance, Era
from xview_loc.simulation.city import City
from xview_loc.simulation.map_drawing import fill_circle, fill_polygon, stroke
from xview_loc.simulation.noise_texture import fractal_noise, smooth_noise
from xview_loc.simulation.shadows import shadow_mask
from xview_loc.simulation.surface import Surface

ERA_STREAM = {Era.PHOTO: 11, Era.DRIVE: 12}
GRAIN = {
    Surface.LAWN: 0.10, Surface.MEADOW: 0.14, Surface.PAVING: 0.07, Surface.GRAVEL: 0.10,
    Surface.SOIL: 0.16, Surface.CROP: 0.18, Surface.STUBBLE: 0.16, Surface.ASPHALT: 0.065,
    Surface.KERB: 0.05, Surface.SIDEWALK: 0.07, Surface.HEDGE: 0.30,
    Surface.DRIVEWAY: 0.08}


def paint_ground(city: City, appearance: Appearance) -> np.ndarray:
    """
    Paint the ground with its shadows, without what stands on it.

    :param city: what exists.
    :param appearance: the day.
    :return: ``(H, W, 3)`` uint8 RGB, placed by ``city.geometry``.
    """
    shared = np.random.default_rng([city.seed, 10])
    own = np.random.default_rng([city.seed, ERA_STREAM[appearance.era]])
    image = _albedo(city, appearance, shared, own)
    _road_details(image, city, appearance, shared)
    _paint_markings(image, city, appearance, own)
    cars = city.photo_cars if appearance.era is Era.PHOTO else city.drive_cars
    shadow = shadow_mask(city.geometry, appearance.shadow_per_metre, city.buildings, city.trees,
                         cars)
    return _lit(image, shadow, appearance)


def _albedo(city, appearance, shared, own):
    """Colour the materials, with grain that is partly the same on every day."""
    labels = city.surface.labels
    cell = city.geometry.metres_per_pixel
    lumps = fractal_noise(shared, labels.shape, (2.5 / cell, 9.0 / cell, 0.5 / cell))
    lumps += 0.5 * fractal_noise(own, labels.shape, (1.2 / cell, 0.35 / cell))
    lumps += 0.4 * smooth_noise(own, labels.shape, 1.0)
    strength = np.array([GRAIN[kind] for kind in Surface], np.float32)
    lumps *= strength[labels]
    lumps += 1.0
    _add_rows(lumps, city, shared)
    palette = np.array([appearance.colours[kind] for kind in Surface], np.uint8)
    image = palette[labels]
    return cv2.multiply(image, cv2.merge([lumps] * 3), dtype=cv2.CV_8U)


def _add_rows(lumps, city, rng):
    """Add the joints of pavements and the rows of fields."""
    labels = city.surface.labels
    cell = np.float32(city.geometry.metres_per_pixel)
    yaws = rng.uniform(0.0, np.pi, 3)
    for kind, yaw, period, depth in (
            (Surface.SIDEWALK, yaws[0], 1.2, 0.05), (Surface.CROP, yaws[1], 1.5, 0.09),
            (Surface.STUBBLE, yaws[2], 2.4, 0.09)):
        rows, columns = np.nonzero(labels == kind)
        wave = np.float32(np.cos(yaw)) * columns.astype(np.float32)
        wave += np.float32(np.sin(yaw)) * rows.astype(np.float32)
        wave *= cell * np.float32(2.0 * np.pi / period)
        lumps[rows, columns] += np.float32(depth) * np.sin(wave)


def _road_details(image, city, appearance, shared):
    """Draw wheel tracks, repairs, cracks and manholes."""
    geometry = city.geometry
    tracks = np.full(geometry.shape, 128, np.uint8)
    for road in city.layout.roads:
        lanes = range(2 * road.lanes) if not road.one_way else range(road.lanes)
        for lane in lanes:
            middle = -road.lanes_half_width + (lane + 0.5) * road.lane_width
            for wheel in (-0.8, 0.8):
                stroke(tracks, geometry, road.centre.offset(middle + wheel).points, 0.5, 116)
            stroke(tracks, geometry, road.centre.offset(middle).points, 0.4, 134)
    asphalt = city.surface.labels == Surface.ASPHALT
    tracks = cv2.GaussianBlur(tracks, (0, 0), 0.2 / geometry.metres_per_pixel)
    tracks = np.where(asphalt, tracks, np.uint8(128))
    cv2.multiply(image, cv2.merge([tracks] * 3), dst=image, scale=1.0 / 128.0)
    patches = city.photo_patches if appearance.era is Era.PHOTO else city.drive_patches
    shades = np.random.default_rng([city.seed, 13]).uniform(-22.0, 16.0, len(city.drive_patches))
    known = {id(patch): shade for patch, shade in zip(city.drive_patches, shades)}
    for patch in patches:
        grey = int(np.mean(appearance.colours[Surface.ASPHALT]) + known[id(patch)])
        fill_polygon(image, geometry, patch, (grey, grey, grey + 2))
    _cracks_and_manholes(image, city, shared)


def _cracks_and_manholes(image, city, rng):
    for road in city.layout.roads:
        for station in rng.uniform(0.0, road.centre.length, int(road.centre.length / 18.0)):
            point, yaw = road.centre.at(station), float(road.centre.yaw_at(station))
            normal = np.array([-np.sin(yaw), np.cos(yaw)])
            middle = point + rng.uniform(-0.9, 0.9) * road.half_width * normal
            if rng.random() < 0.35 and not road.one_way:
                fill_circle(image, city.geometry, *middle, 0.35, (66, 64, 64))
            else:
                steps = rng.normal(0.0, 0.5, (8, 2)) + rng.choice([-0.7, 0.7], 2)
                stroke(image, city.geometry, middle + np.cumsum(steps, axis=0),
                       city.geometry.metres_per_pixel, (74, 73, 74))


def _paint_markings(image, city, appearance, own):
    """Blend the paint in, thinned by wear that differs from day to day."""
    cover = np.zeros(city.geometry.shape, np.uint8)
    for shape in city.markings:
        fill_polygon(cover, city.geometry, shape, 255)
    rows, columns = np.nonzero(cover)
    cell = city.geometry.metres_per_pixel
    field = fractal_noise(own, cover.shape, (0.4 / cell, 3.0 / cell, 12.0 / cell))
    worn = np.clip(appearance.wear + 0.38 * field[rows, columns], 0.05, 0.95)
    alpha = (cover[rows, columns] / np.float32(255.0) * (1.0 - worn))[:, None]
    under = image[rows, columns].astype(np.float32)
    paint = np.array([1.0, 0.99, 0.96], np.float32) * np.float32(appearance.paint)
    image[rows, columns] = (under + alpha * (paint - under)).astype(np.uint8)


def _lit(image, shadow, appearance):
    """Darken the shadows; what is left there is bluish light from the sky."""
    tint = np.array([0.93, 0.99, 1.10])
    scale = np.arange(256) / 255.0
    channels = []
    for k in range(3):
        light = 1.0 - scale * (1.0 - appearance.ambient * tint[k])
        lut = np.clip(np.round(255.0 * light), 0, 255).astype(np.uint8)
        channels.append(cv2.LUT(shadow, lut))
    return cv2.multiply(image, cv2.merge(channels), scale=1.0 / 255.0)
