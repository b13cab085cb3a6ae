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

"""From a bag to height, pitch and time offset of its camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
import math
from typing import Any

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.cli.calibration_drive import (
    CalibrationDrive, mounting_of, open_calibration_drive)
from xview_loc.cli.drive_files import DriveFiles
from xview_loc.cli.drive_images import DriveImages
from xview_loc.cli.mount_calibration import (
    calibrate_mounting, MountCorrection, Mounting, Sighting, YAW_RANGE)
from xview_loc.cli.time_calibration import (
    aligned, estimate_time_offset, ODOMETRY, TimedMatch, TimeOffset, TRUTH)
from xview_loc.errors import MatchingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.load_matcher import load_matcher
from xview_loc.matching.matcher import Matcher, SearchPrior
from xview_loc.matching.modes import find_modes
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.report.track import Track

RADIUS_WITH_TRUTH_M = 3.0
RADIUS_WITHOUT_TRUTH_M = 8.0
# Of the images whose time is looked at every third serves to compare mountings.
TIMED_SHARE, TIMED_SPACING_M = 3, 1.0
# What the time of an image may be wrong by at first, and once it was found.
MOST_OFFSET_S, OFFSET_LEFT_S = 0.3, 0.1
LEAST_WEIGHT = 0.6


@dataclass(frozen=True)
class CameraCalibration:
    """
    What a drive says about the camera.

    :param mounting: correction of height and pitch.
    :param time: offset of the stamps beyond ``known_time_s``; ``None`` where too few images were
        matched to say anything.
    :param known: parameters ``camera.*`` that the correction is relative to.
    :param known_time_s: offset of the stamps at which they were matched [s].
    """

    mounting: MountCorrection
    time: TimeOffset | None
    known: dict[str, Any]
    known_time_s: float


def calibrate_bag(files: DriveFiles, count: int,
                  progress: Callable[[str, float], None]) -> CameraCalibration:
    """
    Calibrate the camera of a bag: its time, then its mounting, then its time again.

    The ground in an image is levelled by the attitude of its time. With that of a wrong time a
    vehicle on its springs sees a bend as another one, and the time offset is found too small; so
    all is matched once more at the time that was found.

    :param files: the bag and what belongs to it.
    :param count: most images to compare mountings with; the time takes three times as many.
    :param progress: told the work at hand and the share done.
    """
    with BagReader(files.bag) as reader:
        drive = open_calibration_drive(reader, files.bag, files.config, files.truth)
        images = drive.images(reader, TIMED_SHARE * count, TIMED_SPACING_M)
    imagery = open_imagery(files.tiles)
    try:
        matcher = load_matcher('bev', imagery.metres_per_pixel_at(*drive.origin[:2]))
        work = _Work(drive, images, matcher,
                     lambda geometry: imagery.read_patch(geometry, drive.frame), progress)
        mounting = mounting_of(drive.parameters)
        late, bound = drive.image_time_offset, MOST_OFFSET_S
        rough = work.time('finding the time', mounting, late, bound)
        if rough is not None and rough.is_known:
            late, bound = late + rough.seconds, OFFSET_LEFT_S
        correction = work.correction(mounting, late)
        left = work.time('checking the time', mounting.corrected(correction), late, bound)
    finally:
        imagery.close()
    return CameraCalibration(correction, left, drive.parameters.get('camera', {}), late)


@dataclass(frozen=True)
class _Work:
    """Everything that stays the same while time and mounting are looked for."""

    drive: CalibrationDrive
    images: DriveImages
    matcher: Matcher
    read_patch: Callable[[PatchGeometry], SatellitePatch]
    progress: Callable[[str, float], None]

    @property
    def radius_m(self) -> float:
        return RADIUS_WITH_TRUTH_M if self.drive.known else RADIUS_WITHOUT_TRUTH_M

    def time(self, task: str, mounting: Mounting, late: float,
             most_offset_s: float) -> TimeOffset | None:
        """Tell what offset is left once the stamps are corrected by ``late``."""
        return time_of(list(match_in_time(
            self.images.sightings(late), mounting, self.matcher, self.read_patch,
            self.drive.track, self.radius_m, most_offset_s,
            lambda share: self.progress(task, share))), self.drive)

    def correction(self, mounting: Mounting, late: float) -> MountCorrection:
        """Compare mountings on some of the images."""
        return calibrate_mounting(
            self.images.every(TIMED_SHARE).sightings(late), mounting, self.matcher,
            self.read_patch, self.matcher.metres_per_pixel, self.radius_m,
            lambda share: self.progress('comparing mountings', share))


def match_in_time(sightings: Sequence[Sighting], mounting: Mounting, matcher: Matcher,
                  read_patch: Callable[[PatchGeometry], SatellitePatch], track: Track,
                  radius_m: float, most_offset_s: float, progress: Callable[[float], None]
                  ) -> Iterator[TimedMatch]:
    """
    Match images in a search that holds the truth whatever the time offset, up to a bound.

    :param sightings: with stamps.
    :param mounting: of the camera, corrected.
    :param matcher: compares images to imagery.
    :param read_patch: reads imagery of a place.
    :param track: rough poses.
    :param radius_m: how far they may be off [m].
    :param most_offset_s: how far the stamps may be off [s].
    :param progress: told the share done.
    """
    for done, sighting in enumerate(sightings, start=1):
        place = sighting.prior
        poses = track.at([sighting.stamp - most_offset_s, sighting.stamp + most_offset_s])
        moved = np.nan_to_num(poses - place.as_array())
        reach = radius_m + float(np.hypot(*moved[:, :2].T).max())
        turn = YAW_RANGE + float(np.abs(wrap_angle(moved[:, 2])).max())
        side = 2 * math.ceil((matcher.view_radius_m + reach + 2.0) / matcher.metres_per_pixel)
        features = matcher.prepare(read_patch(
            PatchGeometry(place.x, place.y, matcher.metres_per_pixel, side, side)))
        frame = Frame(sighting.image, sighting.stamp, mounting.moved(sighting.model, 0.0, 0.0),
                      sighting.roll, sighting.pitch)
        likelihood = matcher.match(
            FrameWindow((frame,)), features, SearchPrior(place, reach, turn))
        progress(done / len(sightings))
        if np.isfinite(likelihood.log_likelihood).any():
            mode = find_modes(likelihood, 1)[0]
            if mode.weight > LEAST_WEIGHT:
                yield TimedMatch(sighting.stamp, mode.pose)


def time_of(matches: Sequence[TimedMatch], drive: CalibrationDrive) -> TimeOffset | None:
    """
    Return the time offset that matches tell, or ``None`` where they are too few.

    :param matches: in the order of time.
    :param drive: with the track they are compared with.
    """
    try:
        if drive.known:
            return estimate_time_offset(matches, drive.track.at, TRUTH)
        # GNSS wanders by more in a second than a late image is off; odometry does not
        return estimate_time_offset(matches, aligned(drive.odometry, matches).at, ODOMETRY)
    except MatchingError:
        return None
