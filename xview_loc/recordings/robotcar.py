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

``base_link`` is the navigation system with x forward, y left, z up; ``robotcar_files.py`` tells
the conventions of the data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.geometry.extrinsics import quaternion_from_rpy
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.recordings.bag_messages import BagTransform
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.recordings.csv_table import read_csv_table
from xview_loc.recordings.dead_reckoning import OdometryDrift
from xview_loc.recordings.drive_bag import custom_data, DriveBag, EventOrder, Progress
from xview_loc.recordings.image_format import ImageFormat, write_image_pixels
from xview_loc.recordings.pose_track import PoseTrack
from xview_loc.recordings.robotcar_camera import (
    read_robotcar_camera, RobotCarCamera, vehicle_from_base)
from xview_loc.recordings.robotcar_files import (
    first_of_equal, read_image_stamps, read_robotcar_poses, read_visual_odometry)
from xview_loc.recordings.track_messages import add_pose_odometry, add_truth

# The data set does not publish it: the stereo camera stands about 1.52 m above the road and the
# navigation system 1.19 m below the camera. `xview-loc calibrate` finds it for a drive.
INS_HEIGHT_M = 0.33


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
    for row in first_of_equal(table['timestamp']).tolist():
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
