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

"""A drive through a rendered city: real pixels, a real matcher, the same filter and baselines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
import math

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_matcher import BevMapFeatures, BevMatcher
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.scenarios.drive import IMAGE_STEPS
from xview_loc.scenarios.route import Route, STEP_S
from xview_loc.scenarios.scenario import Scenario
from xview_loc.simulation.appearance import photo_day
from xview_loc.simulation.drive import RATE_HZ
from xview_loc.simulation.gnss_sensor import measure_gnss
from xview_loc.simulation.odometry_sensor import measure_odometry
from xview_loc.simulation.orthophoto import render_orthophoto
from xview_loc.simulation.scenario import get_scenario
from xview_loc.simulation.write_scenario import make_world, World

PREFIX = 'rendered_'
DURATION_S = 40.0
PHOTO_METRES_PER_PIXEL = 0.2
IMAGE_RATE_HZ = 1.0 / (IMAGE_STEPS * STEP_S)
INSTANTS = round(STEP_S * RATE_HZ)
FEATURE_GRID_M = 32.0
LARGEST_SEARCH_M = 40.0

RENDERED_SCENARIOS: dict[str, Scenario] = {
    PREFIX + name: Scenario(PREFIX + name, duration_s=DURATION_S)
    for name in ('urban', 'panorama', 'highway', 'rural')}


@dataclass(frozen=True)
class _Sensors:
    """What was measured besides images."""

    odometry: np.ndarray
    fixes: tuple[tuple[float, GnssFix], ...]
    offset: np.ndarray


class RenderedDrive:
    """
    A simulated drive whose likelihoods come from the bird's-eye matcher.

    Images are rendered when they are first asked for and kept, so that several methods see the
    same ones; they must be asked for in the order of time. The attitude is the true one, and GNSS
    has no displacement but its own slow error against the imagery.

    :param world: city and motion.
    """

    def __init__(self, world: World):
        """Measure, and photograph the city from above."""
        self._world = world
        self._steps = np.arange(0, len(world.drive), INSTANTS)
        self.route = _route(world.drive.pose[self._steps], world.drive.speed[self._steps],
                            world.drive.yaw_rate[self._steps])
        sensors = _measured(world, self._steps)
        self.odometry, self.fixes, self.offset = (
            sensors.odometry, sensors.fixes, sensors.offset)
        image, geometry = render_orthophoto(world.city, photo_day(), PHOTO_METRES_PER_PIXEL)
        self._photo = SatellitePatch(
            image, geometry, np.ones(geometry.shape, bool), Provenance('simulated'))
        self._matcher = BevMatcher(BevConfig.for_resolution(PHOTO_METRES_PER_PIXEL))
        self._features: tuple[PatchGeometry, BevMapFeatures] | None = None
        self._rendering: Iterator[tuple[int, np.ndarray]] = world.frames(IMAGE_RATE_HZ)
        self._images: dict[int, np.ndarray] = {}

    @property
    def count(self) -> int:
        """Return the number of samples."""
        return len(self._steps)

    def truth(self, index: int) -> Pose2:
        """Return the true pose."""
        return self.route.pose(index)

    def image_latency(self, index: int) -> float | None:
        """Return 0: every image arrives at once."""
        return 0.0

    def likelihood(self, index: int, prior: SearchPrior) -> PoseLikelihood:
        """
        Match the image of a sample.

        :param index: sample, a multiple of those between two images.
        :param prior: where to look.
        """
        instant = int(self._steps[index])
        drive = self._world.drive
        frame = Frame(self._image(instant), index * STEP_S, self._world.scenario.mounted_camera,
                      float(drive.roll[instant]), float(drive.pitch[instant]))
        return self._matcher.match(FrameWindow((frame,)), self._features_around(prior), prior)

    def _image(self, instant):
        while instant not in self._images:
            rendered, image = next(self._rendering)
            self._images[rendered] = image
        return self._images[instant]

    def _features_around(self, prior):
        """Prepare the imagery around a place, on a grid so that the next image finds it ready."""
        x, y = (round(value / FEATURE_GRID_M) * FEATURE_GRID_M
                for value in (prior.pose.x, prior.pose.y))
        half = self._matcher.view_radius_m + LARGEST_SEARCH_M + FEATURE_GRID_M
        side = 2 * math.ceil(half / PHOTO_METRES_PER_PIXEL)
        wanted = PatchGeometry(x, y, PHOTO_METRES_PER_PIXEL, side, side)
        if self._features is None or self._features[0] != wanted:
            self._features = wanted, self._matcher.prepare(_cropped(self._photo, wanted))
        return self._features[1]


def make_rendered_drive(name: str, seed: int) -> RenderedDrive:
    """
    Build a city and drive through it for 40 s.

    :param name: one of :data:`RENDERED_SCENARIOS`.
    :param seed: the same seed gives the same drive.
    """
    scenario = get_scenario(name.removeprefix(PREFIX))
    motion = replace(scenario.motion, duration_s=DURATION_S)
    return RenderedDrive(make_world(replace(scenario, motion=motion), seed))


def _route(poses, speed, yaw_rate):
    poses = poses.copy()
    poses[:, 2] = wrap_angle(poses[:, 2])
    return Route(poses, speed, yaw_rate)


def _measured(world, steps):
    """Measure odometry and fixes; the slow error of GNSS is what a 10 s mean leaves of it."""
    drive, scenario = world.drive, world.scenario
    streams = np.random.default_rng([world.seed, 52]).spawn(3)
    gnss = measure_gnss(drive, world.city.buildings, scenario.gnss, streams[0])
    reckoned = measure_odometry(drive, scenario.odometry, streams[1])
    rows = np.array([pose.as_array() for pose in reckoned.poses])
    rows[:, 2] = np.unwrap(rows[:, 2])
    odometry = np.stack([np.interp(steps, reckoned.indices, column) for column in rows.T], axis=1)
    odometry[:, 2] = wrap_angle(odometry[:, 2])
    covariance = scenario.gnss.stated_sigma_m ** 2 * np.eye(2)
    stamps = gnss.indices / RATE_HZ
    fixes = tuple((float(stamp), GnssFix(float(stamp), float(x), float(y), covariance))
                  for stamp, (x, y) in zip(stamps, gnss.position))
    errors = gnss.position - drive.pose[gnss.indices, :2]
    window = np.ones(round(10.0 * scenario.gnss.rate_hz))
    share = np.convolve(np.ones(len(errors)), window, 'same')
    slow = [np.convolve(column, window, 'same') / share for column in errors.T]
    offset = np.stack([np.interp(steps, gnss.indices, column) for column in slow], axis=1)
    return _Sensors(odometry, fixes, offset)


def _cropped(photo, wanted):
    """Cut pixels out of the photograph; what lies outside is unknown."""
    row, column = (math.floor(value) for value in photo.geometry.pixel_from_map(
        *wanted.map_from_pixel(0.0, 0.0)))
    x, y = photo.geometry.map_from_pixel(row, column)
    half = 0.5 * wanted.width * wanted.metres_per_pixel
    geometry = replace(wanted, centre_x=float(x) + half, centre_y=float(y) - half)
    rows, columns = np.arange(wanted.height) + row, np.arange(wanted.width) + column
    height, width = photo.geometry.shape
    known = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    image = photo.image[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)]
    return SatellitePatch(np.where(known[..., None], image, 0), geometry, known, photo.provenance)
