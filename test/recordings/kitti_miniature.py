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

"""A tiny drive in the exact layout of KITTI raw."""

from datetime import datetime, timedelta, timezone
import math
from pathlib import Path

import cv2
import numpy as np

START = datetime(2011, 9, 26, 13, 2, 25, tzinfo=timezone.utc)
SPEED = 10.0
YAW = 0.3
RECTIFIED, RAW = (12, 20), (16, 26)

CAM_TO_CAM = """calib_time: 09-Jan-2012 13:57:47
corner_dist: 9.950000e-02
S_02: 2.600000e+01 1.600000e+01
K_02: 1.500000e+01 0.000000e+00 1.200000e+01 0.000000e+00 1.400000e+01 7.500000e+00 0 0 1
D_02: -3.000000e-01 1.000000e-01 1.000000e-03 2.000000e-03 -5.000000e-02
R_02: 1 0 0 0 1 0 0 0 1
T_02: 6.000000e-02 0 0
S_rect_02: 2.000000e+01 1.200000e+01
R_rect_02: 1 0 0 0 1 0 0 0 1
R_rect_00: 1 0 0 0 1 0 0 0 1
P_rect_02: 1.600000e+01 0 9.500000e+00 1.600000e+00 0 1.600000e+01 5.500000e+00 0 0 0 1 0
"""
VELO_TO_CAM = 'calib_time: x\nR: 0 -1 0 0 0 -1 1 0 0\nT: 0 -0.08 -0.27\n'
IMU_TO_VELO = 'calib_time: x\nR: 1 0 0 0 1 0 0 0 1\nT: -0.81 0.32 -0.8\n'


def stamp_text(seconds: float) -> str:
    """Return a line of ``timestamps.txt``."""
    moment = START + timedelta(seconds=math.floor(seconds))
    return f'{moment:%Y-%m-%d %H:%M:%S}.{round((seconds % 1.0) * 1e9):09d}'


def position(seconds: float) -> tuple[float, float]:
    """Return latitude and longitude on a straight course, good to 0.1 mm over ten metres."""
    north = SPEED * seconds * math.sin(YAW)
    east = SPEED * seconds * math.cos(YAW)
    latitude = math.radians(49.0)
    e2 = 0.00669437999014
    w = math.sqrt(1.0 - e2 * math.sin(latitude) ** 2)
    meridian, normal = 6378137.0 * (1.0 - e2) / w ** 3, 6378137.0 / w
    return (49.0 + math.degrees(north / meridian),
            8.4 + math.degrees(east / (normal * math.cos(latitude))))


def oxts_line(seconds: float) -> str:
    """Return the 30 numbers of a record."""
    values = np.zeros(30)
    values[0], values[1] = position(seconds)
    values[3:6] = 0.02, -0.01, YAW
    values[8] = SPEED
    values[13] = 9.81
    values[23] = 0.04
    return ' '.join(f'{value:.15g}' for value in values)


def write_miniature(root: Path, *, records: int = 11, record_period: float = 0.1,
                    images: int = 10, image_delay: float = 0.003, raw: bool = False) -> Path:
    """
    Write a date folder with one drive.

    :param record_period: time between navigation records [s].
    :param image_delay: how much later than every tenth of a second images are taken [s].
    :param raw: unrectified images of the full size.
    :return: the folder of the drive.
    """
    date = root / '2011_09_26'
    drive = date / '2011_09_26_drive_0001_sync'
    for folder in (drive / 'image_02' / 'data', drive / 'oxts' / 'data'):
        folder.mkdir(parents=True)
    (date / 'calib_cam_to_cam.txt').write_text(CAM_TO_CAM)
    (date / 'calib_velo_to_cam.txt').write_text(VELO_TO_CAM)
    (date / 'calib_imu_to_velo.txt').write_text(IMU_TO_VELO)
    for i in range(records):
        (drive / 'oxts' / 'data' / f'{i:010d}.txt').write_text(oxts_line(i * record_period) + '\n')
    (drive / 'oxts' / 'timestamps.txt').write_text(
        ''.join(stamp_text(i * record_period) + '\n' for i in range(records)))
    shape = RAW if raw else RECTIFIED
    for i in range(images):
        pixels = np.full((*shape, 3), (10 + i, 20, 30), np.uint8)
        cv2.imwrite(str(drive / 'image_02' / 'data' / f'{i:010d}.png'), pixels)
    (drive / 'image_02' / 'timestamps.txt').write_text(
        ''.join(stamp_text(0.1 * i + image_delay) + '\n' for i in range(images)))
    return drive
