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

"""How far the matches of a drive are to be believed, from its true poses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
import math
from pathlib import Path

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.cli.calibration_drive import mounting_of, open_calibration_drive
from xview_loc.cli.mount_calibration import Mounting, Sighting
from xview_loc.errors import ConfigurationError
from xview_loc.filtering.filter_config import LikelihoodConfig
from xview_loc.filtering.likelihood_calibration import (
    CalibrationSample, fit_likelihood, LikelihoodFit)
from xview_loc.filtering.likelihood_reliability import calibration_error, credible_levels
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.calibrated_matcher import CalibratedMatcher
from xview_loc.matching.load_matcher import load_matcher, TRAINING_FREE
from xview_loc.matching.matcher import Matcher, SearchPrior
from xview_loc.matching.model_folders import find_package
from xview_loc.matching.model_package import (
    ModelPackage, read_model_package, write_reliability)
from xview_loc.matching.model_records import Reliability
from xview_loc.recordings.bag_reader import BagReader

PRIOR_STD_M, PRIOR_STD_YAW = 1.5, math.radians(2.5)
RADIUS_M, YAW_RANGE = 6.0, math.radians(10.0)
LEAST_SPACING_M = 0.5


@dataclass(frozen=True)
class LikelihoodReport:
    """
    What was fitted on one half of a drive, and how it does on the other.

    :param fit: on the first half.
    :param before: ``(N,)`` levels of the second half with the default settings, see
        :func:`.likelihood_reliability.credible_levels`.
    :param after: the same with the fitted ones.
    """

    fit: LikelihoodFit
    before: np.ndarray
    after: np.ndarray

    @property
    def error_before(self) -> float:
        """Return the expected calibration error with the default settings."""
        return calibration_error(self.before)

    @property
    def error_after(self) -> float:
        """Return the expected calibration error with the fitted settings."""
        return calibration_error(self.after)


def fit_bag(bag: Path, tiles: Path, config: Path | None, truth: str, model: str, count: int,
            progress: Callable[[float], None]) -> LikelihoodReport:
    """
    Match the images of a bag with known poses and fit temperature, wrong peaks and decorrelation.

    :param bag: the recording.
    :param tiles: imagery.
    :param config: YAML of node parameters, with the mounting as it was calibrated, or ``None``.
    :param truth: topic or TUM file with true poses.
    :param model: matcher whose likelihoods are judged.
    :param count: most images to match.
    :param progress: told the share done.
    :raises ConfigurationError: without true poses.
    """
    if not truth:
        raise ConfigurationError(
            'The likelihood can only be fitted to true poses; name their topic or file '
            '(--truth).')
    with BagReader(bag) as reader:
        drive = open_calibration_drive(reader, bag, config, truth)
        sightings = drive.sightings(reader, count, LEAST_SPACING_M)
    imagery = open_imagery(tiles)
    try:
        matcher = load_matcher(model, imagery.metres_per_pixel_at(*drive.origin[:2]))
        if isinstance(matcher, CalibratedMatcher):
            # what an earlier drive has shown is not to be calibrated once more
            matcher = matcher.matcher
        samples = []
        for sample in match_sightings(
                sightings, mounting_of(drive.parameters), matcher,
                lambda geometry: imagery.read_patch(geometry, drive.frame)):
            samples.append(sample)
            progress(len(samples) / len(sightings))
    finally:
        imagery.close()
    return fit_and_check(samples)


def match_sightings(sightings: Sequence[Sighting], mounting: Mounting, matcher: Matcher,
                    read_patch: Callable[[PatchGeometry], SatellitePatch]
                    ) -> Iterator[CalibrationSample]:
    """
    Match images from priors that are off as those of a filter are.

    :param sightings: with their true poses, in the order of the drive.
    :param mounting: of the camera.
    :param matcher: to be judged.
    :param read_patch: reads imagery of a place.
    """
    generator = np.random.default_rng(0)
    half = matcher.view_radius_m + RADIUS_M + 2.0
    side = 2 * math.ceil(half / matcher.metres_per_pixel)
    odometer, before = 0.0, None
    for sighting in sightings:
        truth = sighting.prior
        odometer += 0.0 if before is None else before.distance_to(truth)
        before = truth
        noise = generator.standard_normal(3) * (PRIOR_STD_M, PRIOR_STD_M, PRIOR_STD_YAW)
        place = Pose2(*map(float, truth.as_array() + noise))
        features = matcher.prepare(read_patch(
            PatchGeometry(place.x, place.y, matcher.metres_per_pixel, side, side)))
        camera = mounting.moved(sighting.model, 0.0, 0.0)
        frame = Frame(sighting.image, 0.0, camera, sighting.roll, sighting.pitch)
        yield CalibrationSample(
            matcher.match(FrameWindow((frame,)), features,
                          SearchPrior(place, RADIUS_M, YAW_RANGE)), truth, odometer)


def fit_and_check(samples: Sequence[CalibrationSample]) -> LikelihoodReport:
    """
    Fit on the first half of a drive and measure on the second.

    :param samples: in the order of the drive.
    :raises FilterError: when fewer than 20 of the first half cover their true pose.
    """
    middle = (len(samples) + 1) // 2
    fit = fit_likelihood(samples[:middle])
    default = LikelihoodConfig()
    before, after = (credible_levels(samples[middle:], settings)
                     for settings in (default, fit.applied_to(default)))
    return LikelihoodReport(fit, before, after)


def package_of(model: str) -> ModelPackage:
    """
    Return the package that a fit can be written into.

    :param model: as for the matcher.
    :raises ConfigurationError: when the matcher has no package.
    """
    if model == TRAINING_FREE:
        raise ConfigurationError(
            f'{model} needs no model package, so that there is no model.yaml to write into; write '
            'a parameter file (--out).')
    return read_model_package(find_package(model))


def write_into(package: ModelPackage, fit: LikelihoodFit) -> None:
    """
    Write a fit into ``model.yaml``.

    :param package: that the matcher was made from.
    :param fit: of its likelihoods.
    """
    write_reliability(package, Reliability(
        fit.temperature, fit.outlier, fit.doubt, fit.decorrelation_m))
