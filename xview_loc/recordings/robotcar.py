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
Traversals of the Oxford RobotCar as bags.

Convention of the data set: times are microseconds since 1970, attitudes are those of forward-
right-down axes against north-east-down, so yaw is clockwise from true north and pitch is positive
nose up. Visual odometry rows are the pose of the source image in the destination image.
``base_link`` is the navigation system with x forward, y left, z up.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.geometry.angles import wrap_angle, yaw_from_heading
from xview_loc.geometry.extrinsics import (
    inverse_transform, quaternion_from_rpy, rpy_from_rotation)
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_messages import BagTransform
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.recordings.csv_table import read_csv_table
from xview_loc.recordings.dead_reckoning import OdometryDrift
from xview_loc.recordings.drive_bag import custom_data, DriveBag, EventOrder, Progress
from xview_loc.recordings.image_format import ImageFormat, write_image_pixels
from xview_loc.recordings.pose_track import PoseTrack
from xview_loc.recordings.robotcar_camera import (
    read_robotcar_camera, RobotCarCamera, se3_from_components, vehicle_from_base)
from xview_loc.recordings.track_messages import add_pose_odometry, add_truth

# The data set does not publish it: the stereo camera stands about 1.52 m above the road and the
# navigation system 1.19 m below the camera. `xview-loc calibrate` finds it for a drive.
INS_HEIGHT_M = 0.33

_POSE_COLUMNS = ('latitude', 'longitude', 'altitude', 'roll', 'pitch', 'yaw')
_VO_COLUMNS = ('x', 'y', 'z', 'roll', 'pitch', 'yaw')


@dataclass(frozen=True)
class RobotCarOptions:
    """
    What to put into the bag.

    :param cameras: folders of images, the first one is ``/image``, each further one
        ``/<name>/image``.
    :param image_format: how undistorted images are stored.
    :param drift: errors of the odometry where it must be made from true poses.
    :param base_height_m: height of the navigation system above the road [m].
    """

    cameras: tuple[str, ...] = ('stereo/centre',)
    image_format: ImageFormat = ImageFormat.JPEG
    drift: OdometryDrift = OdometryDrift(scale=0.02)
    base_height_m: float = INS_HEIGHT_M


@dataclass(frozen=True)
class RobotCarSummary:
    """
    What a bag was made from.

    :param images: images written, by camera.
    :param missing_images: images that are listed but not there, by camera.
    :param truth: the file the true poses come from.
    :param odometry: the file the odometry comes from.
    :param local_frame: the map frame; its datum is the first true position.
    """

    images: dict[str, int]
    missing_images: dict[str, int]
    truth: Path
    odometry: Path
    local_frame: LocalFrame


def write_robotcar_bag(traversal: str | Path, out: str | Path, kit: str | Path,
                       options: RobotCarOptions = RobotCarOptions(), *,
                       progress: Progress | None = None) -> RobotCarSummary:
    """
    Write a traversal as a bag.

    Topics: ``/image/compressed`` (or ``/image``) and ``/camera_info``, ``/fix`` from
    ``gps/gps.csv``, ``/imu`` with the attitude of ``gps/ins.csv``, ``/odometry/filtered`` from
    ``vo/vo.csv`` (or from true poses with drift where it is missing), ``/truth`` and
    ``/truth/fix`` from ``rtk.csv`` where it is there, else from ``gps/ins.csv``.

    :param traversal: folder such as ``2014-05-14-13-59-05``.
    :param out: folder of the bag to create.
    :param kit: the data set's software kit: folder with ``models`` and ``extrinsics``.
    :param options: what to put into the bag.
    :param progress: called with the number of messages written and their total.
    :raises RecordingError: naming the file and line that is missing or wrong.
    """
    traversal = Path(traversal)
    if not traversal.is_dir():
        raise RecordingError(f'{traversal} is not a folder; name a traversal.')
    truth_path = next((path for path in (traversal / 'rtk.csv', traversal / 'rtk' / 'rtk.csv')
                       if path.is_file()), traversal / 'gps' / 'ins.csv')
    track, frame = read_robotcar_poses(truth_path)
    attitude = track
    if (traversal / 'gps' / 'ins.csv').is_file() and truth_path.name != 'ins.csv':
        attitude, _ = read_robotcar_poses(traversal / 'gps' / 'ins.csv', frame)
    cameras = [read_robotcar_camera(kit, name) for name in options.cameras]
    bag = DriveBag()
    images, missing = {}, {}
    for number, camera in enumerate(cameras):
        prefix = '' if number == 0 else f'/{camera.name}'
        images[camera.name], missing[camera.name] = _add_camera(
            bag, traversal, camera, prefix, options.image_format)
    _add_transforms(bag, track, cameras)
    _add_fixes(bag, traversal / 'gps' / 'gps.csv')
    _add_attitude(bag, attitude)
    add_truth(bag, track, frame)
    odometry_path = traversal / 'vo' / 'vo.csv'
    if odometry_path.is_file():
        _add_visual_odometry(bag, odometry_path, vehicle_from_base(kit))
    else:
        odometry_path = truth_path
        add_pose_odometry(bag, track, options.drift)
    bag.save(out, progress=progress, custom_data=custom_data(
        traversal.name, frame, options.base_height_m))
    return RobotCarSummary(images, missing, truth_path, odometry_path, frame)


