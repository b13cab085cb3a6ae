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

"""One seeded drive: the truth and everything the sensors say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
import math

import numpy as np

from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.scenarios.noisy_sensors import (
    arrival_latency, body_increments, drifting_odometry, make_fixes)
from xview_loc.scenarios.route import make_route, Route, STEP_S
from xview_loc.scenarios.scenario import Scenario, within
from xview_loc.scenarios.scene import clutter, clutter_tiles, PEAK_HEIGHT, Peaks, render

IMAGE_STEPS = 5
SCENE_LENGTH_M = 4.0
ERROR_LENGTH_M = 2.0
ALONG_STD_M = 0.4
ACROSS_STD_M = 0.35
YAW_STD = math.radians(1.2)


@dataclass(frozen=True)
class Drive:
    """
    A drive that any method can be run on.

    :param scenario: what goes wrong.
    :param seed: of everything random in it.
    :param route: the truth in the true ``map``.
    :param displacement: ``(N, 2)`` of the imagery, to be added to the truth [m].
    :param odometry: ``(N, 3)`` x, y, yaw in ``odom``.
    :param fixes: with the stamps at which they arrive.
    :param offset: ``(N, 2)`` slow error of GNSS relative to the imagery [m].
    :param errors: ``(N, 3)`` correlated matcher errors of unit variance.
    """

    scenario: Scenario
    seed: int
    route: Route
    displacement: np.ndarray
    odometry: np.ndarray
    fixes: tuple[tuple[float, GnssFix], ...]
    offset: np.ndarray
    errors: np.ndarray

    @property
    def count(self) -> int:
        """Return the number of samples."""
        return len(self.route.poses)

    def truth(self, index: int) -> Pose2:
        """Return the true pose on the imagery."""
        pose = self.route.pose(index)
        east, north = self.displacement[index]
        return Pose2(pose.x + float(east), pose.y + float(north), pose.yaw)

    def generator(self, *key: int) -> np.random.Generator:
        """Return random numbers of this drive for a purpose."""
        return np.random.default_rng((self.seed, *key))

    def image_latency(self, index: int) -> float | None:
        """Return how late the image of a sample arrives [s]; ``None`` if never."""
        return arrival_latency(self.scenario, self.generator(1, index))

    def likelihood(self, index: int, prior: SearchPrior) -> PoseLikelihood:
        """
        Match the image of a sample.

        :param index: sample.
        :param prior: where to look.
        """
        stamp, generator = index * STEP_S, self.generator(2, index)
        return render(self._peaks(index, prior), prior, stamp, generator)

    def _peaks(self, index, prior):
        scenario, stamp, truth = self.scenario, index * STEP_S, self.truth(index)
        scene = int(self.route.distance[index] / SCENE_LENGTH_M)
        generator = self.generator(3, scene)
        wrong, twin, ridge = generator.random(3) < (
            scenario.wrong_share, scenario.twin_share, scenario.ridge_share)
        height = PEAK_HEIGHT * scenario.contrast * generator.uniform(0.8, 1.2)
        if within(stamp, scenario.dark):
            return Peaks.joined([])
        parts = [_clutter(self.seed, scene, height, tile) for tile in clutter_tiles(prior)]
        if wrong or within(stamp, scenario.outdated):
            aside = Pose2(*generator.uniform(-12.0, 12.0, 2), generator.normal(0.0, 0.3))
            parts.append(self._peak(index, truth @ aside, height, False))
            return Peaks.joined(parts)
        parts.append(self._peak(index, truth, height, bool(ridge)))
        if twin:
            parts.append(self._peak(index, truth @ Pose2(0.0, 0.0, math.pi),
                                    height * generator.uniform(0.85, 1.0), False))
        if scenario.repeat_m > 0.0:
            parts += [self._peak(index, truth @ Pose2(k * scenario.repeat_m, 0.0, 0.0),
                                 height * generator.uniform(0.7, 0.95), bool(ridge))
                      for k in (-2, -1, 1, 2)]
        return Peaks.joined(parts)

    def _peak(self, index, pose, height, ridge):
        """Return a peak off its place by the matcher's correlated error."""
        blur = 1.0 / math.sqrt(self.scenario.contrast)
        along = self.scenario.ridge_std_m if ridge else ALONG_STD_M * blur
        std = np.array([along, ACROSS_STD_M * blur, YAW_STD * blur])
        error = self.errors[index] * std
        return Peaks.single(pose @ Pose2(*error), height, *std)


@lru_cache(maxsize=1000)
def _clutter(seed, scene, height, tile):
    """Return the clutter of a tile, which several images of a scene see."""
    generator = np.random.default_rng((seed, 4, scene, *(k % 2 ** 32 for k in tile)))
    return clutter(tile, height, generator)


def make_drive(scenario: Scenario, seed: int) -> Drive:
    """
    Draw a drive.

    :param scenario: what goes wrong.
    :param seed: the same seed gives the same drive.
    """
    generator = np.random.default_rng((seed, 0))
    route = make_route(scenario.route, scenario.duration_s, generator)
    odometry = drifting_odometry(body_increments(route.poses), generator)
    if scenario.kidnap_s is not None:
        route = _kidnapped(route, int(scenario.kidnap_s / STEP_S), scenario.kidnap_m, generator)
    displacement = np.zeros((len(route.poses), 2))
    direction = generator.uniform(-math.pi, math.pi)
    start = int((scenario.step_s or 0.0) / STEP_S)
    displacement[start:] = scenario.shift_m * np.array([math.cos(direction), math.sin(direction)])
    fixes, bias = make_fixes(scenario, route, generator)
    errors = _unit_errors(route.distance, generator)
    return Drive(scenario, seed, route, displacement, odometry, fixes,
                 bias - displacement, errors)


def _kidnapped(route, index, distance, generator):
    """Move and turn the rest of a route."""
    pivot = route.pose(index)
    bearing = generator.uniform(-math.pi, math.pi)
    far = generator.uniform(*distance)
    turn = generator.uniform(-math.pi, math.pi)
    moved = Pose2(pivot.x + far * math.cos(bearing), pivot.y + far * math.sin(bearing),
                  pivot.yaw + turn) @ pivot.inverse()
    poses = route.poses.copy()
    poses[index:, :2] = moved.transform(poses[index:, :2])
    poses[index:, 2] = wrap_angle(poses[index:, 2] + moved.yaw)
    return Route(poses, route.speed, route.yaw_rate)


def _unit_errors(distance, generator):
    """Return ``(N, 3)`` first-order autoregressive noise over distance, of unit variance."""
    noise = generator.standard_normal((len(distance), 3))
    keep = np.exp(-np.diff(distance) / ERROR_LENGTH_M)
    result = np.empty_like(noise)
    result[0] = noise[0]
    for k in range(1, len(noise)):
        result[k] = keep[k - 1] * result[k - 1] + math.sqrt(1.0 - keep[k - 1] ** 2) * noise[k]
    return result
