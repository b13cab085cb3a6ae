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

"""Cells of whole pixels around a prior."""

import math

import numpy as np
import pytest

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.likelihood_grid import LikelihoodGrid, log_mean
from xview_loc.matching.matcher import SearchPrior

TILE = PatchGeometry(30.0, -12.0, 0.15, 256, 256)


def prior(x, y, radius=5.0):
    return SearchPrior(Pose2(x, y, 0.0), radius)


@pytest.mark.parametrize('pixel', [0.1114, 0.1425, 0.25, 0.5, 1.4, 3.13])
@pytest.mark.parametrize('radius', [0.5, 6.0, 40.0])
@pytest.mark.parametrize('yaws', [1, 32])
def test_cells_enclose_the_search_and_are_small_enough(pixel, radius, yaws) -> None:
    tile = PatchGeometry(30.0, -12.0, pixel, 512, 512)
    grid = LikelihoodGrid.around(prior(33.21, -7.77, radius), tile, yaws)
    cell = grid.geometry.metres_per_pixel
    margin = grid.geometry.height * cell / 2 - 0.5 * cell
    assert margin >= radius
    for axis, middle in ((grid.geometry.centre_x, 33.21), (grid.geometry.centre_y, -7.77)):
        assert abs(axis - middle) + radius <= margin + 1e-9
    assert cell == pytest.approx(grid.factor * pixel)
    assert cell <= 1.0 or grid.factor == 1
    assert cell >= 0.25
    fits = 4 * yaws * grid.geometry.height ** 2 <= 450_000
    assert fits or cell + pixel > 1.0


def test_borders_are_those_of_pixels() -> None:
    grid = LikelihoodGrid.around(prior(33.21, -7.77), TILE, 1)
    corner = TILE.pixel_from_map(*grid.geometry.map_from_pixel(0.0, 0.0))
    np.testing.assert_allclose(corner, np.round(corner), atol=1e-6)


@pytest.mark.parametrize(('east', 'north'), [(0.0, 0.0), (0.6, 0.0), (0.0, -1.2), (-0.9, 0.3)])
def test_crop_takes_the_pixels_of_the_shifted_cells(east, north) -> None:
    grid = LikelihoodGrid.around(prior(33.21, -7.77), TILE, 1)
    x, y = TILE.cell_centres()
    blocks = grid.crop(np.stack([x, y]).astype(np.float32), TILE, east, north)
    assert blocks.shape == (2, *grid.geometry.shape, grid.factor, grid.factor)
    expected = np.stack(grid.geometry.cell_centres())
    np.testing.assert_allclose(blocks.mean(axis=(-1, -2)) - expected,
                               np.array([east, north])[:, None, None] * np.ones_like(expected),
                               atol=1e-4)


def test_what_lies_outside_of_the_tile_is_unknown() -> None:
    grid = LikelihoodGrid.around(prior(30.0 + 19.0, -12.0), TILE, 1)
    blocks = grid.crop(np.zeros(TILE.shape, np.float32), TILE)
    known = np.isfinite(log_mean(blocks))
    x, _ = grid.geometry.cell_centres()
    east_border = 30.0 + 0.5 * 256 * 0.15
    assert known[x < east_border - 0.01].all() and not known[x > east_border + 0.01].any()
    far = LikelihoodGrid.around(prior(300.0, 0.0), TILE, 1)
    assert np.isnan(far.crop(np.zeros(TILE.shape), TILE)).all()


def test_mean_is_of_likelihoods_and_needs_half_of_the_pixels() -> None:
    blocks = np.log(np.array([[1.0, 3.0], [5.0, 7.0]]))
    blocks = np.stack([blocks, blocks - 300.0])
    np.testing.assert_allclose(log_mean(blocks), [math.log(4.0), math.log(4.0) - 300.0], rtol=1e-5)
    nan = math.nan
    half = np.array([[[0.0, nan], [nan, 0.0]], [[0.0, nan], [nan, nan]]])
    np.testing.assert_array_equal(log_mean(half), [0.0, nan])


def test_each_cell_belongs_to_the_tile_with_the_nearest_middle() -> None:
    grid = LikelihoodGrid.around(prior(30.0, -12.0), TILE, 1)
    east = PatchGeometry(36.0, -12.0, 0.15, 256, 256)
    x, _ = grid.geometry.cell_centres()
    np.testing.assert_array_equal(grid.nearest([TILE, east]), (x > 33.0).astype(int))
