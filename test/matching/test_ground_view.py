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

"""Inputs of networks, with one bright landmark to tell directions by."""

from dataclasses import replace
import math

import cv2
from landmark_world import bearing, blob, landmark_frame
import numpy as np
import pytest

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.fisheye_camera import FisheyeCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.matching.ground_view import ground_view
from xview_loc.matching.model_records import GroundInput

VIGOR = GroundInput('equirectangular', (160, 320), 360.0, 90.0, -90.0)
STREET = GroundInput('equirectangular', (96, 320), 360.0, 40.0, -20.0)
FORWARD = GroundInput('pinhole', (128, 512), 80.0)
CAMERA = PinholeCamera(400.0, 400.0, 319.5, 179.5, 360, 640)
PANORAMA = EquirectangularCamera(300, 600)
FISHEYE = FisheyeCamera(200.0, 200.0, 309.5, 249.5, 500, 620, (), 1.7)


def seen(model, left_deg, up_deg=0.0, ground=VIGOR, **options):
    return ground_view(
        FrameWindow((landmark_frame(model, bearing(left_deg, up_deg), **options),)), ground)


@pytest.mark.parametrize('model', [PANORAMA, CAMERA, FISHEYE])
def test_panorama_faces_forward_with_rows_between_its_edges(model) -> None:
    for ground, top, per_degree in ((VIGOR, 90.0, 160 / 180.0), (STREET, 40.0, 96 / 60.0)):
        view = seen(model, 20.0, 5.0, ground, roll=0.03, pitch=-0.05)
        assert view.image.shape == (*ground.shape, 3)
        expected = 160.0 - 20.0 * 320 / 360.0 - 0.5, (top - 5.0) * per_degree - 0.5
        np.testing.assert_allclose(blob(view.image), expected, atol=0.3)


# Heading of the vehicle clockwise from north and bearing of the landmark likewise.
@pytest.mark.parametrize('heading', [0.0, 90.0, 180.0, 217.3])
@pytest.mark.parametrize('landmark', [10.0, 135.0, 300.0])
def test_turned_to_the_true_yaw_north_is_in_the_centre_column(heading, landmark) -> None:
    view = seen(PANORAMA, heading - landmark)
    yaw = math.radians(90.0 - heading)
    aligned = view.aligned(np.array([yaw]))
    assert abs(aligned.yaws[0] - yaw) <= math.pi / 320 + 1e-9
    # Against the yaw that the turn stands for, the landmark is where it belongs.
    exact = landmark + math.degrees(yaw - aligned.yaws[0])
    column = (160.0 + exact * 320 / 360.0 - 0.5) % 320
    # Away from the seam of the rolled panorama.
    assert blob(aligned.images[0])[0] == pytest.approx(column, abs=0.3)


def test_turn_k_of_sixteen_is_twenty_columns_to_the_left_per_turn_to_the_left() -> None:
    view = seen(PANORAMA, 0.0)
    yaws = 0.5 * math.pi + 2.0 * math.pi * np.arange(16) / 16
    images, exact = view.aligned(yaws)
    np.testing.assert_allclose(exact, yaws, atol=1e-12)
    np.testing.assert_array_equal(images[0], view.image)
    for turn in range(16):
        np.testing.assert_array_equal(images[turn], np.roll(view.image, -20 * turn, axis=1))
    # A vehicle that heads west sees what is ahead a quarter turn left of north.
    assert blob(images[4])[0] == pytest.approx(80.0 - 0.5, abs=0.2)


def test_a_network_of_a_part_of_the_turn_takes_the_middle_columns() -> None:
    part = replace(VIGOR, shape=(160, 80), horizontal_fov_deg=90.0)
    view = seen(PANORAMA, 30.0, ground=part)
    assert view.image.shape == (160, 80, 3)
    assert blob(view.image)[0] == pytest.approx(40.0 - 30.0 * 320 / 360 - 0.5, abs=0.2)
    # Heading north-west, what is 30 degrees left of ahead is 75 degrees left of north.
    images, _ = view.aligned(np.radians([90.0, 135.0, 60.0]))
    assert images.shape == (3, 160, 80, 3)
    assert images[1].max() < 60
    assert blob(images[2])[0] == pytest.approx(40.0 - 0.5, abs=0.6)


def test_a_limited_camera_leaves_the_rest_of_the_turn_black() -> None:
    view = seen(CAMERA, 0.0, roll=0.02)
    columns = np.flatnonzero(view.valid.any(axis=0))
    fov = 2.0 * math.degrees(math.atan(320.0 / 400.0))
    assert len(columns) == pytest.approx(fov * 320 / 360, abs=2)
    assert not view.frame.image[~view.valid].any()
    turned = view.aligned(np.array([0.0])).images[0]
    # Facing east: the canvas is dark but around a quarter turn right of north.
    assert blob(turned)[0] == pytest.approx(240.0 - 0.5, abs=0.2)
    assert not turned[:, :200].any()


