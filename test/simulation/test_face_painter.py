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

"""Faces hide what is behind them, at the right distance."""

import numpy as np
import pytest

from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import BODY_FROM_OPTICAL
from xview_loc.geometry.fisheye_camera import FisheyeCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.simulation.face import face_from_corners, Texture
from xview_loc.simulation.face_painter import FacePainter

EYE = np.array([0.0, 0.0, 1.6])
PINHOLE = PinholeCamera(200.0, 200.0, 99.5, 59.5, 120, 200)
PANORAMA = EquirectangularCamera(128, 512, 64.0)
FISHEYE = FisheyeCamera(100.0, 100.0, 99.5, 59.5, 120, 200, (0.0, 0.0, 0.0, 0.0), 1.5)
MODELS = pytest.mark.parametrize('model', [PINHOLE, PANORAMA, FISHEYE],
                                 ids=['pinhole', 'panorama', 'fisheye'])


def wall(start, end, height, colour, alpha=None):
    """Return a wall whose front is to the left of the way from start to end, reversed."""
    image = np.empty((8, 8, 3 if alpha is None else 4), np.uint8)
    image[..., :3] = colour
    if alpha is not None:
        image[..., 3] = alpha
    corners = [(*start, 0.0), (*end, 0.0), (*end, height), (*start, height)]
    return face_from_corners(corners, Texture(image))


def painted(model, faces):
    """Paint faces as seen by an eye at the origin that looks to the east."""
    painter = FacePainter(model)
    rotation = BODY_FROM_OPTICAL
    image = np.zeros((*model.shape, 3), np.uint8)
    distance = np.full(model.shape, np.inf, np.float32)
    corners = np.array([face.corners() for face in faces])
    painter.paint(faces, corners, EYE, rotation, painter.rays_in_map(rotation), image, distance)
    return image, distance


def expected_distance(model, x, half_width, height):
    """Return the distance along each ray to a wall across the view, by plain trigonometry."""
    columns, rows = np.meshgrid(np.arange(model.shape[1]), np.arange(model.shape[0]))
    right, down, forward = np.moveaxis(model.rays(np.stack([columns, rows], -1)), -1, 0)
    with np.errstate(divide='ignore', invalid='ignore'):
        reach = np.where(forward > 1e-9, x / forward, np.inf)
        hit = ((np.abs(reach * right) < half_width) & (1.6 - reach * down > 0.0)
               & (1.6 - reach * down < height))
    return np.where(hit, reach, np.inf)


@MODELS
def test_the_distance_to_a_wall_is_that_of_the_plane(model):
    _, distance = painted(model, [wall((10.0, 4.0), (10.0, -4.0), 5.0, (200, 10, 10))])
    expected = expected_distance(model, 10.0, 4.0, 5.0)
    both = np.isfinite(distance) & np.isfinite(expected)
    assert both.sum() > 500
    assert np.abs(distance[both] - expected[both]).max() < 1e-3
    assert (np.isfinite(distance) != np.isfinite(expected)).sum() <= 2


@MODELS
@pytest.mark.parametrize('order', [1, -1])
def test_the_nearer_wall_hides_the_farther_in_any_order(model, order):
    near = wall((8.0, 2.0), (8.0, -2.0), 4.0, (200, 0, 0))
    far = wall((20.0, 9.0), (20.0, -9.0), 12.0, (0, 0, 200))
    image, _ = painted(model, [near, far][::order])
    front = np.isfinite(expected_distance(model, 8.0, 1.95, 3.95))
    assert (image[front] == (200, 0, 0)).all()
    assert (image == (0, 0, 200)).all(axis=-1).sum() > 200


def test_a_wall_beside_the_eye_is_cut_at_the_near_plane_and_still_drawn():
    _, distance = painted(PINHOLE, [wall((30.0, 3.0), (-30.0, 3.0), 6.0, (9, 9, 9))])
    # A wall 3 m to the left: column c sees it at 3 / tan of the angle to the left.
    column = 20
    left = (99.5 - column) / 200.0
    row = 60
    down = (row - 59.5) / 200.0
    expected = 3.0 / left * np.sqrt(1.0 + left ** 2 + down ** 2)
    assert distance[row, column] == pytest.approx(expected, rel=1e-4)


def test_a_wall_behind_a_panorama_is_whole_across_the_seam():
    image, _ = painted(PANORAMA, [wall((-6.0, -4.0), (-6.0, 4.0), 5.0, (0, 180, 0))])
    row = image[60, :, 1] > 0
    assert row[:40].all() and row[-40:].all()
    assert not row[200:300].any()


def test_open_parts_of_a_texture_show_what_is_behind():
    open_wall = wall((8.0, 2.0), (8.0, -2.0), 4.0, (200, 0, 0), alpha=0)
    far = wall((20.0, 9.0), (20.0, -9.0), 12.0, (0, 0, 200))
    image, distance = painted(PINHOLE, [open_wall, far])
    assert (image[50, 100] == (0, 0, 200)).all()
    assert distance[50, 100] == pytest.approx(20.0, rel=0.01)


def test_a_face_behind_the_camera_is_not_drawn():
    image, distance = painted(PINHOLE, [wall((-6.0, -4.0), (-6.0, 4.0), 5.0, (0, 180, 0))])
    assert not image.any() and np.isinf(distance).all()


def test_a_gable_narrows_to_its_peak():
    corners = [(20.0, 4.0, 3.0), (20.0, -4.0, 3.0), (20.0, 0.0, 6.0)]
    face = face_from_corners(corners, Texture(np.full((8, 8, 3), 77, np.uint8)))
    image, _ = painted(PINHOLE, [face])
    widths = (image[..., 0] == 77).sum(axis=1)
    rows = np.flatnonzero(widths)
    # 3 m and 6 m high, 20 m away, seen from 1.6 m.
    assert rows[0] == pytest.approx(59.5 - 200 * 4.4 / 20.0, abs=1.5)
    assert rows[-1] == pytest.approx(59.5 - 200 * 1.4 / 20.0, abs=1.5)
    middle = int(59.5 - 200 * 2.9 / 20.0)
    assert widths[middle] == pytest.approx(40, abs=3)


def test_no_faces_leave_the_picture_as_it_was():
    painter = FacePainter(PINHOLE)
    image = np.full((120, 200, 3), 5, np.uint8)
    painter.paint([], np.zeros((0, 4, 3)), EYE, BODY_FROM_OPTICAL,
                  painter.rays_in_map(BODY_FROM_OPTICAL), image,
                  np.full((120, 200), np.inf, np.float32))
    assert (image == 5).all()
