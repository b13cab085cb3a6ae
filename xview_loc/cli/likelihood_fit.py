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

"""How far the matches of drives are to be believed, from their true poses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
import math

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.cli.calibration_drive import mounting_of, open_calibration_drive
from xview_loc.cli.drive_files import DriveFiles
from xview_loc.cli.mount_calibration import Mounting, Sighting
from xview_loc.errors import ConfigurationError
from xview_loc.filtering.filter_config import LikelihoodConfig
from xview_loc.filtering.likelihood_calibration import CalibrationSample, LikelihoodFit
from xview_loc.filtering.likelihood_reliability import (
    calibration_error, credible_levels, fit_reliable)
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
# Between two drives; no error repeats itself over more than 100 m.
APART_M = 1e4


@dataclass(frozen=True)
class LikelihoodReport:
    """
    What was fitted on drives, or one half of a drive, and how it does on others, or the other.

    :param fit: on the first.
    :param before: ``(N,)`` levels of what is held out with the default settings, see
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


def fit_drives(drives: Sequence[DriveFiles], held_out: int | None, model: str, count: int,
               progress: Callable[[float], None]) -> LikelihoodReport:
    """
    Match the images of drives with known poses and fit temperature, wrong peaks and decorrelation.

    :param drives: with the mounting as it was calibrated.
    :param held_out: how many of several, the last ones, are not fitted but judged; one without a
        number. Of a single drive the second half is.
    :param model: matcher whose likelihoods are judged.
    :param count: most images to match of each.
    :param progress: told the share done.
    :raises ConfigurationError: without true poses, or when no drive is left to fit.
    """
    if not all(drive.truth for drive in drives):
        raise ConfigurationError(
            'The likelihood can only be fitted to true poses; name their topic or file '
            '(--truth).')
    judged = _held_out_of(len(drives), held_out)
    samples: list[list[CalibrationSample]] = []
    for drive in drives:
        before = len(samples)
        samples.append(list(match_drive(
            drive, model, count, lambda share: progress((before + share) / len(drives)))))
    if len(drives) == 1:
        return fit_and_check(samples[0])
    return check(fit_reliable(joined(samples[:-judged])), joined(samples[-judged:]))


def _held_out_of(count: int, wanted: int | None) -> int:
    """Return how many of the drives are held out."""
    if wanted is not None and not 0 < wanted < count:
        raise ConfigurationError(
            f'{wanted} of {count} drives cannot be held out; at least one is fitted and at least '
            'one, of several, held out.')
    return min(wanted or 1, count - 1)


def match_drive(drive: DriveFiles, model: str, count: int,
                progress: Callable[[float], None]) -> Iterator[CalibrationSample]:
    """
    Match the images of a drive with known poses.

    :param drive: with true poses.
    :param model: matcher whose likelihoods are judged.
    :param count: most images to match.
    :param progress: told the share done.
    """
    with BagReader(drive.bag) as reader:
        recorded = open_calibration_drive(reader, drive.bag, drive.config, drive.truth)
        sightings = recorded.images(reader, count, LEAST_SPACING_M).sightings(
            recorded.image_time_offset)
    imagery = open_imagery(drive.tiles)
    try:
        matcher = load_matcher(model, imagery.metres_per_pixel_at(*recorded.origin[:2]))
        if isinstance(matcher, CalibratedMatcher):
            # what an earlier drive has shown is not to be calibrated once more
            matcher = matcher.matcher
        for done, sample in enumerate(match_sightings(
                sightings, mounting_of(recorded.parameters), matcher,
                lambda geometry: imagery.read_patch(geometry, recorded.frame)), start=1):
            yield sample
            progress(done / len(sightings))
    finally:
        imagery.close()


def joined(drives: Sequence[Sequence[CalibrationSample]]) -> list[CalibrationSample]:
    """
    Put drives one after the other, so far apart that no error of one repeats itself in the next.

    :param drives: the samples of each, in their order.
    """
    samples, start = [], 0.0
    for drive in drives:
        samples += [replace(sample, odometer=start + sample.odometer) for sample in drive]
        start += APART_M + (drive[-1].odometer if drive else 0.0)
    return samples


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
    return check(fit_reliable(samples[:middle]), samples[middle:])


def check(fit: LikelihoodFit, samples: Sequence[CalibrationSample]) -> LikelihoodReport:
    """
    Judge a fit by samples that it has not seen.

    :param fit: on other samples.
    :param samples: held out.
    """
    default = LikelihoodConfig()
    before, after = (credible_levels(samples, settings)
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