def read_robotcar_poses(path: str | Path,
                        frame: LocalFrame | None = None) -> tuple[PoseTrack, LocalFrame]:
    """
    Read ``ins.csv`` or ``rtk.csv``.

    Positions come from latitude and longitude. Yaw counts from true north, not from grid north of
    the UTM columns beside it (1.4 degrees apart in Oxford).

    :param path: the file.
    :param frame: the map frame; tangent at the first position when ``None``.
    :return: the track of ``base_link`` and its map frame.
    :raises RecordingError: naming the file and line that is wrong.
    """
    table = read_csv_table(path, _POSE_COLUMNS, integer=('timestamp',))
    rows = _first_of_equal(table['timestamp'])
    latitude, longitude, altitude, roll, pitch, yaw = (
        table[name][rows] for name in _POSE_COLUMNS)
    if frame is None:
        frame = LocalFrame(float(latitude[0]), float(longitude[0]), float(altitude[0]))
    x, y, z = frame.map_from_geodetic(latitude, longitude, altitude)
    convergence = np.radians(longitude - frame.longitude_deg) * np.sin(np.radians(latitude))
    yaw = wrap_angle(yaw_from_heading(yaw) + convergence)
    return PoseTrack(table['timestamp'][rows] * 1000,
                     np.stack([x, y, z, roll, -pitch, yaw], axis=1)), frame


def read_visual_odometry(path: str | Path,
                         vehicle_from_base_link: np.ndarray) -> tuple[np.ndarray, list[Pose2]]:
    """
    Read ``vo.csv`` and add its steps up.

    :param path: the file.
    :param vehicle_from_base_link: ``(4, 4)``; the steps are those of the vehicle frame.
    :return: stamps ``(N,)`` [ns], one more than rows, and the poses of ``base_link`` from the
        first one.
    :raises RecordingError: naming the file and line that is wrong.
    """
    table = read_csv_table(path, _VO_COLUMNS, integer=('source_timestamp',
                                                       'destination_timestamp'))
    source, destination = table['source_timestamp'], table['destination_timestamp']
    base_from_vehicle = inverse_transform(vehicle_from_base_link)
    order = np.argsort(np.maximum(source, destination), kind='stable')
    stamps, poses = [int(min(source[order[0]], destination[order[0]]))], [Pose2(0.0, 0.0, 0.0)]
    for row in order.tolist():
        step = base_from_vehicle @ se3_from_components(
            [table[name][row] for name in _VO_COLUMNS]) @ vehicle_from_base_link
        motion = Pose2(float(step[0, 3]), float(step[1, 3]), rpy_from_rotation(step)[2])
        if source[row] < destination[row]:
            motion = motion.inverse()
        stamp = int(max(source[row], destination[row]))
        if stamp > stamps[-1]:
            stamps.append(stamp)
            poses.append(poses[-1] @ motion)
    return np.array(stamps, dtype=np.int64) * 1000, poses


def read_image_stamps(traversal: Path, name: str) -> list[int]:
    """
    Read ``<camera>.timestamps``: a time in microseconds and a chunk number per line.

    :raises RecordingError: naming the file and line that is wrong.
    """
    path = traversal / f'{name.partition("/")[0]}.timestamps'
    if not path.is_file():
        raise RecordingError(f'{path} is missing; it holds the times of the images.')
    stamps = []
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        if len(words) != 2 or not words[0].isdigit():
            raise RecordingError(
                f'{path} line {number}: {line.strip()!r} is not a time and a chunk number.')
        stamps.append(int(words[0]))
    return stamps


