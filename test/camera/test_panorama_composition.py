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

"""Panoramas from several cameras."""

import math

import numpy as np
import pytest

from xview_loc.camera.frame_window import Frame
from xview_loc.camera.panorama_composition import compose_panorama
from xview_loc.errors import CameraError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.fisheye_camera import FisheyeCamera
from xview_loc.geometry.mounted_camera import level_rotation, MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2

PINHOLE = PinholeCamera(120.0, 120.0, 119.5, 79.5, 160, 240)
WIDE = PinholeCamera(75.0, 75.0, 119.5, 79.5, 160, 240)
FISHEYE = FisheyeCamera(90.0, 90.0, 149.5, 139.5, 280, 300, (0.0, 0.0, 0.0, 0.0), 1.65)
PANORAMA = EquirectangularCamera(80, 300)
WALL = 20.0
MIDDLE = np.array([0.0, 0.0, 1.5])


def look(model, yaw=0.0, *, x=0.0, y=0.0, roll=0.0, pitch=0.0, tilt=0.0, stamp=1.0):
    """Return the frame that a camera takes of the test world."""
    mounting = camera_mounting(x, y, 1.5, pitch=tilt, yaw=yaw)
    rows, columns = np.mgrid[0:model.shape[0], 0:model.shape[1]]
    rays = model.rays(np.stack([columns, rows], axis=-1).astype(float))
    level = level_rotation(roll, pitch)
    image = world(level @ mounting[:3, 3], rays @ (level @ mounting[:3, :3]).T)
    return Frame(image, stamp, MountedCamera(model, mounting), roll, pitch)


def world(origin, rays):
    """Return colours: a smooth pattern on flat ground and on a wall around the middle."""
    with np.errstate(divide='ignore', invalid='ignore'):
        to_ground = np.where(rays[..., 2] < 0.0, -origin[2] / rays[..., 2], np.inf)
        # |origin + t ray - MIDDLE| = WALL
        offset = origin - MIDDLE
        along = rays @ offset
        to_wall = -along + np.sqrt(along ** 2 + WALL ** 2 - offset @ offset)
        places = origin + rays * np.minimum(to_ground, to_wall)[..., None]
    x, y, z = np.moveaxis(np.nan_to_num(places), -1, 0)
    return np.rint(np.stack([
        128 + 100 * np.sin(0.35 * x), 128 + 100 * np.sin(0.35 * y),
        np.where(z > 0.01, 200, 60) + 0 * z], axis=-1)).astype(np.uint8)


def expected(valid, middle=MIDDLE):
    """Return the panorama of the world itself, seen from a place."""
    rows, columns = np.mgrid[0:PANORAMA.height, 0:PANORAMA.width]
    rays = PANORAMA.rays(np.stack([columns, rows], axis=-1).astype(float))
    body = np.stack([rays[..., 2], -rays[..., 0], -rays[..., 1]], axis=-1)
    return world(middle, body)[valid].astype(int)


def error(panorama, middle=MIDDLE):
    """Return the typical error of the colours [8-bit levels]."""
    seen = expected(panorama.valid, middle)
    difference = panorama.frame.image[panorama.valid].astype(int) - seen
    return np.percentile(np.abs(difference), 95)


def test_four_cameras_close_the_circle():
    frames = [look(WIDE, yaw, x=0.8 * math.cos(yaw), y=0.8 * math.sin(yaw))
              for yaw in (0.0, math.pi / 2, math.pi, -math.pi / 2)]
    panorama = compose_panorama(frames, PANORAMA)
    # Even the corners of the images reach 22 degrees above and below the horizon.
    assert panorama.valid[22:58].all()
    assert error(panorama) < 6


def test_centre_column_looks_forward_and_left_is_left():
    panorama = compose_panorama([look(PINHOLE, math.pi / 2)], PANORAMA)
    columns = np.flatnonzero(panorama.valid.any(axis=0))
    # The camera looks left: a quarter turn left of the centre column.
    assert columns.mean() == pytest.approx(300 / 4 - 0.5, abs=1)
    assert columns.size == pytest.approx(300 * 2 * math.atan(1.0) / (2 * math.pi), abs=2)


def test_what_no_camera_sees_is_masked_and_black():
    panorama = compose_panorama([look(PINHOLE)], PANORAMA)
    assert 0.1 < panorama.valid.mean() < 0.3
    assert not panorama.frame.image[~panorama.valid].any()
    assert error(panorama) < 6


def test_a_fisheye_alone_fills_more_than_half():
    panorama = compose_panorama([look(FISHEYE)], PANORAMA)
    assert 0.5 < panorama.valid.mean() < 0.6
    assert error(panorama) < 6


def test_roll_and_pitch_of_the_vehicle_are_taken_out():
    frames = [look(PINHOLE, yaw, roll=0.05, pitch=-0.08) for yaw in (0.0, math.pi)]
    # Cameras 1.5 m above base_link sway with it; the test world is that of the middle above.
    panorama = compose_panorama(frames, PANORAMA)
    assert error(panorama) < 12
    untreated = [Frame(frame.image, frame.stamp, frame.camera) for frame in frames]
    assert error(compose_panorama(untreated, PANORAMA)) > 25


def test_composed_frame_says_where_its_ground_is():
    frames = [look(PINHOLE, yaw, x=0.5) for yaw in (0.0, math.pi)]
    frame = compose_panorama(frames, PANORAMA).frame
    assert (frame.roll, frame.pitch, frame.stamp) == (0.0, 0.0, 1.0)
    assert frame.camera.base_from_camera[:3, 3] == pytest.approx((0.5, 0.0, 1.5))
    pixels, seen = frame.camera.project_ground(np.array([[8.5, 0.0], [0.5, 8.0]]))
    below = math.atan2(1.5, 8.0) * PANORAMA.columns_per_radian
    assert seen.all()
    assert pixels == pytest.approx(np.array([
        [149.5, 39.5 + below], [149.5 - 75.0, 39.5 + below]]))


def test_frames_taken_one_after_the_other_are_placed_by_the_motion_between():
    way, turn = 0.6, 0.05  # 12 m/s and a turn for 50 ms
    behind = Pose2(-way, 0.0, -turn)
    front, rear = look(PINHOLE, stamp=1.04), look(PINHOLE, math.pi - turn, x=-way)
    # What the rear camera saw from behind, said in the frame of the vehicle as it stood there.
    rear = Frame(rear.image, rear.stamp, look(PINHOLE, math.pi).camera, window_from_base=behind)
    panorama = compose_panorama([front, rear], PANORAMA)
    assert panorama.frame.stamp == 1.04
    assert panorama.frame.camera.base_from_camera[:3, 3] == pytest.approx((-way / 2, 0.0, 1.5))
    still = compose_panorama(
        [look(PINHOLE, x=way / 2), look(PINHOLE, math.pi - turn, x=-way / 2)], PANORAMA)
    assert (panorama.valid == still.valid).mean() > 0.99
    placed = error(panorama, np.array([-way / 2, 0.0, 1.5]))
    assert placed < 12
    standing = [front, Frame(rear.image, rear.stamp, rear.camera)]
    assert error(compose_panorama(standing, PANORAMA)) > 2 * placed


def test_frames_of_different_instants_are_refused():
    with pytest.raises(CameraError, match='one instant'):
        compose_panorama([look(PINHOLE), look(PINHOLE, stamp=1.1)], PANORAMA)


def test_no_frames_are_refused():
    with pytest.raises(CameraError, match='at least one frame'):
        compose_panorama([], PANORAMA)
