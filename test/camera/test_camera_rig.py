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


"""Frames of several cameras make one window, each placed where the vehicle was."""

import math

import numpy as np
import pytest

from xview_loc.camera.camera_rig import CameraRig
from xview_loc.camera.frame_window import Frame
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer

MODEL = PinholeCamera(20.0, 20.0, 15.5, 7.5, 16, 32)
CAMERAS = {name: MountedCamera(MODEL, camera_mounting(0.0, 0.0, 1.5, yaw=yaw))
           for name, yaw in (('front', 0.0), ('rear', math.pi))}
RADIUS = 20.0
SPEED = 10.0


def pose_at(stamp):
    """Return a drive along a circle."""
    turn = SPEED / RADIUS * stamp
    return Pose2(RADIUS * math.sin(turn), RADIUS * (1.0 - math.cos(turn)), turn)


def odometry(until=3.0):
    """Return the drive up to a time."""
    buffer = PoseBuffer()
    for stamp in np.arange(0.0, until + 1e-9, 0.05):
        buffer.add(float(stamp), pose_at(stamp))
    return buffer


def frames(**stamps):
    """Return a frame per camera at the stamps given."""
    image = np.zeros((*MODEL.shape, 3), np.uint8)
    return {name: Frame(image, stamp, CAMERAS[name]) for name, stamp in stamps.items()}


def placed(window):
    """Return where the vehicle was at each frame, by camera and stamp."""
    return {(next(name for name in CAMERAS if CAMERAS[name] is frame.camera), frame.stamp):
            frame.window_from_base for frame in window.frames}


def test_frames_of_one_stamp_stand_together_without_any_odometry():
    window = CameraRig(CAMERAS).add(frames(front=1.0, rear=1.0), PoseBuffer())
    assert placed(window) == {
        ('front', 1.0): Pose2(0.0, 0.0, 0.0), ('rear', 1.0): Pose2(0.0, 0.0, 0.0)}


def test_the_newest_stamp_is_that_of_the_window_whatever_the_order():
    window = CameraRig(CAMERAS).add(frames(front=1.0, rear=1.04), odometry())
    assert [frame.stamp for frame in window.frames] == [1.04, 1.0]
    motion = placed(window)['front', 1.0]
    # 0.4 m along the circle; the odometry is interpolated between samples 0.5 m apart.
    assert (motion.x, motion.y) == pytest.approx((-0.4, 0.004), abs=1e-3)
    assert motion.yaw == pytest.approx(-0.02, abs=1e-6)


def test_a_window_of_several_frames_holds_those_of_each_camera():
    rig = CameraRig(CAMERAS, 3, 0.4)
    for step in range(5):
        window = rig.add(frames(front=0.4 * step, rear=0.4 * step + 0.03), odometry())
    places = placed(window)
    assert len(places) == 6
    for (_, stamp), motion in places.items():
        truth = pose_at(1.63).between(pose_at(stamp))
        assert motion.distance_to(truth) < 2e-3
        assert motion.yaw == pytest.approx(truth.yaw, abs=1e-6)
    stamps = [frame.stamp for frame in window.frames]
    assert stamps == sorted(stamps, reverse=True)


def test_a_camera_whose_motion_is_unknown_is_left_out():
    window = CameraRig(CAMERAS).add(frames(front=5.0, rear=5.04), odometry(until=3.0))
    assert list(placed(window)) == [('rear', 5.04)]


def test_a_camera_that_is_not_part_of_the_instant_is_not_part_of_the_window():
    rig = CameraRig(CAMERAS, 2, 0.4)
    rig.add(frames(front=1.0, rear=1.0), odometry())
    window = rig.add(frames(front=1.4), odometry())
    assert set(placed(window)) == {('front', 1.4), ('front', 1.0)}


def test_frames_older_than_those_before_make_no_window():
    rig = CameraRig(CAMERAS)
    rig.add(frames(front=1.0, rear=1.0), odometry())
    assert rig.add(frames(front=0.9, rear=0.9), odometry()) is None
    window = rig.add(frames(front=1.1, rear=0.9), odometry())
    assert set(placed(window)) == {('front', 1.1)}


def test_without_frames_there_is_no_window():
    assert CameraRig(CAMERAS).add({}, odometry()) is None


def test_clearing_lets_older_frames_in():
    rig = CameraRig(CAMERAS)
    rig.add(frames(front=1.0), odometry())
    rig.clear()
    assert rig.add(frames(front=0.9), odometry()) is not None