def _first_of_equal(stamps: np.ndarray) -> np.ndarray:
    """Return the rows in order of time, of equal times the first."""
    return np.unique(stamps, return_index=True)[1]


def _add_camera(bag: DriveBag, traversal: Path, camera: RobotCarCamera, prefix: str,
                image_format: ImageFormat) -> tuple[int, int]:
    """Add the images of a camera; return how many there are and how many are missing."""
    found = missing = 0
    for stamp in read_image_stamps(traversal, camera.name):
        path = traversal / camera.name / f'{stamp}.png'
        if not path.is_file():
            missing += 1
            continue
        found += 1
        bag.add(stamp * 1000, EventOrder.CAMERA_INFO, BagWriter.write_camera_info,
                f'{prefix}/camera_info', *camera.shape, camera.k, camera.frame_id)
        bag.add(stamp * 1000, EventOrder.IMAGE, _write_image, f'{prefix}/image', camera, path,
                image_format)
    if found == 0:
        raise RecordingError(f'{traversal / camera.name} holds none of the {missing} images.')
    return found, missing


def _write_image(writer: BagWriter, topic: str, stamp_ns: int, camera: RobotCarCamera,
                 path: Path, image_format: ImageFormat) -> None:
    """Undistort and write an image."""
    write_image_pixels(writer, topic, stamp_ns, camera.read(path), image_format, camera.frame_id)


def _add_transforms(bag: DriveBag, track: PoseTrack, cameras: list[RobotCarCamera]) -> None:
    """Add where the cameras sit."""
    edges = [BagTransform('base_link', camera.frame_id, camera.base_from_camera)
             for camera in cameras]
    bag.add(int(track.stamps_ns[0]), EventOrder.TRANSFORM, BagWriter.write_transforms,
            '/tf_static', edges)


def _add_fixes(bag: DriveBag, path: Path) -> None:
    """Add the positions of the receiver."""
    sigmas = ('latitude_sigma', 'longitude_sigma', 'altitude_sigma')
    table = read_csv_table(path, ('latitude', 'longitude', 'altitude'), integer=('timestamp',),
                           optional=sigmas)
    for row in _first_of_equal(table['timestamp']).tolist():
        north, east, up = (float(table[name][row]) for name in sigmas)
        known = bool(np.isfinite([north, east, up]).all())
        bag.add(int(table['timestamp'][row]) * 1000, EventOrder.FIX, BagWriter.write_fix, '/fix',
                float(table['latitude'][row]), float(table['longitude'][row]),
                float(table['altitude'][row]),
                covariance=(east ** 2, north ** 2, up ** 2) if known else None)


def _add_attitude(bag: DriveBag, track: PoseTrack) -> None:
    """Add inertial messages that carry attitude and turn rate."""
    seconds = (track.stamps_ns - track.stamps_ns[0]) * 1e-9
    angles = np.unwrap(track.values[:, 3:], axis=0)
    rates = np.gradient(angles, seconds, axis=0) if len(track) > 1 else np.zeros_like(angles)
    for stamp_ns, row, rate in zip(track.stamps_ns.tolist(), angles.tolist(), rates.tolist()):
        bag.add(stamp_ns, EventOrder.INERTIAL, BagWriter.write_imu, '/imu',
                quaternion_from_rpy(*row), rate, None)


def _add_visual_odometry(bag: DriveBag, path: Path, vehicle_from_base_link: np.ndarray) -> None:
    """Add odometry from the steps of visual odometry."""
    stamps, poses = read_visual_odometry(path, vehicle_from_base_link)
    previous = poses[0]
    for i, (stamp_ns, pose) in enumerate(zip(stamps.tolist(), poses)):
        step, dt = previous.between(pose), (stamp_ns - stamps[max(i - 1, 0)]) * 1e-9
        speed = (step.x / dt, step.y / dt, 0.0) if dt > 0.0 else (0.0, 0.0, 0.0)
        turn = step.yaw / dt if dt > 0.0 else 0.0
        bag.add(stamp_ns, EventOrder.ODOMETRY, BagWriter.write_odometry, '/odometry/filtered',
                pose, linear=speed, angular=(0.0, 0.0, turn))
        previous = pose
