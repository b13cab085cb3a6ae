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

"""What covers the ground: one label for every cell of the world."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np

from xview_loc.arrays import frozen
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.simulation.building import rectangle
from xview_loc.simulation.layout import Layout
from xview_loc.simulation.map_drawing import drawing_coordinates, SHIFT, stroke

FILLET_RADIUS_M = 5.0
KERB_WIDTH_M = 0.25


class Surface(IntEnum):
    """Material of the ground."""

    LAWN = 0
    MEADOW = 1
    PAVING = 2
    GRAVEL = 3
    SOIL = 4
    CROP = 5
    STUBBLE = 6
    ASPHALT = 7
    KERB = 8
    SIDEWALK = 9
    HEDGE = 10
    DRIVEWAY = 11


GARDENS = (Surface.LAWN, Surface.LAWN, Surface.LAWN, Surface.PAVING, Surface.GRAVEL,
           Surface.MEADOW)
FIELDS = (Surface.CROP, Surface.MEADOW, Surface.STUBBLE, Surface.SOIL, Surface.CROP)


@dataclass(frozen=True)
class SurfaceMap:
    """
    Labels of the ground.

    :param labels: ``(H, W)`` uint8 of :class:`Surface`; read-only.
    :param geometry: place of the labels.
    """

    labels: np.ndarray
    geometry: PatchGeometry

    def __post_init__(self):
        """Make the labels read-only."""
        object.__setattr__(self, 'labels', frozen(self.labels, np.uint8))


def build_surface(layout: Layout, geometry: PatchGeometry,
                  rng: np.random.Generator) -> SurfaceMap:
    """
    Cover the ground with parcels and lay the roads over them.

    :param layout: roads and land use.
    :param geometry: place of the result.
    :param rng: source of randomness.
    """
    labels = _parcels(layout, geometry, rng)
    verge = _road_mask(layout, geometry, [road.half_width + 2.0 for road in layout.roads
                                          if road.sidewalk_width == 0.0], paved=False)
    labels[verge > 0] = Surface.MEADOW
    paved = [road for road in layout.roads if road.sidewalk_width > 0.0]
    if paved:
        sidewalk = _road_mask(layout, geometry,
                              [road.half_width + road.sidewalk_width for road in paved])
        labels[sidewalk > 0] = Surface.SIDEWALK
        for road in paved:
            _driveways(labels, geometry, road, rng)
    asphalt = _closed(_all_roads(layout, geometry), FILLET_RADIUS_M / geometry.metres_per_pixel)
    reach = KERB_WIDTH_M / geometry.metres_per_pixel
    kerb = (_distance(asphalt) <= reach) & (labels == Surface.SIDEWALK)
    labels[kerb] = Surface.KERB
    labels[asphalt > 0] = Surface.ASPHALT
    return SurfaceMap(labels, geometry)


def _driveways(labels, geometry, road, rng):
    """Pave ways from the kerb across the sidewalk onto the lots."""
    for station in np.arange(8.0, road.centre.length, 24.0):
        point = road.centre.at(station + rng.uniform(-7.0, 7.0))
        yaw = float(road.centre.yaw_at(station))
        side = rng.choice([-1.0, 1.0])
        length = road.half_width + road.sidewalk_width + rng.uniform(2.0, 12.0)
        pose = Pose2(float(point[0]), float(point[1]), yaw + side * 0.5 * np.pi)
        way = pose @ Pose2(0.5 * length, 0.0, 0.0)
        kind = rng.choice([Surface.PAVING, Surface.GRAVEL, Surface.DRIVEWAY])
        polygon = way.transform(rectangle(length, rng.uniform(2.6, 4.5)))
        cv2.fillPoly(labels, [drawing_coordinates(geometry, polygon)], int(kind), cv2.LINE_8,
                     SHIFT)


def _all_roads(layout, geometry):
    mask = np.zeros(geometry.shape, np.uint8)
    for road in layout.roads:
        stroke(mask, geometry, road.centre.points, 2.0 * road.half_width, 255)
    return np.where(mask > 127, np.uint8(255), np.uint8(0))


def _road_mask(layout, geometry, half_widths, paved=True):
    """Draw the roads with (or without) sidewalks at the given half widths."""
    mask = np.zeros(geometry.shape, np.uint8)
    roads = [road for road in layout.roads if (road.sidewalk_width > 0.0) == paved]
    for road, half_width in zip(roads, half_widths):
        stroke(mask, geometry, road.centre.points, 2.0 * half_width, 255)
    return mask


def _distance(mask):
    """Return the distance of every cell to the mask [px]."""
    return cv2.distanceTransform(np.where(mask > 0, np.uint8(0), np.uint8(255)),
                                 cv2.DIST_L2, 5)


def _closed(mask, radius):
    """Close a mask by a disc: rounds the concave corners of kerbs."""
    if not mask.any():
        return mask
    grown = np.where(_distance(mask) <= radius, np.uint8(255), np.uint8(0))
    inner = cv2.distanceTransform(grown, cv2.DIST_L2, 5)
    return np.where((inner > radius) | (mask > 0), np.uint8(255), np.uint8(0))


def _parcels(layout, geometry, rng):
    """Divide the world into Voronoi cells of random use, gardens with hedges around some."""
    use = layout.land_use
    kinds = FIELDS if use.farmland else GARDENS
    west, south, east, north = layout.bounds
    count = max(int((east - west) * (north - south) / use.parcel_m ** 2), 4)
    seeds = rng.uniform((west, south), (east, north), (count, 2))
    rows, columns = geometry.pixel_from_map(seeds[:, 0], seeds[:, 1])
    division = cv2.Subdiv2D((-10, -10, geometry.width + 20, geometry.height + 20))
    division.insert(np.stack([columns, rows], axis=-1).astype(np.float32))
    facets, _ = division.getVoronoiFacetList([])
    labels = np.full(geometry.shape, int(kinds[0]), np.uint8)
    hedge_px = max(int(round(0.8 / geometry.metres_per_pixel)), 1)
    for facet in facets:
        polygon = np.round(np.asarray(facet) * (1 << SHIFT)).astype(np.int32).reshape(-1, 1, 2)
        cv2.fillPoly(labels, [polygon], int(rng.choice(kinds)), cv2.LINE_8, SHIFT)
        if rng.random() < (0.15 if use.farmland else 0.35):
            cv2.polylines(labels, [polygon], True, int(Surface.HEDGE), hedge_px, cv2.LINE_8,
                          SHIFT)
    return labels


def occupied_mask(layout: Layout, geometry: PatchGeometry, clearance: float) -> np.ndarray:
    """
    Mark the ground that roads and sidewalks take.

    :param layout: the roads.
    :param geometry: place of the mask.
    :param clearance: to keep from the sidewalk's outer edge [m].
    :return: ``(H, W)`` uint8, 255 where taken.
    """
    mask = np.zeros(geometry.shape, np.uint8)
    for road in layout.roads:
        width = 2.0 * (road.half_width + road.sidewalk_width + clearance)
        thickness = max(int(np.ceil(width / geometry.metres_per_pixel)), 1)
        cv2.polylines(mask, [drawing_coordinates(geometry, road.centre.points)], False, 255,
                      thickness, cv2.LINE_8, SHIFT)
    return mask
