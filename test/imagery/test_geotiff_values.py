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

"""Bands, palettes and deep values become colours of eight bit."""

import numpy as np
import pytest
from raster_files import bands, FRAME, grid, RAMP, read, write
from rasterio.enums import ColorInterp

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.stretch import Stretch


def test_one_band_becomes_grey(tmp_path):
    transform, *_ = grid('EPSG:32632')
    patch = read(write(tmp_path / 'a.tif', bands(77), 'EPSG:32632', transform))
    assert (patch.image == 77).all()


@pytest.mark.parametrize(('kinds', 'expected'), [
    (None, (10, 20, 30)),
    ([ColorInterp.blue, ColorInterp.green, ColorInterp.red, ColorInterp.undefined,
      ColorInterp.undefined], (30, 20, 10))])
def test_of_many_bands_the_marked_or_else_the_first_three_are_shown(tmp_path, kinds, expected):
    transform, *_ = grid('EPSG:32632')
    patch = read(write(tmp_path / 'a.tif', bands(10, 20, 30, 40, 50), 'EPSG:32632', transform,
                       colorinterp=kinds, photometric='minisblack'))
    np.testing.assert_array_equal(patch.image[100, 100], expected)


def test_a_palette_is_applied_at_every_level(tmp_path):
    transform, *_ = grid('EPSG:32632')
    path = write(tmp_path / 'a.tif', bands(RAMP % 2), 'EPSG:32632', transform,
                 colormap={0: (200, 0, 0, 255), 1: (0, 100, 0, 255)})
    near = open_imagery(path).read_patch(PatchGeometry(0.0, 0.0, 0.05, 60, 90), FRAME)
    assert (near.image[..., 0] == 200).any() and (near.image[..., 1] == 100).any()
    far = open_imagery(path).read_patch(PatchGeometry(0.0, 0.0, 0.5, 60, 90), FRAME)
    np.testing.assert_array_equal(far.image[30, 45], (100, 50, 0))


def test_sixteen_bit_is_stretched_alike_in_every_patch(tmp_path):
    transform, *_ = grid('EPSG:32632')
    path = write(tmp_path / 'a.tif', bands(300 + 2 * RAMP, dtype=np.uint16), 'EPSG:32632',
                 transform)
    source = open_imagery(path)
    (low, high), = source.raster.stretch_limits
    assert (low, high) == (pytest.approx(313.0, abs=3.0), pytest.approx(1565.0, abs=3.0))
    west, east = (source.read_patch(PatchGeometry(x, 0.0, 0.25, 64, 96), FRAME).image[32, 48, 0]
                  for x in (-40.0, 40.0))
    for seen, column in ((west, 320 - 160), (east, 320 + 160)):
        assert seen == pytest.approx(255 * (300 + 2 * column - low) / (high - low), abs=4.0)


def test_a_fixed_stretch_is_kept(tmp_path):
    transform, *_ = grid('EPSG:32632')
    path = write(tmp_path / 'a.tif', bands(1024, dtype=np.int16), 'EPSG:32632', transform)
    patch = read(path, stretch=Stretch(low=0.0, high=2048.0))
    assert (patch.image == 128).all()
