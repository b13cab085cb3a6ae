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
Sequences of the KITTI odometry benchmark as bags.

The poses are those of camera 0 (rectified) relative to its first image, without a place on the
earth. ``base_link`` is camera 0 with body axes; ``map`` begins below the first image with the
camera level, at a latitude, longitude and heading that the user may give.
"""

from __future__ import annotations

from dataclasses import dataclass
import math
from pathlib import Path

import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.geometry.angles import yaw_from_heading
from xview_loc.geometry.extrinsics import (
    BODY_FROM_OPTICAL, rigid_transform, rotation_from_rpy, rpy_from_rotation)
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.recordings.bag_messages import BagTransform
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.recordings.dead_reckoning import OdometryDrift
from xview_loc.recordings.drive_bag import custom_data, DriveBag, EventOrder, Progress
from xview_loc.recordings.gnss_error import GnssError
from xview_loc.recordings.image_format import ImageFormat, write_image_file
from xview_loc.recordings.kitti_drive import read_image
from xview_loc.recordings.kitti_raw import optical_frame_id
from xview_loc.recordings.pose_track import PoseTrack
from xview_loc.recordings.track_messages import (
    add_pose_odometry, add_position_fixes, add_truth)

CAMERA_HEIGHT_M = 1.65


@dataclass(frozen=True)
class MapPlacement:
    """
    Where a sequence begins on the earth.

    :param latitude_deg: latitude of the first image.
    :param longitude_deg: longitude of the first image.
    :param altitude_m: its height above the ellipsoid [m].
    :param heading_deg: direction the first image looks in, clockwise from north.
    """

    latitude_deg: float
    longitude_deg: float
    altitude_m: float
    heading_deg: float


@dataclass(frozen=True)
class KittiSequence:
    """
    A sequence of images with true poses.

    :param name: number of the sequence.
    :param camera: camera number, 0 to 3.
    :param images: image files in order.
    :param p: ``(3, 4)`` projection matrix of the camera.
    :param shape: ``(height, width)`` of the images.
    :param track: true poses of ``base_link``, one per image.
    :param local_frame: the map on the earth, or ``None``.
    """

    name: str
    camera: int
    images: tuple[Path, ...]
    p: np.ndarray
    shape: tuple[int, int]
    track: PoseTrack
    local_frame: LocalFrame | None

    @property
    def base_from_camera(self) -> np.ndarray:
        """Return the ``(4, 4)`` pose of the camera's optical frame in ``base_link``."""
        baseline = np.linalg.solve(self.p[:, :3], self.p[:, 3])
        return rigid_transform(BODY_FROM_OPTICAL @ -baseline, BODY_FROM_OPTICAL)


def load_kitti_odometry(sequence: str | Path, poses: str | Path | None = None, *,
                        camera: int = 2,
                        placement: MapPlacement | None = None) -> KittiSequence:
    """
    Read a sequence: ``calib.txt``, ``times.txt``, ``image_x`` and its poses.

    :param sequence: folder such as ``sequences/00``.
    :param poses: file of poses; ``../../poses/00.txt`` beside the sequence when ``None``.
    :param camera: camera number; 0 and 1 are grey, 2 and 3 colour.
    :param placement: where the sequence begins.
    :raises RecordingError: naming the file and the line that is missing or wrong.
    """
    folder = Path(sequence)
    path = Path(poses) if poses else folder.parent.parent / 'poses' / f'{folder.name}.txt'
    matrices = read_kitti_poses(path)
    times = _read_numbers(folder / 'times.txt', 1)[:, 0]
    images = tuple(sorted((folder / f'image_{camera}').glob('*.png')))
    if not images:
        raise RecordingError(f'{folder / f"image_{camera}"} holds no images.')
    if not len(matrices) == len(times) == len(images):
        raise RecordingError(
            f'{folder} has {len(images)} images and {len(times)} times; {path} has '
            f'{len(matrices)} poses; the numbers must agree.')
    yaw = yaw_from_heading(math.radians(placement.heading_deg)) if placement else 0.0
    frame = None if placement is None else LocalFrame(
        placement.latitude_deg, placement.longitude_deg, placement.altitude_m)
    stamps = np.rint(times * 1e9).astype(np.int64)
    return KittiSequence(
        folder.name, camera, images, _projection(folder / 'calib.txt', camera),
        read_image(images[0]).shape[:2], PoseTrack(stamps, body_poses(matrices, yaw)), frame)


