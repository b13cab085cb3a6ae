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

"""Cars: parked ones, those in the lanes on the day of the photograph, and moving ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.geometry.pose2 import Pose2
from xview_loc.simulation.building import Car
from xview_loc.simulation.layout import Layout
from xview_loc.simulation.polyline import Polyline
from xview_loc.simulation.road_markings import free_intervals

COLOURS = ((225, 226, 228), (38, 40, 44), (120, 124, 130), (178, 182, 186), (150, 34, 30),
           (38, 66, 122), (70, 84, 78), (196, 186, 164))
BAY_M = 5.8
KEPT_SHARE = 0.35


def park_cars(layout: Layout, rng: np.random.Generator) -> tuple[list[Car], list[Car]]:
    """
    Fill the parking strips; some cars stand there on both days, most on one.

    :param layout: roads and land use.
    :param rng: source of randomness.
    :return: the cars during the drive and those on the photograph.
    """
    drive: list[Car] = []
    photo: list[Car] = []
    share = layout.land_use.parked_share
    for road in layout.roads:
        if road.parking_width < 1.8 or road.one_way:
            continue
        offset = road.lanes_half_width + 0.5 * road.parking_width + 0.05
        for start, end in free_intervals(road, layout):
            for station in np.arange(start + 12.0, end - 12.0, BAY_M):
                for side in (-1.0, 1.0):
                    draws = rng.random(3)
                    cars = [random_car(_beside(road, station + 0.5 * BAY_M, side * offset, rng),
                                       rng) for _ in range(2)]
                    if draws[0] < share:
                        drive.append(cars[0])
                    if draws[1] < KEPT_SHARE and draws[0] < share:
                        photo.append(cars[0])
                    elif draws[2] < share:
                        photo.append(cars[1])
    return drive, photo


def lane_cars(layout: Layout, rng: np.random.Generator) -> list[Car]:
    """
    Return cars caught in the lanes by the photograph, about one in 45 m of road.

    :param layout: the roads.
    :param rng: source of randomness.
    """
    cars = []
    for road in layout.roads:
        for station in rng.uniform(0.0, road.centre.length, int(road.centre.length / 45.0)):
            with_centre = road.one_way or rng.random() < 0.5
            offset = road.lane_offset(int(rng.integers(road.lanes)))
            cars.append(random_car(_beside(
                road, station, offset if with_centre else -offset, rng), rng))
    return cars


def random_car(pose: Pose2, rng: np.random.Generator) -> Car:
    """Return a car of random size and colour at a pose."""
    colour = COLOURS[int(rng.integers(len(COLOURS)))]
    return Car(pose, float(rng.uniform(3.9, 4.8)), float(rng.uniform(1.7, 1.9)),
               float(rng.uniform(1.42, 1.75)), colour)


@dataclass(frozen=True)
class MovingCar:
    """
    A car that follows a path at constant speed while it is on it.

    :param car: the car; its own pose is not used.
    :param path: path of its middle.
    :param station: arc length at time 0 [m].
    :param speed: [m/s].
    """

    car: Car
    path: Polyline
    station: float
    speed: float

    def at(self, time: float) -> Car | None:
        """Return the car where it is at a time, ``None`` when it is not on its path."""
        station = self.station + self.speed * time
        if not 0.0 < station < self.path.length:
            return None
        point, yaw = self.path.at(station), float(self.path.yaw_at(station))
        pose = Pose2(float(point[0]), float(point[1]), yaw)
        return Car(pose, self.car.length, self.car.width, self.car.height, self.car.colour)


@dataclass(frozen=True)
class TrafficLane:
    """
    A lane beside the route with moving traffic.

    :param lateral: distance of the lane to the left of the route [m].
    :param speed: along the route; negative is oncoming traffic [m/s].
    :param spacing: mean distance between cars [m].
    """

    lateral: float
    speed: float
    spacing: float


def moving_cars(route: Polyline, lane: TrafficLane, duration: float,
                rng: np.random.Generator) -> tuple[MovingCar, ...]:
    """
    Return all cars that pass through a lane during a drive.

    :param route: path of the vehicle.
    :param lane: where and how fast they drive.
    :param duration: of the drive [s].
    :param rng: source of randomness.
    """
    path = route.offset(lane.lateral)
    if lane.speed < 0.0:
        path = Polyline(path.points[::-1])
    speed = abs(lane.speed)
    stations = np.arange(-speed * duration, path.length, lane.spacing)
    stations = stations + rng.uniform(-0.3, 0.3, len(stations)) * lane.spacing
    origin = Pose2(0.0, 0.0, 0.0)
    return tuple(MovingCar(random_car(origin, rng), path, float(station), speed)
                 for station in stations)


def _beside(road, station, offset, rng):
    """Return the pose at an offset, heading with the traffic of that side, roughly placed."""
    point, yaw = road.centre.at(station), float(road.centre.yaw_at(station))
    offset = offset + rng.normal(0.0, 0.08)
    turn = 0.0 if offset < 0.0 or road.one_way else np.pi
    return Pose2(float(point[0]), float(point[1]), yaw) @ Pose2(
        float(rng.normal(0.0, 0.25)), float(offset), float(turn + rng.normal(0.0, 0.02)))
