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

"""Turning a drive of KITTI raw into a rosbag2."""

from __future__ import annotations

from dataclasses import dataclass
import math
from pathlib import Path

import numpy as np

from xview_loc.geometry.extrinsics import quaternion_from_rpy
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_messages import BagTransform
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.recordings.dead_reckoning import dead_reckon, OdometryDrift
from xview_loc.recordings.drive_bag import (
    custom_data, DriveBag, EventOrder, Progress, thinned)
from xview_loc.recordings.gnss_error import GnssError
from xview_loc.recordings.image_format import ImageFormat, write_image_file
from xview_loc.recordings.kitti_drive import (
    IMU_HEIGHT_M, KittiDrive, KittiFrame, load_kitti_raw, true_poses)
from xview_loc.recordings.oxts import OxtsTrack

# The accuracy that the recording system reports is a few centimetres; where a table has none.
_RTK_ACCURACY_M = 0.05


@dataclass(frozen=True)
class KittiBagOptions:
    """
    What to put into the bag.

    :param camera: camera number, 0 to 3.
    :param frames: ``all``, ``odd`` or ``even``; a mosaic made from even frames is to be queried
        with the odd ones.
    :param image_format: how images are stored.
    :param gnss: errors to add to the true positions.
    :param gnss_rate_hz: fixes per second, at most as many as there are records.
    :param drift: errors of the odometry.
    :param state_rate_hz: rate of odometry, inertial data and truth, interpolated between the
        records; they are also written at the stamp of every record and every image.
    :param base_height_m: height of the IMU, our ``base_link``, above the road [m].
    """

    camera: int = 2
    frames: str = 'all'
    image_format: ImageFormat = ImageFormat.PNG
    gnss: GnssError = GnssError()
    gnss_rate_hz: float = 10.0
    drift: OdometryDrift = OdometryDrift(scale=0.02, yaw_deg_per_s=0.05)
    state_rate_hz: float = 50.0
    base_height_m: float = IMU_HEIGHT_M


def write_kitti_bag(folder: str | Path, out: str | Path,
                    options: KittiBagOptions = KittiBagOptions(), *,
                    progress: Progress | None = None) -> KittiDrive:
    """
    Write a drive of KITTI raw as a bag.

    Topics: ``/image`` or ``/image/compressed``, ``/camera_info``, ``/fix``, ``/imu``,
    ``/odometry/filtered``, ``/truth`` (Odometry in ``map``), ``/truth/fix``, ``/tf_static``. The
    frame ``base_link`` is the IMU, ``base_height_m`` above the road. The datum of ``map`` is the
    first navigation record, stored as ``map_origin`` in the metadata of the bag.

    :param folder: the drive, or a scaled excerpt of one.
    :param out: folder of the bag to create.
    :param options: what to put into it.
    :param progress: called with the number of messages written and their total.
    :return: the drive as it was read.
    :raises RecordingError: naming the file that is missing or wrong.
    """
    drive = load_kitti_raw(folder, camera=options.camera, frames=options.frames,
                           base_height_m=options.base_height_m)
    bag = DriveBag()
    states = drive.track.at(_state_stamps(drive, options.state_rate_hz))
    _add_calibration(bag, drive)
    for frame in drive.frames:
        _add_image(bag, drive, frame, options.image_format)
    _add_inertial(bag, states)
    _add_odometry(bag, states, options.drift)
    _add_truth(bag, drive, states)
    _add_fixes(bag, drive, options)
    bag.save(out, progress=progress, custom_data=custom_data(
        drive.name, drive.local_frame, options.base_height_m))
    return drive


def optical_frame_id(camera: int) -> str:
    """Return the name of the optical frame of a camera."""
    return f'camera_{camera:02d}_optical_frame'


def _state_stamps(drive: KittiDrive, rate_hz: float) -> np.ndarray:
    """Return the stamps of odometry, inertial data and truth [ns]."""
    track = drive.track.stamps_ns
    images = np.array([frame.stamp_ns for frame in drive.frames], dtype=np.int64)
    first, last = min(track[0], images[0]), max(track[-1], images[-1])
    fixed = np.union1d(track, images)
    grid = np.arange(first, last, round(1e9 / rate_hz), dtype=np.int64)
    # A grid stamp right beside a record would only add noise to differences.
    near = np.abs(fixed[np.clip(np.searchsorted(fixed, grid), 0, len(fixed) - 1)] - grid)
    before = np.abs(fixed[np.clip(np.searchsorted(fixed, grid) - 1, 0, len(fixed) - 1)] - grid)
    return np.union1d(fixed, grid[np.minimum(near, before) > 2_000_000])


def _add_calibration(bag: DriveBag, drive: KittiDrive) -> None:
    """Add the static transforms: IMU, laser scanner, camera."""
    calibration = drive.calibration
    edges = [
        BagTransform('base_link', 'imu_link', np.eye(4)),
        BagTransform('imu_link', 'velo_link', np.linalg.inv(calibration.velo_from_imu)),
        BagTransform('velo_link', optical_frame_id(calibration.camera),
                     np.linalg.inv(calibration.camera_from_velo))]
    stamp_ns = min(int(drive.track.stamps_ns[0]), drive.frames[0].stamp_ns)
    bag.add(stamp_ns, EventOrder.TRANSFORM, BagWriter.write_transforms, '/tf_static', edges)


