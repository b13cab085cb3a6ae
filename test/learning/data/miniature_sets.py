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

"""Data sets of a few pairs in the published layouts, with made-up images."""

from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat

CVACT_PANORAMAS = tuple(f'panorama_{number:013d}' for number in range(5))
# The second place is 5.0 m from the first, the third 5.1 m.
CVACT_PLACES = np.array([[690_000.0, 6_095_000.0], [690_003.0, 6_095_004.0],
                         [690_003.06, 6_095_004.08], [690_050.0, 6_095_000.0],
                         [690_400.0, 6_095_300.0]])
# Golden rows of the specification: the positive tiles and their corrected offsets.
VIGOR_ROWS = {
    'Chicago': ('L-1poX8YZAmBZVLMqBu-4w,41.877949,-87.689396,.jpg',
                'satellite_41.877971796211014_-87.68943505304125.png', 23.0, -29.0),
    'NewYork': ('s-0__SnpcZyNsnt7JA2_hw,40.749783,-73.981849,.jpg',
                'satellite_40.7496417954_-73.981897008.png', -139.0, -34.0),
    'Seattle': ('EPdy_wwpT03WDToUUDkHnQ,47.582113,-122.314680,.jpg',
                'satellite_47.58225436149519_-122.31462478843227.png', 156.0, 40.0),
    'SanFrancisco': ('panorama_of_this_test_,37.775000,-122.418000,.jpg',
                     'satellite_37.77508_-122.41805.png', 75.0, -37.0)}
LATITUDE_STEP, LONGITUDE_STEP = 0.00032807245, 0.000438
ROBOTCAR_ROWS = (
    # index in the joined test lists, easting, northing, yaw
    (619787.1450088092, 5734845.910437141, -0.2254744604434654),
    (620424.952646378, 5735178.784289014, -0.4841646298025495))
DRIVE = '2011_09_26/2011_09_26_drive_0001_sync'
OXTS = ('49.015003823272 8.4342971002335 116.43032836914 0.035752 0.00903 -2.6087069803847 '
        + ' '.join(['0.0'] * 24))


def write_image(path: Path, height: int, width: int, seed: int = 0) -> np.ndarray:
    """Write an image of colours that change slowly, and return it as RGB."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (4, 5, 3), dtype=np.uint8)
    image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image[..., ::-1])
    return image


def write_lines(path: Path, lines) -> Path:
    """Write lines; the last one without a new line, as in some published lists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join(lines))
    return path


def make_cvusa(root: Path, train: int = 3, val: int = 2) -> Path:
    """Write CVUSA."""
    for split, numbers in (('train', range(1, train + 1)), ('val', range(9, 9 + val))):
        names = [f'{number:07d}' for number in numbers]
        write_lines(root / 'splits' / f'{split}-19zl.csv', [
            f'bingmap/19/{name}.jpg,streetview/panos/{name}.jpg,streetview/annotations/{name}.png'
            for name in names])
        for name in names:
            write_image(root / 'bingmap' / '19' / f'{name}.jpg', 75, 75)
            write_image(root / 'streetview' / 'panos' / f'{name}.jpg', 28, 154)
    return root


def make_cvact(root: Path) -> Path:
    """Write CVACT: train 0 and 1, val 3, test all; number 4 was never released."""
    indices = {'trainSet': ('trainInd', [1, 2]), 'valSet': ('valInd', [4]),
               'valSetAll': ('valInd', [1, 2, 3, 4, 5])}
    root.mkdir(parents=True, exist_ok=True)
    savemat(str(root / 'ACT_data.mat'), {
        'panoIds': np.array(CVACT_PANORAMAS), 'utm': CVACT_PLACES,
        **{struct: {'name': struct, field: np.array(rows, dtype=np.float64)[:, None]}
           for struct, (field, rows) in indices.items()}})
    for number in range(4):
        folder = root / ('ANU_data_test' if number == 2 else 'ANU_data_small')
        pano = CVACT_PANORAMAS[number]
        write_image(folder / 'streetview' / f'{pano}_grdView.jpg', 64, 128)
        write_image(folder / 'satview_polish' / f'{pano}_satView_polish.jpg', 100, 100)
    return root


def vigor_grid(tile: str) -> list[str]:
    """Return a tile and eight more around it, on a grid of half a tile."""
    latitude, longitude = map(float, tile.removesuffix('.png').split('_')[1:])
    return [tile if row == column == 0 else
            f'satellite_{latitude + row * LATITUDE_STEP:.12f}_'
            f'{longitude + column * LONGITUDE_STEP:.12f}.png'
            for row in (-1, 0, 1) for column in (-1, 0, 1)]


def vigor_line(city: str) -> str:
    """Return the label line of a city: its positive and three tiles around it."""
    pano, tile, south, west = VIGOR_ROWS[city]
    others = [name for name in vigor_grid(tile) if name != tile][:3]
    return ' '.join([pano, tile, str(south), str(west),
                     *(f'{name} 330.0 -20.0' for name in others)])