def test_several_cameras_are_one_panorama_and_older_frames_are_left_out() -> None:
    yaws = [0.0, 0.5 * math.pi, math.pi, -0.5 * math.pi]
    new = [landmark_frame(CAMERA, bearing(100.0), yaw=yaw, x=0.4, stamp=2.0) for yaw in yaws]
    old = [landmark_frame(CAMERA, bearing(10.0), yaw=yaw, x=0.4, stamp=1.6) for yaw in yaws]
    view = ground_view(FrameWindow((*new, *old)), VIGOR)
    assert blob(view.image)[0] == pytest.approx(160.0 - 100.0 * 320 / 360 - 0.5, abs=0.5)
    assert view.valid.any(axis=0).mean() > 0.8
    assert view.position == pytest.approx((0.4, 0.0))
    assert view.frame.stamp == 2.0


def test_pinhole_of_the_right_width_is_the_whole_image_resized() -> None:
    frame = landmark_frame(PinholeCamera(400.0, 380.0, 330.0, 170.0, 360, 660), bearing(5.0))
    view = ground_view(FrameWindow((frame,)), FORWARD)
    expected = cv2.resize(frame.image, (512, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(view.image.astype(int) - expected).max() <= 1
    np.testing.assert_allclose(view.intrinsics, [
        400.0 * 512 / 660, 380.0 * 128 / 360, 330.5 * 512 / 660, 170.5 * 128 / 360], rtol=1e-6)


@pytest.mark.parametrize('model', [
    PANORAMA, FISHEYE, PinholeCamera(250.0, 250.0, 319.5, 179.5, 360, 640)])
def test_pinhole_is_cut_out_of_any_wider_camera(model) -> None:
    view = seen(model, -12.0, 3.0, FORWARD, roll=-0.03, pitch=0.04, x=1.1, y=-0.3)
    focal = 256.0 / math.tan(math.radians(40.0))
    np.testing.assert_allclose(view.intrinsics, [focal, focal, 256.0, 64.0], rtol=1e-6)
    _, _, cx, cy = view.intrinsics
    turn = math.radians(-12.0) - view.yaw
    expected = (cx - 0.5 - focal * math.tan(turn),
                cy - 0.5 - focal * math.tan(math.radians(3.0)) / math.cos(turn))
    np.testing.assert_allclose(blob(view.image), expected, atol=0.4)
    # The mounting sways with roll and pitch, 1.65 m high.
    assert view.position == pytest.approx((1.1, -0.3), abs=0.08)


@pytest.mark.parametrize('model', [PANORAMA, PinholeCamera(300.0, 320.0, 339.5, 139.5, 360, 640)])
def test_pinhole_with_stated_edges_is_cut_out_exactly(model) -> None:
    edges = replace(FORWARD, top_deg=14.0, bottom_deg=-16.0)
    view = seen(model, 0.0, -10.0, edges)
    top, bottom = math.tan(math.radians(14.0)), math.tan(math.radians(-16.0))
    row = 128.0 * (top - math.tan(math.radians(-10.0))) / (top - bottom) - 0.5
    np.testing.assert_allclose(blob(view.image), (255.5, row), atol=0.3)


def test_pinhole_takes_the_camera_that_looks_ahead() -> None:
    frames = [landmark_frame(CAMERA, bearing(0.0), yaw=yaw, stamp=1.0) for yaw in (2.0, 0.1, -1.9)]
    assert ground_view(FrameWindow(tuple(frames)), FORWARD).yaw == pytest.approx(0.1)


def test_pinhole_of_a_narrower_camera_is_refused() -> None:
    narrow = PinholeCamera(800.0, 800.0, 319.5, 179.5, 360, 640)
    with pytest.raises(MatchingError, match='sees 48 percent of the 80 degrees'):
        seen(narrow, 0.0, ground=FORWARD)
    with pytest.raises(MatchingError, match='Only a panorama can be turned'):
        seen(CAMERA, 0.0, ground=FORWARD).aligned(np.zeros(1))


def test_blank_images_are_told_from_scenes() -> None:
    assert not seen(PANORAMA, 0.0, width_deg=20.0).is_blank
    frame = landmark_frame(CAMERA, bearing(0.0))
    noise = np.random.default_rng(0).normal(0.0, 4.0, frame.image.shape)
    black = replace(frame, image=np.clip(noise, 0, 255).astype(np.uint8))
    for ground in (VIGOR, FORWARD):
        assert ground_view(FrameWindow((black,)), ground).is_blank
    # A camera that looks straight up is outside the rows of this panorama.
    up = landmark_frame(PinholeCamera(900.0, 900.0, 99.5, 99.5, 200, 200), bearing(0.0),
                        tilt=-0.5 * math.pi)
    assert ground_view(FrameWindow((up,)), STREET).is_blank
