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

"""Level views out of tilted cameras."""

import math

import cv2
from landmark_world import bearing, blob, landmark_frame
import numpy as np
import pytest

from xview_loc.camera.level_view import axis_yaw, level_view
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.fisheye_camera import FisheyeCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera

VIEW = PinholeCamera(300.0, 260.0, 199.5, 90.0, 200, 400)
SOURCES = [
    EquirectangularCamera(400, 800), EquirectangularCamera(700, 1600),
    FisheyeCamera(260.0, 260.0, 309.5, 249.5, 500, 620, (), 1.7),
    PinholeCamera(350.0, 340.0, 400.0, 260.0, 500, 800, (-0.2, 0.04, 1e-3, -1e-3))]


@pytest.mark.parametrize('source', SOURCES)
@pytest.mark.parametrize('towards', [bearing(0.0, -3.0), bearing(13.0, 6.0), bearing(-20.0, -8.0)])
def test_directions_are_where_the_level_camera_has_them(source, towards) -> None:
    frame = landmark_frame(source, towards, roll=0.04, pitch=-0.06, tilt=0.1)
    view = level_view(frame, VIEW, 0.0)
    forward, left, up = towards
    expected, _ = VIEW.project(np.array([-left, -up, forward]))
    np.testing.assert_allclose(blob(view.frame.image), expected, atol=0.25)
    again, _ = view.frame.camera.model.project(
        view.frame.camera.base_from_camera[:3, :3].T @ towards)
    np.testing.assert_allclose(again, expected, atol=1e-9)


def test_keeps_the_direction_of_the_camera_unless_told() -> None:
    side = landmark_frame(PinholeCamera(300.0, 300.0, 199.5, 99.5, 200, 400), bearing(60.0),
                          yaw=math.radians(50.0), pitch=0.05)
    assert axis_yaw(side) == pytest.approx(math.radians(50.0), abs=0.01)
    view = level_view(side, VIEW)
    assert blob(view.frame.image)[0] == pytest.approx(
        199.5 - 300.0 * math.tan(math.radians(60.0) - axis_yaw(side)), abs=0.3)


def test_what_is_not_seen_is_black_and_masked() -> None:
    narrow = landmark_frame(PinholeCamera(400.0, 400.0, 149.5, 99.5, 200, 300), bearing(0.0))
    view = level_view(narrow, VIEW)
    columns = np.flatnonzero(view.valid.any(axis=0))
    assert len(columns) == pytest.approx(300.0 * 300 / 400, abs=2)
    assert not view.frame.image[~view.valid].any()


def test_a_level_camera_of_the_same_field_of_view_is_only_resized() -> None:
    model = PinholeCamera(600.0, 600.0, 399.5, 199.5, 400, 800)
    frame = landmark_frame(model, bearing(5.0, 3.0))
    view = level_view(frame, model.resized(100, 400))
    expected = cv2.resize(frame.image, (400, 100), interpolation=cv2.INTER_AREA)
    assert np.abs(view.frame.image.astype(int) - expected).max() <= 1
    assert view.valid.all()
