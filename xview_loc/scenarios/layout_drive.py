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

"""A drive through a real street layout: an overhead raster of classes and a true path."""

from __future__ import annotations

from dataclasses import dataclass
import json
import math
from pathlib import Path

import cv2
import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.scenarios.noisy_sensors import body_increments, drifting_odometry, make_fixes
from xview_loc.scenarios.route import Route, STEP_S
from xview_loc.scenarios.scenario import Scenario

ROAD, BUILDING = 1, 2
LABEL_OF_CLASS = {1: ROAD, 0: BUILDING, 3: 3, 4: 4}
POSE_PERIOD_S = 0.1
BLOCK_M = 8.0
OUTDATED_SHARE = 0.1
WRONG_LABEL_SHARE = 0.25
RANGE_ERROR = 0.03
SHARPNESS = 100.0
REACH_M = 30.0
RAYS = np.radians(np.arange(-70.0, 71.0, 7.0))
RANGES_M = np.arange(3.0, REACH_M, 1.5)
IMAGE_EVERY = 10


@dataclass(frozen=True)
class LabelMap:
    """
    Classes seen from above.

    :param labels: ``(H, W)`` uint8, row 0 in the north; 0 where nothing is drawn.
    :param metres_per_pixel: side of a pixel [m].
    """

    labels: np.ndarray
    metres_per_pixel: float

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """
        Return the labels at map points; 0 outside.

        :param x: east of the western rim [m].
        :param y: north of the northern rim, so negative inside [m].
        """
        column = np.floor(np.asarray(x) / self.metres_per_pixel).astype(np.intp)
        row = np.floor(-np.asarray(y) / self.metres_per_pixel).astype(np.intp)
        height, width = self.labels.shape
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        return np.where(inside, self.labels[np.clip(row, 0, height - 1),
                                            np.clip(column, 0, width - 1)], 0)

    def outdated(self, generator: np.random.Generator) -> LabelMap:
        """Return a map in which a tenth of all 8 m blocks show something else."""
        side = max(int(BLOCK_M / self.metres_per_pixel), 1)
        shape = [-(-size // side) for size in self.labels.shape]
        other = generator.integers(0, 5, shape).astype(np.uint8)
        changed = generator.random(shape) < OUTDATED_SHARE
        height, width = self.labels.shape

        def spread(blocks):
            return np.kron(blocks, np.ones((side, side), blocks.dtype))[:height, :width]
        return LabelMap(np.where(spread(changed.astype(np.uint8)) > 0, spread(other),
                                 self.labels), self.metres_per_pixel)


@dataclass(frozen=True)
class LayoutDrive:
    """
    A drive whose images are rays over a label map.

    A quarter of the observed labels are wrong, independently; ranges are off by a few per cent for
    seconds; buildings hide what is behind them; a tenth of the matcher's map is out of date.

    :param world: what the vehicle sees.
    :param chart: what the matcher compares with.
    :param route: the truth.
    :param odometry: ``(N, 3)`` x, y, yaw in ``odom``.
    :param fixes: with the stamps at which they arrive.
    :param offset: ``(N, 2)`` slow error of GNSS [m].
    :param range_errors: ``(N,)`` relative.
    :param seed: of the labels' noise.
    """

    world: LabelMap
    chart: LabelMap
    route: Route
    odometry: np.ndarray
    fixes: tuple[tuple[float, GnssFix], ...]
    offset: np.ndarray
    range_errors: np.ndarray
    seed: int

    @property
    def count(self) -> int:
        """Return the number of samples."""
        return len(self.route.poses)

    def truth(self, index: int) -> Pose2:
        """Return the true pose."""
        return self.route.pose(index)

    def image_latency(self, index: int) -> float | None:
        """Return 0 for every second image, ``None`` for the others: two images a second."""
        return 0.0 if index % IMAGE_EVERY == 0 else None

    def likelihood(self, index: int, prior: SearchPrior) -> PoseLikelihood:
        """
        Compare the rays of a sample with the chart.

        :param index: sample.
        :param prior: where to look.
        """
        points, labels, weights = self._observe(index)
        wide = prior.yaw_range > math.radians(45.0) or prior.radius_m > 12.0
        cell, step = (1.0, math.radians(4.0)) if wide else (0.5, math.radians(2.0))
        half = math.ceil(min(prior.radius_m, 24.0) / cell)
        geometry = PatchGeometry(prior.pose.x, prior.pose.y, cell, 2 * half + 1, 2 * half + 1)
        if prior.yaw_range > math.radians(90.0):
            yaws = np.arange(-math.pi, math.pi - 0.5 * step, step)
        else:
            count = math.ceil(prior.yaw_range / step)
            yaws = prior.pose.yaw + np.arange(-count, count + 1) * step
        x, y = geometry.cell_centres()
        volume = np.empty((len(yaws), *geometry.shape), np.float32)
        for k, yaw in enumerate(yaws):
            turned = Pose2(0.0, 0.0, float(yaw)).transform(points)
            seen = self.chart.at(x[..., None] + turned[:, 0], y[..., None] + turned[:, 1])
            volume[k] = (seen == labels) @ weights
        return PoseLikelihood(SHARPNESS * volume, geometry, yaws, index * STEP_S, source='layout')

    def _observe(self, index):
        """Return points in ``base_link``, their observed labels and their weights."""
        generator = np.random.default_rng((self.seed, index))
        angle, distance = np.meshgrid(RAYS, RANGES_M, indexing='ij')
        directions = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        world = self.truth(index).transform(distance[..., None] * directions)
        labels = self.world.at(world[..., 0], world[..., 1])
        hidden = np.cumsum(labels == BUILDING, axis=1) > 1
        wrong = generator.random(labels.shape) < WRONG_LABEL_SHARE
        labels = np.where(wrong, generator.integers(0, 5, labels.shape), labels)
        weights = 1.0 / (1.0 + (distance / 8.0) ** 2)
        measured = distance * (1.0 + self.range_errors[index])
        keep = ~hidden
        return ((measured[..., None] * directions)[keep], labels[keep].astype(np.uint8),
                (weights[keep] / weights.sum()).astype(np.float32))


def load_layout_drive(folder: Path, seed: int = 0) -> LayoutDrive:
    """
    Read ``kitti00_overhead`` and drive its true path of 3.7 km with noisy sensors.

    :param folder: with ``class*.png``, ``poses_00.txt`` and ``alignment_fitted.json``.
    :param seed: of all noise.
    :raises RecordingError: when a file is missing or not an image.
    """
    alignment = _read_alignment(folder)
    world = _read_labels(folder, 1.0 / (alignment['px_per_m'] * alignment['scale']))
    route = _read_route(folder, alignment, world.metres_per_pixel)
    generator = np.random.default_rng((seed, 0))
    odometry = drifting_odometry(body_increments(route.poses), generator)
    fixes, bias = make_fixes(Scenario('layout'), route, generator)
    noise = generator.standard_normal(len(route.poses))
    keep = math.exp(-STEP_S / 5.0)
    errors = np.zeros(len(noise))
    for k in range(1, len(noise)):
        errors[k] = keep * errors[k - 1] + math.sqrt(1.0 - keep ** 2) * RANGE_ERROR * noise[k]
    return LayoutDrive(
        world, world.outdated(generator), route, odometry, fixes, bias, errors, seed)


def _read_alignment(folder):
    try:
        return json.loads((folder / 'alignment_fitted.json').read_text())
    except OSError as error:
        raise RecordingError(f'The alignment in {folder} cannot be read: {error}.') from error


def _read_labels(folder, metres_per_pixel):
    labels = None
    for number, label in LABEL_OF_CLASS.items():
        image = cv2.imread(str(folder / f'class{number}.png'), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise RecordingError(f'{folder / f"class{number}.png"} is not an image.')
        # The rasters are stored mirrored and dark where the class is.
        present = image[:, ::-1] < 128
        labels = np.zeros(image.shape, np.uint8) if labels is None else labels
        labels[present & (labels == 0)] = label
    return LabelMap(labels, metres_per_pixel)


def _read_route(folder, alignment, metres_per_pixel):
    """Turn camera poses (x right, z forward at the start) into the map of the raster."""
    matrices = np.loadtxt(folder / 'poses_00.txt').reshape(-1, 3, 4)
    angle = math.radians(alignment['theta_deg'])
    cosine, sine = math.cos(angle), math.sin(angle)

    def turned(right, forward):
        return cosine * right + sine * forward, cosine * forward - sine * right
    east, north = turned(matrices[:, 0, 3], matrices[:, 2, 3])
    east = east + alignment['u0'] * metres_per_pixel
    north = north - alignment['v0'] * metres_per_pixel
    ahead_east, ahead_north = turned(matrices[:, 0, 2], matrices[:, 2, 2])
    yaw = np.unwrap(np.arctan2(ahead_north, ahead_east))
    stamps = POSE_PERIOD_S * np.arange(len(matrices))
    times = np.arange(0.0, stamps[-1], STEP_S)
    poses = np.stack([np.interp(times, stamps, values) for values in (east, north, yaw)], axis=1)
    poses[:, 2] = wrap_angle(poses[:, 2])
    increments = body_increments(poses)
    return Route(poses, increments[:, 0] / STEP_S, increments[:, 2] / STEP_S)