def make_vigor(root: Path, *, corrected: bool = True, original: bool = True,
               pano_label: bool = True) -> Path:
    """Write VIGOR with one panorama in each city, the same in every list."""
    stems = ['same_area_balanced_train', 'same_area_balanced_test']
    stems += ['pano_label_balanced'] if pano_label else []
    for city, (pano, tile, _, _) in VIGOR_ROWS.items():
        for name in vigor_grid(tile):
            write_image(root / city / 'satellite' / name, 64, 64)
        write_image(root / city / 'panorama' / pano, 32, 64)
        write_lines(root / 'splits' / city / 'satellite_list.txt', vigor_grid(tile))
        for stem in stems:
            if corrected:
                write_lines(root / 'splits__corrected' / city / f'{stem}__corrected.txt',
                            [vigor_line(city)])
            if original:
                line = vigor_line(city).split()
                write_lines(root / 'splits' / city / f'{stem}.txt',
                            [' '.join([*line[:2], '10.0', '-20.0', *line[4:]])])
    return root


def robotcar_line(east: float, north: float, date: str = '2015-08-14-14-54-57') -> str:
    """Return a row of a list of RobotCar."""
    name = f'{east}_{north}.png'
    return f'{date}/ground/{name} {date}/satellite/{name} {east} {north}'


def make_robotcar(root: Path) -> Path:
    """Write RobotCar: the rows of the specification as test 1, one in every other list."""
    rows = [robotcar_line(*row[:2]) for row in ROBOTCAR_ROWS]
    near = robotcar_line(619788.0, 5734846.0, '2015-06-26-08-09-43')
    write_lines(root / 'test1_j.txt', rows)
    write_lines(root / 'test2_j.txt', [robotcar_line(619883.6235051961, 5735190.634498348)])
    write_lines(root / 'test3_j.txt', [robotcar_line(620197.2473366413, 5735805.294774535)])
    write_lines(root / 'training.txt', [near])
    write_lines(root / 'validation.txt', [robotcar_line(619959.707711016, 5736083.660874516)])
    np.save(root / 'train_yaw.npy', np.array([0.1]))
    np.save(root / 'val_yaw.npy', np.array([0.2]))
    np.save(root / 'test_yaw.npy', np.array([*(row[2] for row in ROBOTCAR_ROWS), 0.3, 0.4]))
    for line in [*rows, near]:
        write_image(root / line.split()[0], 96, 128)
    return root


def make_kitti_drive(root: Path, frames=(48, 45, 42, 39)) -> Path:
    """Write frames of one drive of KITTI raw."""
    date = root / 'raw_data' / DRIVE.split('/')[0]
    write_lines(date / 'calib_cam_to_cam.txt', [
        'calib_time: 09-Jan-2012 13:57:47', 'S_rect_02: 1.242000e+03 3.750000e+02',
        'P_rect_02: 7.215377e+02 0.0 6.095593e+02 4.485728e+01 0.0 7.215377e+02 1.728540e+02 '
        '2.163791e-01 0.0 0.0 1.0 2.745884e-03'])
    for number in frames:
        drive = root / 'raw_data' / DRIVE
        write_image(drive / 'image_02' / 'data' / f'{number:010d}.png', 37, 124, number)
        write_lines(drive / 'oxts' / 'data' / f'{number:010d}.txt', [OXTS])
    return root


def make_kitti(root: Path) -> Path:
    """Write KITTI with pose noise: one frame in every list."""
    make_kitti_drive(root)
    frame = f'{DRIVE}/0000000048.png'
    write_image(root / 'satmap' / frame, 1280, 1280)
    write_lines(root / 'train_files.txt', [frame])
    for number in (1, 2):
        write_lines(root / f'test{number}_files.txt', [
            f'{frame} -0.3455326 -0.9653194 -0.0077375486',
            f'{frame} 0.37390798 0.36219868 -0.75242347',
            f'{frame} 0.933891 0.42439047 0.95673674'])
    return root


def make_kitti_cvl(root: Path) -> Path:
    """Write KITTI-CVL: one sequence in every list, and one tile that only distracts."""
    make_kitti_drive(root)
    frame, drive = f'{DRIVE}/0000000048.png', DRIVE.split('/')[1]
    place = ('49.01500090632', '8.43428254969')
    for name in ('train', 'test1', 'test2'):
        write_lines(root / f'{name}_files_with_sat_GPS.txt', [f'{frame} {place[0]} {place[1]}'])
    write_image(root / 'satmap' / 'train_10mgap' / frame, 640, 640)
    write_image(root / 'satmap' / 'test' / drive / f'{place[0]}_{place[1]}.png', 640, 640)
    write_image(root / 'satmap' / 'test' / drive / '49.0151_8.4343.png', 640, 640)
    write_lines(root / 'test.csv', [drive, 'another_drive'])
    write_lines(root / 'ignore.csv', ['another_drive'])
    return root
