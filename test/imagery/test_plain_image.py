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

"""Patches from an image in memory."""

from ground_pattern import displacement_px, painted
import numpy as np
import pytest

from xview_loc.errors import ImageryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.plain_image import PlainImage

PLACE = PatchGeometry(40.0, -25.0, 0.25, 300, 460)


@pytest.fixture(scope='module')
def image():
    return painted(*PLACE.cell_centres())


def test_its_own_geometry_returns_the_very_pixels(image):
    np.testing.assert_array_equal(PlainImage(image, PLACE).read_patch(PLACE).image, image)


def test_a_shift_by_whole_pixels_returns_the_very_pixels(image):
    part = PatchGeometry(40.0 + 10 * 0.25, -25.0 - 6 * 0.25, 0.25, 100, 60)
    patch = PlainImage(image, PLACE).read_patch(part)
    np.testing.assert_array_equal(patch.image, image[106:206, 210:270])
    assert patch.valid.all()


@pytest.mark.parametrize('part', [
    PatchGeometry(41.03, -24.1, 0.25, 130, 200),
    PatchGeometry(45.0, -28.0, 0.3, 90, 120, 0.6),
    PatchGeometry(40.0, -25.0, 0.11, 200, 256, -2.0),
    PatchGeometry(40.0, -25.0, 0.7, 70, 100),
])
def test_any_resolution_and_rotation_is_placed_within_a_tenth_of_a_pixel(image, part):
    patch = PlainImage(image, PLACE).read_patch(part)
    assert patch.valid.all()
    assert displacement_px(patch.image, part, 60) < 0.1


def test_a_landmark_lies_where_the_geometry_says(image):
    dark = np.zeros_like(image)
    dark[37, 401] = 255
    x, y = PLACE.map_from_pixel(37.5, 401.5)
    part = PatchGeometry(80.0, 0.0, 0.1, 170, 240, 0.5)
    seen = PlainImage(dark, PLACE).read_patch(part).image[..., 1].astype(float)
    rows, columns = np.indices(seen.shape) + 0.5
    row, column = part.pixel_from_map(x, y)
    assert (rows * seen).sum() / seen.sum() == pytest.approx(row, abs=0.1)
    assert (columns * seen).sum() / seen.sum() == pytest.approx(column, abs=0.1)


def test_beyond_the_rim_the_patch_is_masked_and_black(image):
    part = PatchGeometry(40.0 + 0.5 * 460 * 0.25, -25.0, 0.25, 50, 80)
    patch = PlainImage(image, PLACE).read_patch(part)
    assert patch.valid[:, :40].all() and not patch.valid[:, 40:].any()
    assert not patch.image[:, 40:].any()


def test_a_patch_far_away_is_all_masked(image):
    patch = PlainImage(image, PLACE).read_patch(PatchGeometry(5000.0, 0.0, 0.25, 50, 80))
    assert patch.valid_fraction == 0.0


def test_one_masked_pixel_spoils_only_what_touches_it(image):
    valid = np.ones(PLACE.shape, bool)
    valid[100, 200] = False
    part = PatchGeometry(40.0 + 0.125, -25.0 + 0.125, 0.25, 300 - 2, 460 - 2)
    patch = PlainImage(image, PLACE, valid=valid).read_patch(part)
    assert (~patch.valid).sum() == 4


def test_a_checkerboard_averages_to_grey_instead_of_aliasing():
    board = np.indices((256, 384)).sum(axis=0) % 2 * 255
    source = PlainImage(np.repeat(board[..., None], 3, axis=2).astype(np.uint8),
                        PatchGeometry(0.0, 0.0, 0.1, 256, 384))
    for metres_per_pixel in (0.19, 0.2, 0.31, 0.55, 0.8):
        patch = source.read_patch(PatchGeometry(0.02, 0.03, metres_per_pixel, 20, 30, 0.3))
        assert np.abs(patch.image.astype(int) - 128).max() <= 14


def test_a_patch_larger_than_one_piece_has_no_seams():
    place = PatchGeometry(0.0, 0.0, 0.3, 1300, 1200)
    part = PatchGeometry(0.05, -0.04, 0.3, 1250, 1150)
    patch = PlainImage(painted(*place.cell_centres()), place).read_patch(part)
    assert patch.valid.all()
    assert displacement_px(patch.image, part) < 0.1


def test_the_provenance_names_source_and_resolution(image):
    source = PlainImage(image, PLACE, name='survey', date='2021', attribution='(c) survey')
    provenance = source.read_patch(PatchGeometry(40.0, -25.0, 0.6, 40, 40)).provenance
    assert (provenance.source, provenance.date, provenance.attribution) == (
        'survey', '2021', '(c) survey')
    assert provenance.native_metres_per_pixel == pytest.approx(0.5)


def test_an_image_coarser_than_a_metre_is_refused():
    source = PlainImage(np.zeros((4, 4, 3), np.uint8), PatchGeometry(0.0, 0.0, 1.2, 4, 4))
    with pytest.raises(ImageryError, match='1.20 m per pixel'):
        source.read_patch(PatchGeometry(0.0, 0.0, 1.2, 4, 4))


@pytest.mark.parametrize('wrong', [
    np.zeros((300, 460), np.uint8), np.zeros((460, 300, 3), np.uint8),
    np.zeros((300, 460, 3), np.float32)])
def test_what_is_no_rgb_image_of_that_size_is_refused(wrong):
    with pytest.raises(ImageryError, match='uint8 of shape'):
        PlainImage(wrong, PLACE)


def test_a_mask_of_another_size_is_refused(image):
    with pytest.raises(ImageryError, match='validity mask'):
        PlainImage(image, PLACE, valid=np.ones((3, 3), bool))


def test_bounds_need_a_place_on_the_earth(image):
    with pytest.raises(ImageryError, match='map origin'):
        PlainImage(image, PLACE).bounds


def test_bounds_hold_the_corners_of_the_image(image):
    frame = LocalFrame(49.0, 8.4)
    west, south, east, north = PlainImage(image, PLACE, frame=frame).bounds
    latitude, longitude, _ = frame.geodetic_from_map(
        *PLACE.map_from_pixel(np.array([0.0, 300.0]), np.array([0.0, 460.0])))
    assert north == pytest.approx(latitude[0], abs=1e-6)
    assert south == pytest.approx(latitude[1], abs=1e-6)
    assert west == pytest.approx(longitude[0], abs=1e-6)
    assert east == pytest.approx(longitude[1], abs=1e-6)
