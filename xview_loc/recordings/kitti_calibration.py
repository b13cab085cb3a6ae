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
The calibration files of KITTI raw.

Chain: ``imu -> velo -> camera 0 (unrectified) -> rectified -> camera x``. The sensor frames are
x forward, y left, z up for the IMU and the laser scanner, and the optical frame for cameras.
"""

from __future__ import annotations

from dataclasses import dataclass
import json
from pathlib import Path

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import RecordingError

CAM_FILE, VELO_FILE, IMU_FILE = (
    'calib_cam_to_cam.txt', 'calib_velo_to_cam.txt', 'calib_imu_to_velo.txt')


@dataclass(frozen=True)
class KittiCalibration:
    """
    One camera of the vehicle and the way to it.

    :param camera: camera number, 0 to 3.
    :param height: rows of the image that ``k`` describes.
    :param width: columns of the image that ``k`` describes.
    :param k: ``(3, 3)`` camera matrix; read-only.
    :param d: five ``plumb_bob`` coefficients, zero for rectified images; read-only.
    :param r: ``(3, 3)`` rectification, identity for rectified images; read-only.
    :param p: ``(3, 4)`` projection of the rectified image; read-only.
    :param velo_from_imu: ``(4, 4)``; read-only.
    :param camera_from_velo: ``(4, 4)`` to the optical frame of ``camera``; read-only.
    """

    camera: int
    height: int
    width: int
    k: np.ndarray
    d: np.ndarray
    r: np.ndarray
    p: np.ndarray
    velo_from_imu: np.ndarray
    camera_from_velo: np.ndarray

    def __post_init__(self):
        """Make the arrays read-only."""
        for name in ('k', 'd', 'r', 'p', 'velo_from_imu', 'camera_from_velo'):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))

    @property
    def imu_from_camera(self) -> np.ndarray:
        """Return the ``(4, 4)`` pose of the optical frame in the IMU frame."""
        return np.linalg.inv(self.camera_from_velo @ self.velo_from_imu)


def read_calibration(folders: list[Path], camera: int,
                     image_shape: tuple[int, int]) -> KittiCalibration:
    """
    Read the calibration of a camera for images of a size.

    Images of the size ``S_0x`` are raw ones (distorted); of ``S_rect_0x``, which differs from
    date to date, rectified ones. Any other size is a scaled rectified image: a file
    ``camera_0x_scaled.json`` describes it, or the matrix is scaled by the ratio of the sizes.

    :param folders: folders to look into, the first that has the file counts.
    :param camera: camera number, 0 to 3.
    :param image_shape: ``(height, width)`` of the images.
    :raises RecordingError: naming the file, and the line where one is wrong.
    """
    path = _find(folders, CAM_FILE)
    table = _read_table(path)
    name = f'{camera:02d}'
    velo = _read_rigid(_find(folders, VELO_FILE))
    imu = _read_rigid(_find(folders, IMU_FILE))
    size = tuple(int(v) for v in _entry(path, table, f'S_{name}', 2)[::-1])
    rectified_size = tuple(int(v) for v in _entry(path, table, f'S_rect_{name}', 2)[::-1])
    p = _entry(path, table, f'P_rect_{name}', 12).reshape(3, 4)
    if image_shape == size:
        rotation = _rigid(_entry(path, table, f'R_{name}', 9), _entry(path, table, f'T_{name}', 3))
        return KittiCalibration(
            camera, *size, k=_entry(path, table, f'K_{name}', 9).reshape(3, 3),
            d=_entry(path, table, f'D_{name}', 5),
            r=_entry(path, table, f'R_rect_{name}', 9).reshape(3, 3), p=p, velo_from_imu=imu,
            camera_from_velo=rotation @ velo)
    # P_rect = K [I | t]: the camera sits at -t in the rectified frame of camera 0.
    offset = _rigid(np.eye(3), np.linalg.solve(p[:, :3], p[:, 3]))
    rectify = _rigid(_entry(path, table, 'R_rect_00', 9), np.zeros(3))
    k = _scaled_matrix(folders, name, image_shape)
    if k is None:
        scale = [image_shape[1] / rectified_size[1], image_shape[0] / rectified_size[0]]
        k = scaled_camera_matrix(p[:, :3], *scale)
    return KittiCalibration(
        camera, *image_shape, k=k, d=np.zeros(5), r=np.eye(3),
        p=np.hstack([k, np.zeros((3, 1))]), velo_from_imu=imu,
        camera_from_velo=offset @ rectify @ velo)


def scaled_camera_matrix(k: np.ndarray, scale_x: float, scale_y: float) -> np.ndarray:
    """
    Return the camera matrix of a resized image, with pixel centres at integers.

    :param k: ``(3, 3)`` camera matrix.
    :param scale_x: new width divided by old width.
    :param scale_y: new height divided by old height.
    """
    scaled = np.diag([scale_x, scale_y, 1.0]) @ k
    scaled[0, 2] += 0.5 * scale_x - 0.5
    scaled[1, 2] += 0.5 * scale_y - 0.5
    return scaled


def _scaled_matrix(folders: list[Path], name: str, shape: tuple[int, int]) -> np.ndarray | None:
    """Return the camera matrix of a description of scaled images, where there is one."""
    path = next((folder / f'camera_{name}_scaled.json' for folder in folders
                 if (folder / f'camera_{name}_scaled.json').is_file()), None)
    if path is None:
        return None
    try:
        described = json.loads(path.read_text(encoding='utf-8'))
        k = np.array(described['K'], dtype=np.float64).reshape(3, 3)
        found = (int(described['height']), int(described['width']))
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError(f'{path} does not describe a camera: {error!r}.') from error
    if found != shape:
        raise RecordingError(
            f'{path} describes images of {found[1]} x {found[0]} pixels, but they have '
            f'{shape[1]} x {shape[0]}.')
    return k


def _find(folders: list[Path], name: str) -> Path:
    """Return the first file of a name."""
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise RecordingError(
        f'{name} is missing; it must lie in {" or ".join(str(folder) for folder in folders)}.')


def _read_table(path: Path) -> dict[str, tuple[int, list[str]]]:
    """Return line number and words by key."""
    table = {}
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), start=1):
        key, separator, rest = line.partition(':')
        if separator:
            table[key.strip()] = (number, rest.split())
    return table


def _entry(path: Path, table: dict, key: str, count: int) -> np.ndarray:
    """Return the numbers of a key."""
    if key not in table:
        raise RecordingError(f'{path} has no entry {key}.')
    number, words = table[key]
    if len(words) != count:
        raise RecordingError(
            f'{path} line {number}: {key} has {len(words)} values; it must have {count}.')
    try:
        return np.array([float(word) for word in words])
    except ValueError as error:
        raise RecordingError(f'{path} line {number}: {error}.') from error


def _read_rigid(path: Path) -> np.ndarray:
    """Read a file with the entries R and T."""
    table = _read_table(path)
    return _rigid(_entry(path, table, 'R', 9), _entry(path, table, 'T', 3))


def _rigid(rotation: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """Return the 4 x 4 transform."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(rotation, (3, 3))
    matrix[:3, 3] = translation
    return matrix
