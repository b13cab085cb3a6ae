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

"""Paint on the roads: lines, crossings, stop lines, bays and arrows."""

from __future__ import annotations

import numpy as np

from xview_loc.geometry.pose2 import Pose2
from xview_loc.simulation.building import rectangle
from xview_loc.simulation.layout import Layout
from xview_loc.simulation.polyline import Polyline
from xview_loc.simulation.road import Road, RoadKind

ZEBRA_SHARE = 0.7
ZEBRA_REACH_M = (1.0, 4.2)
STOP_LINE_M = 5.4
RESURFACED_SHARE = 0.25
LINES_FROM_M = 6.5
ARROW = np.array([[-2.0, -0.08], [0.6, -0.08], [0.6, -0.3], [2.0, 0.0], [0.6, 0.3],
                  [0.6, 0.08], [-2.0, 0.08]])


def road_markings(layout: Layout, rng: np.random.Generator) -> list[np.ndarray]:
    """
    Return the painted shapes of all roads.

    :param layout: the roads; where they meet, lines stop and crossings lie.
    :param rng: source of randomness.
    :return: polygons, each ``(N, 2)`` in ``map`` [m].
    """
    shapes: list[np.ndarray] = []
    for road in layout.roads:
        for start, end in free_intervals(road, layout):
            if end - start > 2.0 * LINES_FROM_M + 4.0:
                shapes += _stretch(road, start, end, layout.crossings, rng)
    return shapes


def free_intervals(road: Road, layout: Layout) -> list[tuple[float, float]]:
    """
    Return the stretches of a road between its junctions.

    :param road: one of the layout's roads.
    :param layout: all roads.
    :return: pairs of arc lengths along the road's centreline [m].
    """
    stations = np.arange(0.0, road.centre.length, 0.5)
    points = road.centre.at(stations)
    blocked = np.zeros(len(stations), bool)
    for other in layout.roads:
        if other is road or (other.one_way and road.one_way):
            continue
        blocked |= other.centre.distance_to(points) < other.half_width + 3.0
    edges = np.flatnonzero(np.diff(np.concatenate([[True], blocked, [True]]).astype(int)))
    return [(float(stations[first]), float(stations[last - 1]))
            for first, last in zip(edges[::2], edges[1::2])]


def strip(centre: Polyline, offset: float, start: float, end: float,
          width: float) -> np.ndarray:
    """
    Return a line of paint along a curve.

    :param centre: the curve.
    :param offset: of the line's middle to the left [m].
    :param start: first arc length [m].
    :param end: last arc length [m].
    :param width: of the paint [m].
    :return: ``(N, 2)`` polygon in ``map`` [m].
    """
    stations = np.linspace(start, end, max(int(np.ceil(end - start)), 1) + 1)
    points, yaws = centre.at(stations), centre.yaw_at(stations)
    normals = np.stack([-np.sin(yaws), np.cos(yaws)], axis=-1)
    return np.concatenate([points + (offset + 0.5 * width) * normals,
                           (points + (offset - 0.5 * width) * normals)[::-1]])


def dashes(centre: Polyline, offset: float, start: float, end: float, width: float,
           dash: float, gap: float) -> list[np.ndarray]:
    """Return a broken line; parameters as :func:`strip`, ``dash`` and ``gap`` in metres."""
    starts = np.arange(start, end - dash, dash + gap)
    return [strip(centre, offset, begin, begin + dash, width) for begin in starts]


