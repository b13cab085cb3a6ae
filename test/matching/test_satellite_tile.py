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

"""Tiles cut out of patches of any resolution."""

import numpy as np
import pytest

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.matching.satellite_tile import cut_tile


def landmark_patch(x, y, *, metres_per_pixel=0.2, height=300, width=420, rotation=0.0):
    """Return a patch, not square, with a bright blob of 0.8 m on grey ground."""
    geometry = PatchGeometry(50.0, -20.0, metres_per_pixel, height, width, rotation)
    east, north = geometry.cell_centres()
    blob = np.exp(-0.5 * (np.square(east - x) + np.square(north - y)) / 0.8 ** 2)
    image = np.rint(40.0 + 200.0 * blob)[..., None].repeat(3, axis=-1).astype(np.uint8)
    return SatellitePatch(image, geometry, np.ones((height, width), bool), Provenance('blob'))


def middle_of_blob(tile):
    """Return the place of the blob in the map."""
    weight = np.clip(tile.image[..., 0].astype(float) - 60.0, 0.0, None)
    x, y = tile.geometry.cell_centres()
    return (x * weight).sum() / weight.sum(), (y * weight).sum() / weight.sum()


@pytest.mark.parametrize('source', [0.2, 0.05, 0.31])
@pytest.mark.parametrize('rotation', [0.0, 0.4])
def test_a_landmark_stays_where_it_is(source, rotation) -> None:
    side = round(60.0 / source)
    patch = landmark_patch(57.3, -25.1, metres_per_pixel=source, height=side, width=side + 30,
                           rotation=rotation)
    tile = cut_tile(patch, PatchGeometry(55.0, -22.0, 0.2, 96, 96))
    assert tile.valid.all()
    assert middle_of_blob(tile) == pytest.approx((57.3, -25.1), abs=0.02)


def test_pixels_that_coincide_are_copied() -> None:
    patch = landmark_patch(50.0, -20.0)
    noise = np.random.default_rng(3).integers(0, 256, patch.image.shape, dtype=np.uint8)
    patch = SatellitePatch(noise, patch.geometry, patch.valid, patch.provenance)
    x, y = patch.geometry.map_from_pixel(32 + 40, 32 + 101)
    tile = cut_tile(patch, PatchGeometry(float(x), float(y), 0.2, 64, 64))
    np.testing.assert_array_equal(tile.image, noise[40:104, 101:165])


def test_finer_patches_are_averaged_not_picked() -> None:
    patch = landmark_patch(0.0, 0.0, metres_per_pixel=0.05, height=400, width=400)
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 200
    patch = SatellitePatch(stripes, patch.geometry, patch.valid, patch.provenance)
    tile = cut_tile(patch, PatchGeometry(50.0, -20.0, 0.2, 64, 64))
    np.testing.assert_allclose(tile.image, 100, atol=1)


def test_ground_outside_the_patch_or_without_imagery_is_black_and_not_valid() -> None:
    patch = landmark_patch(50.0, -20.0)
    valid = patch.valid.copy()
    valid[:, :200] = False
    patch = SatellitePatch(np.full_like(patch.image, 90), patch.geometry, valid, patch.provenance)
    tile = cut_tile(patch, PatchGeometry(50.0, -20.0 + 30.0, 0.2, 100, 100))
    x, y = tile.geometry.cell_centres()
    inside = (x > 50.0 - 2.0 + 0.2) & (y < -20.0 + 30.0 - 0.2)
    outside = (x < 50.0 - 2.0 - 0.2) | (y > -20.0 + 30.0 + 0.2)
    assert tile.valid[inside].all() and not tile.valid[outside].any()
    assert not tile.image[~tile.valid].any()
    assert (tile.image[tile.valid] == 90).all()
