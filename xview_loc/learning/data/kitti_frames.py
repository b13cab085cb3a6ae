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

"""
Frames of KITTI raw as the cross-view lists name them: ``date/drive/frame.png``.

Layout: ``raw_data/<date>/calib_cam_to_cam.txt`` and, per drive, ``image_02/data/<frame>.png`` and
``oxts/data/<frame>.txt``. The published metres are those of Mercator on a sphere at 49.015
degrees; on the ellipsoid they are up to 0.34 % off (0.17 m over 50 m).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
import math
from pathlib import Path

import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.web_mercator import EARTH_RADIUS, metres_per_pixel
from xview_loc.learning.data.image_files import require_file
from xview_loc.learning.data.list_file import parse_numbers
from xview_loc.learning.data.panorama import upright_camera

LATITUDE_DEG = 49.015
# Zoom 18 at a scale of two, at that latitude for all tiles (within 0.1 % of the true size).
METRES_PER_PIXEL = 0.5 * metres_per_pixel(LATITUDE_DEG, 18)
# The left colour camera in the frame of the navigation unit, as the published loaders have it.
FORWARD_M, LEFT_M = 1.08, -0.26
CAMERA_HEIGHT_M = 1.65
# Rows and columns by which the released code of CVLNet scales the calibration of every date.
REFERENCE_SHAPE = (375.0, 1242.0)


@dataclass(frozen=True)
class NavigationRecord:
    """
    What a record of the navigation unit says of place and direction.

    :param latitude_deg: of the unit.
    :param longitude_deg: of the unit.
    :param yaw: counter-clockwise from east [rad].
    """

    latitude_deg: float
    longitude_deg: float
    yaw: float

    @property
    def lever_arm(self) -> tuple[float, float]:
        """Return east and north of the left colour camera relative to the unit [m]."""
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        return FORWARD_M * cosine - LEFT_M * sine, FORWARD_M * sine + LEFT_M * cosine

    @property
    def camera_position(self) -> tuple[float, float]:
        """Return the camera's east and north in the published metres [m]."""
        east, north = kitti_mercator(self.latitude_deg, self.longitude_deg)
        return float(east) + self.lever_arm[0], float(north) + self.lever_arm[1]


@dataclass(frozen=True)
class FrameName:
    """
    A frame in a list.

    :param date: such as ``2011_09_26``.
    :param drive: such as ``2011_09_26_drive_0001_sync``.
    :param frame: such as ``0000000048.png``.
    """

    date: str
    drive: str
    frame: str

    @classmethod
    def parse(cls, text: str) -> FrameName:
        """
        Parse ``date/drive/frame.png``.

        :raises DataSetError: when the text is of another form.
        """
        parts = text.split('/')
        if len(parts) != 3 or not parts[2].removesuffix('.png').isdigit():
            raise DataSetError(
                f'{text!r} does not name a frame; the form is date/drive/frame.png.')
        return cls(*parts)

    def __str__(self) -> str:
        """Return the name as lists have it."""
        return f'{self.date}/{self.drive}/{self.frame}'

    def before(self, steps: int) -> FrameName:
        """
        Return an earlier frame.

        :raises DataSetError: when the drive has not begun yet.
        """
        number = int(self.frame.removesuffix('.png')) - steps
        if number < 0:
            raise DataSetError(f'{self} has no frame {steps} frames before it.')
        return FrameName(self.date, self.drive, f'{number:0{len(self.frame) - 4}d}.png')

    def image(self, root: Path) -> Path:
        """Return the file of the left colour image."""
        return root / 'raw_data' / self.date / self.drive / 'image_02' / 'data' / self.frame

    def record(self, root: Path) -> Path:
        """Return the file of the navigation record."""
        name = self.frame.removesuffix('.png') + '.txt'
        return root / 'raw_data' / self.date / self.drive / 'oxts' / 'data' / name


def read_record(path: Path) -> NavigationRecord:
    """
    Read place and direction from a navigation record.

    :raises DataSetError: when it is missing or does not hold them.
    """
    words = require_file(path, 'the pose of a frame').read_text(encoding='utf-8').split()
    if len(words) < 6:
        raise DataSetError(f'{path} has {len(words)} values; a navigation record has 30.')
    latitude, longitude, yaw = parse_numbers(path, 1, [words[0], words[1], words[5]])
    return NavigationRecord(latitude, longitude, yaw)


def left_colour_camera(root: Path, date: str, shape: tuple[int, int],
                       reference: bool = False) -> MountedCamera:
    """
    Return the left colour camera of a date.

    Roll and pitch are taken as 0, as published; the rectified axis really looks up by 0.48
    degrees, and the suspension moves by about one.

    :param root: folder of the data set.
    :param date: such as ``2011_09_26``.
    :param shape: rows and columns of the image.
    :param reference: scale as the released code of CVLNet does: by 375 x 1242 whatever the size
        of that date, and without the half pixel between pixel centres and edges. At 256 x 1024 it
        moves the axis by 6 px on ``2011_09_30``.
    """
    path = root / 'raw_data' / date / 'calib_cam_to_cam.txt'
    (fx, _, cx, _, _, fy, cy), (width, height) = _rectified(path)
    if reference:
        height, width = REFERENCE_SHAPE
        cx, cy = cx - 0.5, cy - 0.5
    model = PinholeCamera(fx, fy, cx, cy, round(height), round(width))
    return upright_camera(model.resized(*shape), CAMERA_HEIGHT_M)


def kitti_mercator(latitude_deg, longitude_deg) -> tuple[np.ndarray, np.ndarray]:
    """
    Return the metres of the published protocols, Mercator on a sphere at 49.015 degrees.

    :param latitude_deg: scalar or array [deg].
    :param longitude_deg: scalar or array [deg].
    :return: east and north, float64 [m].
    """
    scale = math.cos(math.radians(LATITUDE_DEG)) * EARTH_RADIUS
    latitude = np.radians(np.asarray(latitude_deg, dtype=np.float64))
    return (scale * np.radians(np.asarray(longitude_deg, dtype=np.float64)),
            scale * np.arcsinh(np.tan(latitude)))


@cache
def _rectified(path: Path) -> tuple[list[float], list[float]]:
    """Read the start of ``P_rect_02`` and the size ``S_rect_02``."""
    require_file(path, 'the calibration of the cameras')
    table = {}
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), start=1):
        key, _, rest = line.partition(':')
        table[key.strip()] = (number, rest.split())
    for key, count in (('P_rect_02', 12), ('S_rect_02', 2)):
        if len(table.get(key, (0, []))[1]) != count:
            raise DataSetError(f'{path} has no entry {key} of {count} numbers.')
    number, words = table['P_rect_02']
    return (parse_numbers(path, number, words[:7]),
            parse_numbers(path, *table['S_rect_02']))
