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

"""Roads through open land: a motorway and a country road."""

from __future__ import annotations

import numpy as np

from xview_loc.simulation.layout import LandUse, Layout
from xview_loc.simulation.polyline import Polyline
from xview_loc.simulation.road import Road, RoadKind

MEDIAN_WIDTH = 4.0


def highway_layout(rng: np.random.Generator) -> Layout:
    """
    Lay out 1.6 km of a gently curved motorway with two lanes and a shoulder each way.

    :param rng: source of randomness.
    """
    axis = _winding(rng, length=1600.0, wavelength=900.0, turn=0.10, yaw=0.12)
    half = 0.5 * MEDIAN_WIDTH + 3.75 + 2.5
    right = Road(axis.offset(-half), RoadKind.MOTORWAY, 2, 3.75, 2.5, 0.0)
    left = Road(Polyline(axis.offset(half).points[::-1]), RoadKind.MOTORWAY, 2, 3.75, 2.5, 0.0)
    land = LandUse(building_share=0.06, setback=(14.0, 40.0), storeys=(1, 3),
                   building_length=(14.0, 40.0), street_tree_spacing=0.0,
                   trees_per_hectare=14.0, parked_share=0.0, parcel_m=90.0, farmland=True)
    route = right.centre.offset(right.lane_offset(0)).smoothed(3.0)
    return Layout((right, left), route, land, margin_m=75.0, crossings=False)


def rural_layout(rng: np.random.Generator) -> Layout:
    """
    Lay out 1.1 km of a winding country road with two side roads and a few farmsteads.

    :param rng: source of randomness.
    """
    axis = _winding(rng, length=1100.0, wavelength=330.0, turn=0.55, yaw=-0.35)
    road = Road(axis, RoadKind.COUNTRY, 1, 3.1, 0.0, 0.0)
    sides = [_side_road(axis, station, side)
             for station, side in ((rng.uniform(220.0, 300.0), 1.0),
                                   (rng.uniform(480.0, 580.0), -1.0))]
    land = LandUse(building_share=0.16, setback=(5.0, 16.0), storeys=(1, 2),
                   street_tree_spacing=38.0, trees_per_hectare=9.0, parked_share=0.0,
                   parcel_m=70.0, farmland=True)
    route = axis.offset(road.lane_offset(0)).smoothed(3.0)
    return Layout((road, *sides), route, land, margin_m=85.0, crossings=False)


def _winding(rng, length, wavelength, turn, yaw):
    """Return a curve whose direction swings around a mean yaw, centred on the origin."""
    stations = np.arange(0.0, length + 1.0, 1.0)
    phase = rng.uniform(0.0, 2.0 * np.pi, 2)
    swing = (np.sin(2.0 * np.pi * stations / wavelength + phase[0])
             + 0.5 * np.sin(2.0 * np.pi * stations / (0.43 * wavelength) + phase[1]))
    yaws = yaw + turn * swing
    points = np.cumsum(np.stack([np.cos(yaws), np.sin(yaws)], axis=-1), axis=0)
    return Polyline(points - 0.5 * (points[0] + points[-1]))


def _side_road(axis, station, side):
    """Return a narrow road that leaves another one nearly at a right angle."""
    start = axis.at(station)
    yaw = axis.yaw_at(station) + side * 1.35
    along = np.array([np.cos(yaw), np.sin(yaw)])
    bend = np.array([-along[1], along[0]])
    reach = np.arange(0.0, 400.0, 4.0)[:, None]
    return Road(Polyline(start + reach * along + 2e-4 * side * reach ** 2 * bend),
                RoadKind.COUNTRY, 1, 2.4, 0.0, 0.0)