def _stretch(road, start, end, crossings, rng):
    """Return the markings between two junctions or ends of the world."""
    shapes = []
    centre = road.centre
    if crossings:
        at_start = start > 1.0
        at_end = end < centre.length - 1.0
        if at_start:
            shapes += _junction_markings(road, start, 1.0, rng)
        if at_end:
            shapes += _junction_markings(road, end, -1.0, rng)
        start, end = start + LINES_FROM_M * at_start, end - LINES_FROM_M * at_end
    if road.kind is RoadKind.MOTORWAY:
        edge = road.lanes_half_width
        shapes += [strip(centre, side * edge, start, end, 0.3) for side in (-1.0, 1.0)]
        shapes += dashes(centre, 0.0, start, end, 0.15, 6.0, 12.0)
    elif road.kind is RoadKind.COUNTRY:
        edge = road.half_width - 0.25
        shapes += [strip(centre, side * edge, start, end, 0.12) for side in (-1.0, 1.0)]
        shapes += dashes(centre, 0.0, start, end, 0.12, 4.0, 8.0)
    elif road.kind is RoadKind.AVENUE:
        shapes += [strip(centre, side * 0.15, start, end, 0.12) for side in (-1.0, 1.0)]
        for side in (-1.0, 1.0):
            shapes += dashes(centre, side * road.lane_width, start, end, 0.12, 3.0, 6.0)
        shapes += _arrows(road, start, end)
    else:
        shapes += dashes(centre, 0.0, start, end, 0.12, 3.0, 3.0)
    if road.parking_width > 0.0 and not road.one_way:
        shapes += _parking_bays(road, start, end)
    return shapes


def _junction_markings(road, station, inward, rng):
    """Return the stop line and perhaps a crossing at one end of a stretch."""
    shapes = []
    half = road.half_width - 0.3
    if rng.random() < ZEBRA_SHARE:
        near, far = sorted(station + inward * np.array(ZEBRA_REACH_M))
        shapes += [strip(road.centre, offset, near, far, 0.5)
                   for offset in np.arange(-half + 0.25, half, 1.0)]
    line = station + inward * STOP_LINE_M
    # Traffic that drives towards the junction keeps right of the centreline in its direction.
    middle = 0.5 * inward * road.lanes_half_width
    shapes.append(strip(road.centre, middle, line - 0.2, line + 0.2,
                        road.lanes_half_width - 0.3))
    return shapes


def _parking_bays(road, start, end):
    shapes = []
    for side in (-1.0, 1.0):
        shapes += dashes(road.centre, side * road.lanes_half_width, start, end, 0.1, 1.0, 1.0)
        middle = side * (road.lanes_half_width + 0.5 * road.parking_width)
        shapes += [strip(road.centre, middle, station, station + 0.1, road.parking_width)
                   for station in np.arange(start, end, 5.8)]
    return shapes


def _arrows(road, start, end):
    """Return straight arrows in all lanes before both junctions."""
    shapes = []
    for station, sign in ((end - 9.0, 1.0), (start + 9.0, -1.0)):
        point, yaw = road.centre.at(station), float(road.centre.yaw_at(station))
        for lane in range(road.lanes):
            offset = sign * road.lane_offset(lane)
            shift = Pose2(float(point[0]), float(point[1]), yaw) @ Pose2(
                0.0, offset, 0.0 if sign > 0.0 else np.pi)
            shapes.append(shift.transform(ARROW))
    return shapes


def repair_patches(layout: Layout, rng: np.random.Generator) -> list[np.ndarray]:
    """
    Return where the asphalt was opened and filled again.

    :param layout: the roads.
    :param rng: source of randomness.
    :return: rectangles, each ``(4, 2)`` in ``map`` [m].
    """
    shapes = []
    for road in layout.roads:
        count = rng.poisson(road.centre.length / 28.0)
        for station in rng.uniform(0.0, road.centre.length, count):
            point, yaw = road.centre.at(station), float(road.centre.yaw_at(station))
            offset = rng.uniform(-0.8, 0.8) * road.half_width
            length, width = rng.uniform(1.0, 9.0), rng.uniform(0.6, 1.8)
            if rng.random() < RESURFACED_SHARE:
                lane = road.lane_offset(int(rng.integers(road.lanes)))
                offset = lane if road.one_way else lane * rng.choice([-1.0, 1.0])
                length, width = rng.uniform(5.0, 16.0), road.lane_width
            pose = Pose2(float(point[0]), float(point[1]), yaw) @ Pose2(0.0, offset, 0.0)
            shapes.append(pose.transform(rectangle(length, width)))
    return shapes
