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

"""The street panoramas and aerial images of the shared fixtures, ready for a matcher."""

from dataclasses import dataclass
import math
from pathlib import Path

import cv2
import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.geometry.angles import heading_from_yaw
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.matching.modes import posterior

OPTICAL_AXES = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
MISMATCHES = ('cvusa 0000015', 'cvact 1')


@dataclass(frozen=True)
class StreetPair:
    """One panorama with north at its centre column, and the aerial image around it."""

    name: str
    ground: np.ndarray
    satellite: np.ndarray
    camera_height: float
    horizon: float
    metres_per_pixel: float

    @property
    def family(self) -> str:
        """Return the data set."""
        return self.name.split()[0]

    @property
    def is_usable(self) -> bool:
        """Tell whether panorama and aerial image belong together beyond doubt."""
        return self.name not in MISMATCHES

    def window(self, centre_deg: float = 0.0, fov_deg: float = 360.0) -> FrameWindow:
        """Return the panorama, or the part of it around a heading."""
        height, width = self.ground.shape[:2]
        count = round(width * fov_deg / 360.0)
        first = round(width / 2 + centre_deg * width / 360.0 - count / 2)
        image = np.ascontiguousarray(self.ground[:, (first + np.arange(count)) % width])
        model = EquirectangularCamera(height, count, self.horizon * height - 0.5,
                                      2.0 * math.pi * count / width)
        pose = np.eye(4)
        pose[:3, :3] = OPTICAL_AXES
        return FrameWindow((Frame(image, 0.0, MountedCamera(model, pose, self.camera_height)),))

    def patch(self) -> SatellitePatch:
        """Return the aerial image with its centre at the origin of the map."""
        shape = self.satellite.shape[:2]
        return SatellitePatch(
            self.satellite, PatchGeometry(0.0, 0.0, self.metres_per_pixel, *shape),
            np.ones(shape, bool), Provenance(self.name))


def load_street_pairs(folder: Path) -> list[StreetPair]:
    """Read all pairs: 13 of CVUSA, then cases 4, 7, 10, 12 and 1 of CVACT."""
    pairs = [
        StreetPair(f'cvusa {path.name[:7]}', _read(path),
                   _read(path.with_name(f'{path.name[:7]}_satellite.jpg')), 2.5, 0.60, 0.23)
        for path in sorted((folder / 'cvusa').glob('*_ground.jpg'))]
    return pairs + [
        StreetPair(f'cvact {case}', _read(folder / 'cvact' / f'case{case}_ground.png'),
                   _read(folder / 'cvact' / f'case{case}_satellite.png'), 3.0, 0.5, 0.25)
        for case in (4, 7, 10, 12, 1)]


def heading_distribution(likelihood) -> tuple[np.ndarray, np.ndarray]:
    """Return the headings of the slices in (-180, 180] [deg] and their posterior mass."""
    headings = np.degrees(heading_from_yaw(likelihood.yaws))
    return 180.0 - (180.0 - headings) % 360.0, posterior(likelihood).sum(axis=(1, 2))


def heading_error(headings, truth_deg: float) -> np.ndarray:
    """Return absolute heading differences [deg]."""
    return np.abs((headings - truth_deg + 180.0) % 360.0 - 180.0)


def in_credible_set(headings, mass, truth_deg: float, level: float) -> bool:
    """Tell whether the slice nearest the truth is in the smallest set that holds ``level``."""
    order = np.argsort(-mass)
    kept = order[:int(np.searchsorted(np.cumsum(mass[order]), level)) + 1]
    return int(np.argmin(heading_error(headings, truth_deg))) in kept


def auroc(positive, negative) -> float:
    """Return the probability that a positive outranks a negative, ties counting half."""
    positive, negative = np.asarray(positive)[:, None], np.asarray(negative)[None]
    return float(((positive > negative) + 0.5 * (positive == negative)).mean())


def _read(path: Path) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
