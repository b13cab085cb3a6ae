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

"""The ground grid and what a camera shows of it."""

import math

import numpy as np
import pytest
from synthetic_scene import panorama_camera, patterned_patch, rendered_frame, TRUTH

from xview_loc.camera.frame_window import Frame
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.birds_eye_view import BirdsEyeGrid, render_birds_eye

GRID = BirdsEyeGrid.square(10.0, 0.5)


def test_first_row_is_ahead_and_first_column_left():
    """Cell centres in x forward, y left."""
    points = GRID.points()
    assert points.shape == (40, 40, 2)
    assert tuple(points[0, 0]) == (9.75, 9.75)
    assert tuple(points[39, 0]) == (-9.75, 9.75)


def test_grid_covers_a_radius_that_is_no_multiple_of_the_cell():
    """The size rounds up to an even number."""
    grid = BirdsEyeGrid.square(10.1, 0.5)
    assert (grid.top, grid.left, grid.height, grid.width) == (-21, -21, 42, 42)


def test_view_equals_the_ground_it_was_rendered_from():
    """Unprojecting a rendered panorama gives the ground back."""
    patch = patterned_patch()
    frame = rendered_frame(patch, TRUTH, panorama_camera())
    view = render_birds_eye(frame, GRID, 1.5, 10.0)
    x, y = np.moveaxis(TRUTH.transform(GRID.points()), -1, 0)
    row, column = patch.geometry.pixel_from_map(x, y)
    expected = patch.image[row.astype(int), column.astype(int)].astype(float)
    near = view.valid & (np.hypot(view.ray_x, view.ray_y) < 6.0)
    assert near.sum() > 300
    assert np.median(np.abs(view.image - expected)[near]) < 3.0


def test_blind_zone_and_range_are_invalid():
    """Nothing under the vehicle, nothing beyond the radius."""
    frame = rendered_frame(patterned_patch(), TRUTH, panorama_camera())
    view = render_birds_eye(frame, GRID, 1.5, 10.0)
    distance = np.hypot(*np.moveaxis(GRID.points(), -1, 0))
    assert not view.valid[distance < 1.5].any()
    assert not view.valid[distance >= 10.0].any()
    assert view.valid[(distance > 2.6) & (distance < 9.5)].all()


def test_forward_camera_sees_only_ahead():
    """A pinhole camera leaves the rear unknown."""
    pose = np.eye(4)
    pose[:3, :3] = [[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]
    pose[2, 3] = 1.5
    camera = MountedCamera(PinholeCamera(200.0, 200.0, 159.5, 79.5, 160, 320), pose)
    frame = Frame(np.full((160, 320, 3), 99, np.uint8), 0.0, camera)
    view = render_birds_eye(frame, GRID, 1.5, 10.0)
    assert view.valid[:20].any()
    assert not view.valid[20:].any()


def test_part_of_the_grid_that_a_camera_sees_keeps_every_visible_cell():
    """Cutting the grid to the view loses no ground and moves none."""
    pose = np.eye(4)
    pose[:3, :3] = [[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]
    pose[:3, 3] = (1.0, 0.4, 1.5)
    camera = MountedCamera(PinholeCamera(200.0, 200.0, 159.5, 79.5, 160, 320), pose)
    image = np.random.default_rng(0).integers(0, 255, (160, 320, 3), dtype=np.uint8)
    frame = Frame(image, 0.0, camera)
    whole = BirdsEyeGrid.square(20.0, 0.5)
    part = whole.seen_by([frame])
    assert part.height * part.width < 0.6 * whole.height * whole.width
    wide, narrow = (render_birds_eye(frame, grid, 1.5, 20.0) for grid in (whole, part))
    rows = slice(part.top - whole.top, part.top - whole.top + part.height)
    columns = slice(part.left - whole.left, part.left - whole.left + part.width)
    assert narrow.valid.sum() == wide.valid.sum() > 100
    np.testing.assert_array_equal(narrow.valid, wide.valid[rows, columns])
    np.testing.assert_allclose(narrow.image[narrow.valid], wide.image[rows, columns][narrow.valid])


def test_a_camera_that_sees_no_ground_keeps_the_grid():
    """Looking at the sky is no reason to fail."""
    pose = np.eye(4)
    pose[2, 3] = 1.5
    camera = MountedCamera(PinholeCamera(200.0, 200.0, 159.5, 79.5, 160, 320), pose)
    frame = Frame(np.zeros((160, 320, 3), np.uint8), 0.0, camera)
    assert GRID.seen_by([frame]) == GRID


def test_nose_down_brings_the_ground_nearer():
    """With the nose down the horizon rises in the image and rows mean less range."""
    frame = rendered_frame(patterned_patch(), TRUTH, panorama_camera())
    level, _ = frame.camera.project_ground(np.array([[8.0, 0.0]]))
    nose_down, _ = frame.camera.project_ground(np.array([[8.0, 0.0]]), 0.0, math.radians(1.0))
    assert nose_down[0, 1] < level[0, 1]


@pytest.mark.parametrize('turn_deg', [0.0, 25.0, -90.0])
def test_earlier_frame_lands_where_it_was_taken(turn_deg):
    """A frame taken elsewhere is rendered in the frame of the newest pose."""
    patch = patterned_patch()
    moved = Pose2(-3.0, 1.0, math.radians(turn_deg))
    frame = rendered_frame(patch, TRUTH @ moved, panorama_camera(), 0.0, moved)
    direct = render_birds_eye(rendered_frame(patch, TRUTH, panorama_camera()), GRID, 1.5, 10.0)
    earlier = render_birds_eye(frame, GRID, 1.5, 10.0)
    both = direct.valid & earlier.valid
    near = both & (np.hypot(earlier.ray_x, earlier.ray_y) < 5.0)
    difference = np.abs(direct.image - earlier.image)[near]
    assert near.sum() > 100
    assert np.median(difference) < 3.0
