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

"""Views of a scenery: where flat ground is seen, and what hides it."""

import math

import numpy as np
import pytest

from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.learning.data.pseudo_heights import Scenery
from xview_loc.learning.data.scenery_view import (
    view_panorama, view_through, view_with_ground)

CAMERA = EquirectangularCamera(152, 616, 63.5)
SKY = (10, 20, 250)
METRES_PER_PIXEL = 0.2
PLACE = (205.3, 190.7)


def spot_scene(forward: float, right: float, heading: float, height: float = 0.0) -> Scenery:
    """Return a dark ground with a bright disc of 0.8 m somewhere around the camera."""
    east = forward * math.sin(heading) + right * math.cos(heading)
    north = forward * math.cos(heading) - right * math.sin(heading)
    rows, columns = np.mgrid[:400, :400] + 0.5
    distance = np.hypot(rows - (PLACE[0] - north / METRES_PER_PIXEL),
                        columns - (PLACE[1] + east / METRES_PER_PIXEL)) * METRES_PER_PIXEL
    colours = np.full((400, 400, 3), 30, np.uint8)
    colours[distance < 0.8] = (240, 240, 30)
    return Scenery(colours, np.where(distance < 0.8, height, 0.0), METRES_PER_PIXEL)


def middle_of_spot(image: np.ndarray) -> np.ndarray:
    """Return column and row of the centre of brightness, of the ground alone."""
    weight = np.clip(image[..., 0].astype(np.float64) - 35.0, 0.0, None)
    rows, columns = np.mgrid[:image.shape[0], :image.shape[1]]
    return np.array([(columns * weight).sum(), (rows * weight).sum()]) / weight.sum()


@pytest.mark.parametrize('heading', [0.0, 1.1, -2.5])
@pytest.mark.parametrize('forward, right', [(6.0, 0.0), (8.0, -5.0), (-7.0, 4.0), (14.0, 3.0)])
def test_flat_ground_is_seen_where_the_camera_model_projects_it(
        heading: float, forward: float, right: float) -> None:
    view = view_panorama(spot_scene(forward, right, heading), CAMERA, PLACE, heading, 2.0, SKY)
    mounted = MountedCamera(CAMERA, camera_mounting(0.0, 0.0, 2.0))
    angle = np.linspace(0.0, 2.0 * math.pi, 100)
    disc = np.stack([forward + 0.55 * np.cos(angle), -right + 0.55 * np.sin(angle)], axis=1)
    expected = mounted.project_ground(disc)[0].mean(axis=0)
    assert middle_of_spot(view) == pytest.approx(expected, abs=0.7)


def test_above_the_horizon_of_flat_ground_is_sky() -> None:
    view = view_panorama(spot_scene(6.0, 0.0, 0.0), CAMERA, PLACE, 0.0, 2.0, SKY)
    assert (view[:63] == SKY).all()
    assert not (view[75:] == SKY).all(axis=2).any()


def test_what_stands_hides_what_is_behind_and_below_its_top() -> None:
    flat = spot_scene(10.0, 0.0, 0.0)
    walled = np.array(flat.heights)
    row = int(PLACE[0] - 6.0 / METRES_PER_PIXEL)
    walled[row - 1:row + 1] = 1.5
    hidden = view_panorama(Scenery(flat.colours, walled, METRES_PER_PIXEL), CAMERA, PLACE, 0.0,
                           2.0, SKY)
    assert (hidden[..., 0] > 130).sum() == 0
    walled[row - 1:row + 1] = 0.3
    seen = view_panorama(Scenery(flat.colours, walled, METRES_PER_PIXEL), CAMERA, PLACE, 0.0,
                         2.0, SKY)
    assert (seen[..., 0] > 130).sum() > 5


def test_the_top_of_what_stands_is_seen_at_its_height() -> None:
    view = view_panorama(spot_scene(8.0, 0.0, 0.0, 5.0), CAMERA, PLACE, 0.0, 2.0, SKY)
    rows, _ = np.nonzero(view[..., 0] > 130)
    # the near edge of the disc is 7.2 m away and 3 m above the camera
    top = CAMERA.horizon_row - math.atan2(3.0, 7.2) * CAMERA.columns_per_radian
    assert rows.min() == pytest.approx(top, abs=1.5)


def test_a_forward_camera_sees_the_part_in_front_of_it() -> None:
    heading = 0.7
    panorama = view_panorama(spot_scene(9.0, 1.5, heading), CAMERA, PLACE, heading, 2.0, SKY)
    model = PinholeCamera(200.0, 200.0, 159.5, 70.0, 160, 320)
    view = view_through(model, panorama, CAMERA)
    mounted = MountedCamera(model, camera_mounting(0.0, 0.0, 2.0))
    expected = mounted.project_ground(np.array([[9.0, -1.5]]))[0][0]
    assert view.shape == (160, 320, 3)
    assert middle_of_spot(view) == pytest.approx(expected, abs=2.5)
    back = view_through(model, np.roll(panorama, 308, axis=1), CAMERA)
    assert (back[..., 0] > 130).sum() == 0


def test_ground_is_told_from_what_stands_and_from_the_sky() -> None:
    flat, standing = spot_scene(8.0, 0.0, 0.0), spot_scene(8.0, 0.0, 0.0, height=3.0)
    image, seen = view_with_ground(flat, CAMERA, PLACE, 0.0, 2.0, SKY)
    np.testing.assert_array_equal(image, view_panorama(flat, CAMERA, PLACE, 0.0, 2.0, SKY))
    assert seen[70:].all() and not seen[:60].any()
    hidden = seen & ~view_with_ground(standing, CAMERA, PLACE, 0.0, 2.0, SKY)[1]
    rows, columns = np.nonzero(hidden)
    # 0.8 m to either side at 8 m are 10 columns; its foot is seen 2 m below at 7.2 m.
    assert abs(np.median(columns) - 307.5) < 2.0 and 15 < np.ptp(columns) < 25
    assert rows.max() == pytest.approx(63.5 + math.atan2(2.0, 7.2) * 616 / (2 * math.pi), abs=2.0)
