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

"""Messages that follow from a track of true poses."""

from __future__ import annotations

import numpy as np

from xview_loc.geometry.extrinsics import quaternion_from_rpy
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.recordings.dead_reckoning import dead_reckon, OdometryDrift
from xview_loc.recordings.drive_bag import DriveBag, EventOrder, thinned
from xview_loc.recordings.gnss_error import GnssError
from xview_loc.recordings.pose_track import PoseTrack


def add_truth(bag: DriveBag, track: PoseTrack, frame: LocalFrame | None) -> None:
    """
    Add ``/truth`` (Odometry in ``map``) and, where the map lies on the earth, ``/truth/fix``.

    :param bag: the bag to be.
    :param track: the true poses.
    :param frame: the map frame, or ``None``.
    """
    for i, stamp_ns in enumerate(track.stamps_ns.tolist()):
        x, y, z, roll, pitch, yaw = track.values[i].tolist()
        bag.add(stamp_ns, EventOrder.TRUTH, BagWriter.write_odometry, '/truth', Pose2(x, y, yaw),
                'map', z=z, roll=roll, pitch=pitch)
        if frame is not None:
            place = [float(value) for value in frame.geodetic_from_map(x, y, z)]
            bag.add(stamp_ns, EventOrder.TRUTH, BagWriter.write_fix, '/truth/fix', *place)


def add_pose_odometry(bag: DriveBag, track: PoseTrack, drift: OdometryDrift) -> None:
    """
    Add ``/odometry/filtered`` from differences of true poses, and ``/imu`` with their attitude.

    :param bag: the bag to be.
    :param track: the true poses.
    :param drift: errors of the odometry.
    """
    seconds = (track.stamps_ns - track.stamps_ns[0]) * 1e-9
    yaw = np.unwrap(track.values[:, 5])
    if len(track) < 2:
        velocity, turn = np.zeros((len(track), 2)), np.zeros(len(track))
    else:
        velocity = np.gradient(track.values[:, :2], seconds, axis=0)
        turn = np.gradient(yaw, seconds)
    forward = np.cos(yaw) * velocity[:, 0] + np.sin(yaw) * velocity[:, 1]
    left = np.cos(yaw) * velocity[:, 1] - np.sin(yaw) * velocity[:, 0]
    reckoned = dead_reckon(seconds, forward, left, turn, drift)
    for i, stamp_ns in enumerate(track.stamps_ns.tolist()):
        roll, pitch, heading = track.values[i, 3:].tolist()
        rates = (0.0, 0.0, float(reckoned.turn_rps[i]))
        bag.add(stamp_ns, EventOrder.INERTIAL, BagWriter.write_imu, '/imu',
                quaternion_from_rpy(roll, pitch, heading), rates, None)
        bag.add(stamp_ns, EventOrder.ODOMETRY, BagWriter.write_odometry, '/odometry/filtered',
                Pose2(*reckoned.poses[i].tolist()), roll=roll, pitch=pitch,
                linear=(reckoned.forward_mps[i], reckoned.left_mps[i], 0.0), angular=rates)


def add_position_fixes(bag: DriveBag, track: PoseTrack, frame: LocalFrame, gnss: GnssError,
                       rate_hz: float) -> None:
    """
    Add ``/fix`` from true positions with errors.

    :param bag: the bag to be.
    :param track: the true poses.
    :param frame: the map on the earth.
    :param gnss: errors to add.
    :param rate_hz: fixes per second, at most one per pose.
    """
    rows = thinned(track.stamps_ns, rate_hz)
    variance = gnss.variance(0.1)
    for row, (east, north) in zip(rows, gnss.draw(len(rows)).tolist()):
        x, y, z = track.values[row, :3].tolist()
        place = [float(value) for value in frame.geodetic_from_map(x + east, y + north, z)]
        bag.add(int(track.stamps_ns[row]), EventOrder.FIX, BagWriter.write_fix, '/fix', *place,
                covariance=(variance, variance, 4.0 * variance))
