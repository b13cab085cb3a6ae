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
import math

import numpy as np

from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.scenarios.route import make_route, Route, STEP_S
from xview_loc.scenarios.scenario import Interval, Scenario
from xview_loc.scenarios.scene import clutter, clutter_tiles, PEAK_HEIGHT, Peaks, render

IMAGE_STEPS = 5
FIX_STEPS = 20
SCENE_LENGTH_M = 4.0
ERROR_LENGTH_M = 2.0
ALONG_STD_M = 0.4
ACROSS_STD_M = 0.35
YAW_STD = math.radians(1.2)
GNSS_TIME_S = 600.0
MULTIPATH_TIME_S = 15.0
SCALE_STD = 0.02
DRIFT_STD = math.radians(0.015)
FORWARD_PER_SQRT_M = 0.03
SIDEWAYS_PER_SQRT_M = 0.02
YAW_PER_SQRT_M = math.radians(0.1)


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
        return _latency(self.scenario, self.generator(1, index))

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
        parts = [clutter(tile, height, self.generator(4, scene, *(k % 2 ** 32 for k in tile)))
                 for tile in clutter_tiles(prior)]
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


def within(stamp: float, intervals: tuple[Interval, ...]) -> bool:
    """Tell whether a stamp lies in any interval."""
    return any(start <= stamp < end for start, end in intervals)


def make_drive(scenario: Scenario, seed: int) -> Drive:
    """
    Draw a drive.

    :param scenario: what goes wrong.
    :param seed: the same seed gives the same drive.
    """
    generator = np.random.default_rng((seed, 0))
    route = make_route(scenario.route, scenario.duration_s, generator)
    odometry = _odometry(route, generator)
    if scenario.kidnap_s is not None:
        route = _kidnapped(route, int(scenario.kidnap_s / STEP_S), scenario.kidnap_m, generator)
    displacement = np.zeros((len(route.poses), 2))
    direction = generator.uniform(-math.pi, math.pi)
    start = int((scenario.step_s or 0.0) / STEP_S)
    displacement[start:] = scenario.shift_m * np.array([math.cos(direction), math.sin(direction)])
    fixes, bias = _fixes(scenario, route, generator)
    errors = _unit_errors(route.distance, generator)
    return Drive(scenario, seed, route, displacement, odometry, fixes,
                 bias - displacement, errors)


def _odometry(route, generator):
    """Integrate noisy increments with a steady scale error and a steady drift."""
    count = len(route.poses)
    step = route.speed * STEP_S
    root = np.sqrt(np.abs(step))
    scale, drift = generator.normal(0.0, SCALE_STD), generator.normal(0.0, DRIFT_STD)
    noise = generator.standard_normal((3, count))
    forward = step * (1.0 + scale) + FORWARD_PER_SQRT_M * root * noise[0]
    sideways = SIDEWAYS_PER_SQRT_M * root * noise[1]
    turn = (route.yaw_rate * STEP_S + drift * np.abs(step)
            + YAW_PER_SQRT_M * root * noise[2])
    forward[0] = sideways[0] = turn[0] = 0.0
    yaw = np.cumsum(turn)
    middle = yaw - 0.5 * turn
    x = np.cumsum(np.cos(middle) * forward - np.sin(middle) * sideways)
    y = np.cumsum(np.sin(middle) * forward + np.cos(middle) * sideways)
    return np.stack([x, y, wrap_angle(yaw)], axis=1)


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


def _fixes(scenario, route, generator):
    bias = generator.normal(0.0, scenario.gnss_bias_m, 2)
    multipath = generator.normal(0.0, scenario.gnss_multipath_m, 2)
    covariance = scenario.gnss_std_m ** 2 * np.eye(2)
    interval = FIX_STEPS * STEP_S
    spoof_direction = generator.uniform(-math.pi, math.pi)
    forged = np.array([math.cos(spoof_direction), math.sin(spoof_direction)])
    result, biases = [], np.zeros((len(route.poses), 2))
    for index in range(0, len(route.poses), FIX_STEPS):
        stamp = index * STEP_S
        biases[index:] = bias
        bias = _next(bias, scenario.gnss_bias_m, interval / GNSS_TIME_S, generator)
        multipath = _next(
            multipath, scenario.gnss_multipath_m, interval / MULTIPATH_TIME_S, generator)
        position = (route.poses[index, :2] + bias + multipath
                    + generator.normal(0.0, scenario.gnss_std_m, 2))
        if scenario.spoof is not None and within(stamp, (scenario.spoof,)):
            position = position + forged * scenario.spoof_speed * (stamp - scenario.spoof[0])
        latency = _latency(scenario, generator) if index else 0.0
        if latency is None or within(stamp, scenario.gnss_outages):
            continue
        fix = GnssFix(stamp, float(position[0]), float(position[1]), covariance)
        result.append((stamp + latency, fix))
    return tuple(sorted(result, key=lambda pair: pair[0])), biases


def _next(value, std, ratio, generator):
    keep = math.exp(-ratio)
    return keep * value + math.sqrt(1.0 - keep * keep) * generator.normal(0.0, std, 2)


def _latency(scenario, generator):
    drop, late = generator.random(2)
    return None if drop < scenario.drop_share else scenario.latency_s * float(late)


def _unit_errors(distance, generator):
    """Return ``(N, 3)`` first-order autoregressive noise over distance, of unit variance."""
    noise = generator.standard_normal((len(distance), 3))
    keep = np.exp(-np.diff(distance) / ERROR_LENGTH_M)
    result = np.empty_like(noise)
    result[0] = noise[0]
    for k in range(1, len(noise)):
        result[k] = keep[k - 1] * result[k - 1] + math.sqrt(1.0 - keep[k - 1] ** 2) * noise[k]
    return result
