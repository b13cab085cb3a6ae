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

"""The one convention of pixels in the map, on patches that are not square."""

import math

import cv2
import numpy as np
import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.patch_geometry import PatchGeometry

HEIGHT, WIDTH, METRES_PER_PIXEL = 40, 70, 0.5
LANDMARK = (7, 52)


def patch(rotation: float = 0.0) -> PatchGeometry:
    """Return a patch that is wider than high."""
    return PatchGeometry(100.0, -50.0, METRES_PER_PIXEL, HEIGHT, WIDTH, rotation)


def test_a_bright_pixel_right_of_and_above_the_middle_lies_east_and_north_of_the_centre():
    image = np.zeros((HEIGHT, WIDTH))
    image[LANDMARK] = 1.0
    row, column = np.argwhere(image == 1.0)[0]

    x, y = patch().map_from_pixel(row + 0.5, column + 0.5)

    assert (float(x), float(y)) == (100.0 + (52.5 - 35.0) * 0.5, -50.0 + (20.0 - 7.5) * 0.5)


def test_the_landmark_stays_in_place_when_the_patch_is_turned():
    east, north = (52.5 - 35.0) * 0.5, (20.0 - 7.5) * 0.5
    yaw = math.radians(30.0)
    turned = complex(east, north) * complex(math.cos(yaw), math.sin(yaw))

    x, y = patch(yaw).map_from_pixel(LANDMARK[0] + 0.5, LANDMARK[1] + 0.5)

    assert complex(x - 100.0, y + 50.0) == pytest.approx(turned)


def test_resampling_through_the_map_finds_the_landmark_in_a_finer_turned_patch():
    image = np.zeros((HEIGHT, WIDTH), np.float32)
    image[LANDMARK] = 1.0
    target = PatchGeometry(105.0, -44.0, 0.1, 130, 210, math.radians(-20.0))

    rows, columns = patch().pixel_from_map(*target.cell_centres())
    warped = cv2.remap(image, (columns - 0.5).astype(np.float32), (rows - 0.5).astype(np.float32),
                       cv2.INTER_LINEAR)
    grid_rows, grid_columns = np.mgrid[:130, :210] + 0.5
    found = ((grid_rows * warped).sum() / warped.sum(),
             (grid_columns * warped).sum() / warped.sum())

    expected = target.pixel_from_map(
        *patch().map_from_pixel(LANDMARK[0] + 0.5, LANDMARK[1] + 0.5))
    assert found == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize('rotation', [0.0, 0.7, -2.9])
def test_pixels_and_map_are_inverse_to_each_other(rotation):
    rows, columns = np.mgrid[-3.0:45.0:7.0, -2.0:75.0:9.0]

    again = patch(rotation).pixel_from_map(*patch(rotation).map_from_pixel(rows, columns))

    np.testing.assert_allclose(again, (rows, columns), atol=1e-10)


def test_cell_centres_start_half_a_pixel_inside_the_north_western_corner():
    x, y = patch().cell_centres()

    assert x.shape == y.shape == (HEIGHT, WIDTH)
    assert (x[0, 0], y[0, 0]) == (100.0 - 17.5 + 0.25, -50.0 + 10.0 - 0.25)
    assert x[0, 1] - x[0, 0] == y[0, 0] - y[1, 0] == METRES_PER_PIXEL


def test_contains_keeps_the_margin_from_every_rim():
    inside = patch().contains([100.0, 117.0, 117.0, 100.0], [-50.0, -50.0, -50.0, -40.5],
                              margin_m=1.0)

    assert inside.tolist() == [True, False, False, False]
    assert patch().contains(117.0, -40.5)


@pytest.mark.parametrize('fields', [
    (0.0, 0.0, 0.0, 10, 10), (0.0, 0.0, math.nan, 10, 10), (0.0, 0.0, 1.0, 0, 10),
    (0.0, 0.0, 1.0, 10, -1), (math.inf, 0.0, 1.0, 10, 10), (0.0, 0.0, 1.0, 10, 10, math.nan)])
def test_a_patch_that_cannot_hold_an_image_is_refused(fields):
    with pytest.raises(GeometryError):
        PatchGeometry(*fields)
