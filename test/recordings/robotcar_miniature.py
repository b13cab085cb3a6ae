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

"""A tiny traversal and software kit in the exact layout of the Oxford RobotCar."""

import math
from pathlib import Path

import cv2
import numpy as np
from pyproj import Transformer

START_US = 1_400_075_998_000_000
SPEED, HEADING = 8.0, math.radians(30.0)
LATITUDE, LONGITUDE, ALTITUDE = 51.76, -1.26, 115.0
# Vehicle axes: forward, right, down.
INS = (-1.7, 0.1, 1.2, 0.0, 0.0, 0.0)
RED, GREEN, BLUE = 200, 120, 40
LOOKUP_SHIFT = (3, 5)

INS_HEADER = ('timestamp,ins_status,latitude,longitude,altitude,northing,easting,down,utm_zone,'
              'velocity_north,velocity_east,velocity_down,roll,pitch,yaw')
RTK_HEADER = ('timestamp,latitude,longitude,altitude,northing,easting,down,utm_zone,'
              'velocity_north,velocity_east,velocity_down,roll,pitch,yaw')
GPS_HEADER = ('timestamp,num_satellites,latitude,longitude,altitude,latitude_sigma,'
              'longitude_sigma,altitude_sigma,northing,easting,down,utm_zone')
VO_HEADER = 'source_timestamp,destination_timestamp,x,y,z,roll,pitch,yaw'


def position(seconds: float) -> tuple[float, float]:
    """Return latitude and longitude on a straight course, good to 1 mm over twenty metres."""
    north, east = SPEED * seconds * math.cos(HEADING), SPEED * seconds * math.sin(HEADING)
    e2, latitude = 0.00669437999014, math.radians(LATITUDE)
    w = math.sqrt(1.0 - e2 * math.sin(latitude) ** 2)
    return (LATITUDE + math.degrees(north * w ** 3 / (6378137.0 * (1.0 - e2))),
            LONGITUDE + math.degrees(east * w / (6378137.0 * math.cos(latitude))))


def write_kit(root: Path) -> Path:
    """Write camera models and extrinsics with numbers of our own."""
    kit = root / 'kit'
    (kit / 'models').mkdir(parents=True)
    (kit / 'extrinsics').mkdir()
    axes = '0 0 1 0\n1 0 0 0\n0 1 0 0\n0 0 0 1\n'
    for model, (height, width) in (('stereo_narrow_left', (960, 1280)),
                                   ('mono_left', (1024, 1024))):
        (kit / 'models' / f'{model}.txt').write_text(f'960.5 961.5 640.0 480.0\n{axes}')
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
        np.stack([columns + LOOKUP_SHIFT[1], rows + LOOKUP_SHIFT[0]]).tofile(
            kit / 'models' / f'{model}_distortion_lut.bin')
    write_numbers(kit / 'extrinsics' / 'ins.txt', INS)
    write_numbers(kit / 'extrinsics' / 'stereo.txt', (0, 0, 0, 0, 0, 0))
    # A camera at (-1, -0.5, 0) that looks to the left, as camera_from_vehicle.
    write_numbers(kit / 'extrinsics' / 'mono_left.txt', (-0.5, 1.0, 0, 0, 0, math.pi / 2))
    return kit


def write_numbers(path: Path, values) -> None:
    """Write numbers on one line."""
    path.write_text(' '.join(f'{value:.9f}' for value in values) + '\n')


def write_traversal(root: Path, *, count: int = 4, rtk: bool = True, vo: bool = True,
                    camera: str = 'stereo/centre') -> Path:
    """Write a traversal of ``count`` images at 16 Hz."""
    folder = root / '2014-05-14-13-59-05'
    (folder / 'gps').mkdir(parents=True)
    (folder / 'vo').mkdir()
    (folder / camera).mkdir(parents=True)
    stamps = [START_US + 62_500 * i for i in range(count)]
    shape = (960, 1280) if camera.startswith('stereo') else (1024, 1024)
    for stamp in stamps:
        cv2.imwrite(str(folder / camera / f'{stamp}.png'),
                    mosaic(shape, 'gbrg' if camera.startswith('stereo') else 'rggb'))
    (folder / f'{camera.partition("/")[0]}.timestamps').write_text(
        ''.join(f'{stamp} 1\n' for stamp in stamps) + f'{stamps[-1] + 62_500} 2\n')
    write_poses(folder / 'gps' / 'ins.csv', INS_HEADER, [0.02 * i for i in range(20)])
    if rtk:
        write_poses(folder / 'rtk.csv', RTK_HEADER, [0.1 * i for i in range(4)])
    lines = [GPS_HEADER]
    for i in range(3):
        latitude, longitude = position(0.2 * i)
        lines.append(f'{START_US + 200_000 * i},8,{latitude:.9f},{longitude:.9f},{ALTITUDE},'
                     f'1.5,2.5,4.0,0,0,0,30U')
    (folder / 'gps' / 'gps.csv').write_text('\n'.join(lines) + '\n')
    if vo:
        rows = [f'{later},{earlier},{SPEED * 0.0625},0,0,0,0,0'
                for earlier, later in zip(stamps, stamps[1:])]
        (folder / 'vo' / 'vo.csv').write_text('\n'.join([VO_HEADER, *rows]) + '\n')
    return folder


def write_poses(path: Path, header: str, times) -> None:
    """Write true poses."""
    to_utm = Transformer.from_crs(4326, 32630, always_xy=True)
    lines = [header]
    for seconds in times:
        latitude, longitude = position(seconds)
        easting, northing = to_utm.transform(longitude, latitude)
        status = 'INS_SOLUTION_GOOD,' if 'ins_status' in header else ''
        lines.append(
            f'{START_US + round(seconds * 1e6)},{status}{latitude:.9f},{longitude:.9f},{ALTITUDE},'
            f'{northing:.6f},{easting:.6f},{-ALTITUDE},30U,0,0,0,0.01,0.02,{HEADING:.9f}')
    path.write_text('\n'.join(lines) + '\n')


def mosaic(shape: tuple[int, int], pattern: str) -> np.ndarray:
    """Return a raw image of one colour as the sensor stores it."""
    levels = {'r': RED, 'g': GREEN, 'b': BLUE}
    raw = np.empty(shape, np.uint8)
    for place, colour in enumerate(pattern):
        raw[place // 2::2, place % 2::2] = levels[colour]
    return raw