def read_kitti_poses(path: str | Path) -> np.ndarray:
    """
    Read poses in the format of the benchmark: twelve numbers per line.

    :param path: the file.
    :return: ``(N, 3, 4)`` poses of camera 0 relative to its first image.
    :raises RecordingError: naming the file and the line that is wrong.
    """
    return _read_numbers(Path(path), 12).reshape(-1, 3, 4)


def body_poses(matrices: np.ndarray, first_yaw: float = 0.0) -> np.ndarray:
    """
    Turn poses of an optical frame into poses of a body in a level map.

    :param matrices: ``(N, 3, 4)`` poses relative to the first image, z forward, y down.
    :param first_yaw: yaw of the first pose [rad].
    :return: ``(N, 6)`` x, y, z, roll, pitch, yaw; see :class:`PoseTrack`.
    """
    start = rotation_from_rpy(0.0, 0.0, first_yaw)
    positions = matrices[:, :, 3] @ (start @ BODY_FROM_OPTICAL).T
    rotations = start @ BODY_FROM_OPTICAL @ matrices[:, :, :3] @ BODY_FROM_OPTICAL.T
    angles = [rpy_from_rotation(rotation) for rotation in rotations]
    return np.hstack([positions, np.array(angles).reshape(-1, 3)])


def write_kitti_odometry_bag(
        sequence: KittiSequence, out: str | Path, *, gnss: GnssError = GnssError(),
        gnss_rate_hz: float = 10.0, drift: OdometryDrift = OdometryDrift(scale=0.02),
        image_format: ImageFormat = ImageFormat.PNG, base_height_m: float = CAMERA_HEIGHT_M,
        progress: Progress | None = None) -> int:
    """
    Write a sequence as a bag.

    Stamps count from the start of the sequence. Odometry is the difference of true poses with the
    chosen drift; the inertial message carries their attitude. Without a placement there is no
    ``/fix``.

    :param sequence: the sequence.
    :param out: folder of the bag to create.
    :param gnss: errors to add to the true positions.
    :param gnss_rate_hz: fixes per second.
    :param drift: errors of the odometry.
    :param image_format: how images are stored.
    :param base_height_m: height of camera 0 above the road [m].
    :param progress: called with the number of messages written and their total.
    :return: the number of messages.
    """
    bag = DriveBag()
    track, frame_id = sequence.track, optical_frame_id(sequence.camera)
    bag.add(int(track.stamps_ns[0]), EventOrder.TRANSFORM, BagWriter.write_transforms,
            '/tf_static', [BagTransform('base_link', frame_id, sequence.base_from_camera)])
    for stamp_ns, path in zip(track.stamps_ns.tolist(), sequence.images):
        bag.add(stamp_ns, EventOrder.CAMERA_INFO, BagWriter.write_camera_info, '/camera_info',
                *sequence.shape, sequence.p[:, :3], frame_id)
        bag.add(stamp_ns, EventOrder.IMAGE, write_image_file, '/image', path, image_format,
                frame_id)
    add_pose_odometry(bag, track, drift)
    add_truth(bag, track, sequence.local_frame)
    if sequence.local_frame is not None:
        add_position_fixes(bag, track, sequence.local_frame, gnss, gnss_rate_hz)
    return bag.save(out, progress=progress, custom_data=custom_data(
        f'kitti odometry {sequence.name}', sequence.local_frame, base_height_m))


def _projection(path: Path, camera: int) -> np.ndarray:
    """Read the projection matrix of a camera."""
    if not path.is_file():
        raise RecordingError(f'{path} is missing; it holds the projection matrices.')
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), start=1):
        key, _, rest = line.partition(':')
        if key.strip() == f'P{camera}':
            words = rest.split()
            if len(words) != 12:
                raise RecordingError(
                    f'{path} line {number}: P{camera} has {len(words)} values; it must have 12.')
            return np.array([_parse(path, number, word) for word in words]).reshape(3, 4)
    raise RecordingError(f'{path} has no entry P{camera}.')


def _read_numbers(path: Path, count: int) -> np.ndarray:
    """Read a file with a fixed number of values per line."""
    if not path.is_file():
        raise RecordingError(f'{path} is missing.')
    rows = []
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), start=1):
        words = line.split()
        if words and len(words) != count:
            raise RecordingError(
                f'{path} line {number} has {len(words)} values; it must have {count}.')
        if words:
            rows.append([_parse(path, number, word) for word in words])
    if not rows:
        raise RecordingError(f'{path} is empty.')
    return np.array(rows)


def _parse(path: Path, number: int, word: str) -> float:
    """Parse a finite number."""
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RecordingError(f'{path} line {number}: {word!r} is not a finite number.')
    return value