def _add_image(bag: DriveBag, drive: KittiDrive, frame: KittiFrame,
               image_format: ImageFormat) -> None:
    """Add an image and its camera description."""
    calibration = drive.calibration
    frame_id = optical_frame_id(calibration.camera)
    bag.add(frame.stamp_ns, EventOrder.CAMERA_INFO, BagWriter.write_camera_info, '/camera_info',
            calibration.height, calibration.width, calibration.k, frame_id, d=calibration.d,
            r=calibration.r, p=calibration.p)
    bag.add(frame.stamp_ns, EventOrder.IMAGE, write_image_file, '/image', frame.image_path,
            image_format, frame_id)


def _add_inertial(bag: DriveBag, states: OxtsTrack) -> None:
    """Add attitude, turn rates and accelerations."""
    for stamp_ns, state in _rows(states):
        orientation = quaternion_from_rpy(state['roll'], state['pitch'], state['yaw'])
        turn = [_or_zero(state[name]) for name in ('turn_x', 'turn_y', 'turn_z')]
        force = [state[f'acceleration_{axis}'] for axis in 'xyz']
        known = all(math.isfinite(value) for value in force)
        bag.add(stamp_ns, EventOrder.INERTIAL, BagWriter.write_imu, '/imu', orientation, turn,
                force if known else None, 'imu_link')


def _add_odometry(bag: DriveBag, states: OxtsTrack, drift: OdometryDrift) -> None:
    """Add odometry integrated from speeds and turn rate."""
    seconds = (states.stamps_ns - states.stamps_ns[0]) * 1e-9
    reckoned = dead_reckon(seconds, states.column('forward_mps'), states.column('left_mps'),
                           states.column('turn_up'), drift)
    for i, (stamp_ns, state) in enumerate(_rows(states)):
        bag.add(stamp_ns, EventOrder.ODOMETRY, BagWriter.write_odometry, '/odometry/filtered',
                Pose2(*reckoned.poses[i].tolist()), roll=state['roll'], pitch=state['pitch'],
                linear=(reckoned.forward_mps[i], reckoned.left_mps[i], 0.0),
                angular=(0.0, 0.0, reckoned.turn_rps[i]))


def _add_truth(bag: DriveBag, drive: KittiDrive, states: OxtsTrack) -> None:
    """Add the true pose in ``map`` and the true position."""
    x, y, z, yaw = (values.tolist() for values in true_poses(states, drive.local_frame))
    for i, (stamp_ns, state) in enumerate(_rows(states)):
        variances = _truth_variances(state)
        bag.add(stamp_ns, EventOrder.TRUTH, BagWriter.write_odometry, '/truth',
                Pose2(x[i], y[i], yaw[i]), 'map', z=z[i], roll=state['roll'],
                pitch=state['pitch'], angular=(0.0, 0.0, state['turn_up']),
                linear=(state['forward_mps'], state['left_mps'], state['up_mps']),
                pose_variances=variances)
        bag.add(stamp_ns, EventOrder.TRUTH, BagWriter.write_fix, '/truth/fix',
                state['latitude_deg'], state['longitude_deg'], state['altitude_m'],
                covariance=variances[:3])


def _add_fixes(bag: DriveBag, drive: KittiDrive, options: KittiBagOptions) -> None:
    """Add positions as a receiver with errors would give them."""
    chosen = thinned(drive.track.stamps_ns, options.gnss_rate_hz)
    records = OxtsTrack(drive.track.stamps_ns[chosen], drive.track.values[chosen])
    x, y, z, _ = true_poses(records, drive.local_frame)
    errors = options.gnss.draw(len(records))
    positions = np.stack(drive.local_frame.geodetic_from_map(
        x + errors[:, 0], y + errors[:, 1], z), axis=1).tolist()
    for position, (stamp_ns, state) in zip(positions, _rows(records)):
        variance = options.gnss.variance(_accuracy(state))
        bag.add(stamp_ns, EventOrder.FIX, BagWriter.write_fix, '/fix', *position,
                covariance=(variance, variance, 4.0 * variance))


def _rows(states: OxtsTrack):
    """Yield stamp [ns] and a dictionary of values for each record."""
    names = states.fields
    for stamp_ns, values in zip(states.stamps_ns.tolist(), states.values.tolist()):
        yield stamp_ns, dict(zip(names, values))


def _accuracy(state: dict[str, float]) -> float:
    """Return the standard deviation of a recorded position [m]."""
    return state['position_accuracy_m'] if state['position_accuracy_m'] > 0.0 else _RTK_ACCURACY_M


def _truth_variances(state: dict[str, float]) -> np.ndarray:
    """Return six variances of a true pose."""
    position, angle = _accuracy(state) ** 2, math.radians(0.1) ** 2
    return np.array([position, position, 4.0 * position, angle, angle, angle])


def _or_zero(value: float) -> float:
    """Return the value, or zero where there is none."""
    return value if math.isfinite(value) else 0.0
