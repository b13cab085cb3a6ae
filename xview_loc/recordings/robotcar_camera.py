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
Cameras of the Oxford RobotCar: mosaic of colours, look-up table of distortion, mounting.

Convention of the data set: vehicle, sensor and camera frames are x forward, y **right**,
z **down**. ``extrinsics/<camera>.txt`` is ``camera_from_vehicle`` and ``extrinsics/ins.txt`` is
``vehicle_from_ins``, each as x y z roll pitch yaw. ``models/<model>.txt`` holds focal lengths and
principal point of the undistorted image and ``camera_from_optical``; the table beside it says
where each undistorted pixel lies in the raw image: all columns, then all rows, as float64. Both
folders come with the data set's software kit; none of its numbers are repeated here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import RecordingError
from xview_loc.geometry.extrinsics import rigid_transform, rotation_from_rpy

# Folder of images: model, extrinsics, height, width, colour of the first four pixels.
CAMERAS = {
    'stereo/left': ('stereo_wide_left', 'stereo', 960, 1280, 'gbrg'),
    'stereo/centre': ('stereo_narrow_left', 'stereo', 960, 1280, 'gbrg'),
    'stereo/right': ('stereo_wide_right', 'stereo', 960, 1280, 'gbrg'),
    'mono_left': ('mono_left', 'mono_left', 1024, 1024, 'rggb'),
    'mono_right': ('mono_right', 'mono_right', 1024, 1024, 'rggb'),
    'mono_rear': ('mono_rear', 'mono_rear', 1024, 1024, 'rggb')}

# OpenCV names a pattern by the second and third pixel of its second row.
_DEMOSAIC = {'gbrg': cv2.COLOR_BayerGR2BGR, 'rggb': cv2.COLOR_BayerBG2BGR}
_FLU_FROM_FRD = np.diag([1.0, -1.0, -1.0, 1.0])


@dataclass(frozen=True)
class RobotCarCamera:
    """
    One camera of the vehicle.

    :param name: folder of its images, such as ``stereo/centre``.
    :param k: ``(3, 3)`` camera matrix of the undistorted image; read-only.
    :param map_columns: ``(H, W)`` float32 column in the raw image; read-only.
    :param map_rows: ``(H, W)`` float32 row in the raw image; read-only.
    :param base_from_camera: ``(4, 4)`` pose of the optical frame in ``base_link``, which is the
        navigation system with x forward, y left, z up; read-only.
    """

    name: str
    k: np.ndarray
    map_columns: np.ndarray
    map_rows: np.ndarray
    base_from_camera: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Return ``(height, width)`` of raw and undistorted images."""
        height, width = self.map_columns.shape
        return height, width

    @property
    def frame_id(self) -> str:
        """Return the name of its optical frame."""
        return f'{self.name.replace("/", "_")}_optical_frame'

    def undistorted(self, raw: np.ndarray) -> np.ndarray:
        """
        Turn a raw image into a colour image without distortion.

        :param raw: ``(H, W)`` uint8 as stored: one colour per pixel.
        :return: ``(H, W, 3)`` uint8 BGR; black where the raw image does not reach.
        """
        colours = cv2.cvtColor(raw, _DEMOSAIC[CAMERAS[self.name][4]])
        return cv2.remap(colours, self.map_columns, self.map_rows, cv2.INTER_LINEAR)

    def read(self, path: Path) -> np.ndarray:
        """
        Read an image file and undistort it.

        :raises RecordingError: when it is damaged or of another size.
        """
        raw = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if raw is None:
            raise RecordingError(f'{path} cannot be decoded as an image.')
        if raw.ndim != 2 or raw.shape != self.shape or raw.dtype != np.uint8:
            raise RecordingError(
                f'{path} is {raw.dtype} of shape {raw.shape}; a raw image of {self.name} is uint8 '
                f'of shape {self.shape}.')
        return self.undistorted(raw)


def read_robotcar_camera(kit: str | Path, name: str) -> RobotCarCamera:
    """
    Read the model and the mounting of a camera.

    :param kit: folder with ``models`` and ``extrinsics``.
    :param name: one of :data:`CAMERAS`.
    :raises RecordingError: naming the file that is missing or wrong.
    """
    if name not in CAMERAS:
        raise RecordingError(f'There is no camera {name!r}; use {", ".join(CAMERAS)}.')
    kit = Path(kit)
    model, mounting, height, width, _ = CAMERAS[name]
    path = kit / 'models' / f'{model}.txt'
    rows = _read_rows(path)
    if [len(row) for row in rows] != [4] * 5:
        raise RecordingError(f'{path} must have 5 lines of 4 numbers.')
    fx, fy, cx, cy = rows[0]
    camera_from_optical = np.array(rows[1:])
    base_from_vehicle = _FLU_FROM_FRD @ np.linalg.inv(vehicle_from_ins(kit))
    vehicle_from_camera = np.linalg.inv(_read_transform(kit / 'extrinsics' / f'{mounting}.txt'))
    columns, lines = _read_lookup(kit / 'models' / f'{model}_distortion_lut.bin', height, width)
    return RobotCarCamera(
        name, frozen(np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])), columns, lines,
        frozen(base_from_vehicle @ vehicle_from_camera @ camera_from_optical))


def vehicle_from_ins(kit: str | Path) -> np.ndarray:
    """
    Read where the navigation system sits, in the axes of the data set.

    :param kit: folder with ``extrinsics``.
    :return: ``(4, 4)`` ``vehicle_from_ins``, forward-right-down.
    """
    return _read_transform(Path(kit) / 'extrinsics' / 'ins.txt')


def vehicle_from_base(kit: str | Path) -> np.ndarray:
    """
    Return the pose of ``base_link`` (forward-left-up) in the vehicle (forward-right-down).

    :param kit: folder with ``extrinsics``.
    """
    return vehicle_from_ins(kit) @ _FLU_FROM_FRD


def se3_from_components(values) -> np.ndarray:
    """Return the ``(4, 4)`` transform of x y z roll pitch yaw, ``Rz Ry Rx``."""
    x, y, z, roll, pitch, yaw = values
    return rigid_transform((x, y, z), rotation_from_rpy(roll, pitch, yaw))


def _read_transform(path: Path) -> np.ndarray:
    """Read a file of six numbers."""
    rows = _read_rows(path)
    if [len(row) for row in rows] != [6]:
        raise RecordingError(f'{path} must hold six numbers: x y z roll pitch yaw.')
    return se3_from_components(rows[0])


def _read_rows(path: Path) -> list[list[float]]:
    """Read a file of numbers."""
    if not path.is_file():
        raise RecordingError(f'{path} is missing.')
    rows = []
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), start=1):
        try:
            values = [float(word) for word in line.split()]
        except ValueError as error:
            raise RecordingError(f'{path} line {number}: {error}.') from error
        if values:
            rows.append(values)
    return rows


def _read_lookup(path: Path, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Read a look-up table as maps of columns and rows."""
    if not path.is_file():
        raise RecordingError(f'{path} is missing.')
    values = np.fromfile(path, np.float64)
    if values.size != 2 * height * width or not np.isfinite(values).all():
        raise RecordingError(
            f'{path} holds {values.size} numbers; it must hold {2 * height * width} finite ones '
            f'for {width} x {height} pixels.')
    columns, rows = values.reshape(2, height, width)
    return frozen(columns, np.float32), frozen(rows, np.float32)
