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

"""Pixels that a raster file marks as unknown are masked."""

import numpy as np
from raster_files import bands, FRAME, grid, PART, RAMP, read, write

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.open_imagery import open_imagery


def test_no_data_is_masked_and_does_not_move_the_stretch(tmp_path):
    transform, *_ = grid('EPSG:32632')
    values = bands(np.where(RAMP < 320, 65535, 500 + RAMP), dtype=np.uint16)
    path = write(tmp_path / 'a.tif', values, 'EPSG:32632', transform, nodata=65535)
    source = open_imagery(path)
    assert source.raster.stretch_limits[0][1] < 1200.0
    patch = source.read_patch(PART, FRAME)
    assert 0.45 < patch.valid_fraction < 0.52
    assert not patch.image[~patch.valid].any()


def test_reduced_no_data_does_not_bleed_into_the_image(tmp_path):
    transform, *_ = grid('EPSG:32632')
    values = bands(np.where(RAMP < 321, 0, 200))
    path = write(tmp_path / 'a.tif', values, 'EPSG:32632', transform, nodata=0, overviews=(2, 4))
    patch = open_imagery(path).read_patch(PatchGeometry(0.0, 0.0, 1.0, 60, 90), FRAME)
    assert (patch.image[patch.valid] == 200).all()
    assert 0.4 < patch.valid_fraction < 0.5


def test_an_alpha_band_is_the_mask(tmp_path):
    transform, *_ = grid('EPSG:32632')
    values = bands(90, 91, 92, np.where(RAMP < 320, 0, 255))
    path = write(tmp_path / 'a.tif', values, 'EPSG:32632', transform, photometric='rgb',
                 alpha='yes')
    patch = read(path)
    assert 0.45 < patch.valid_fraction < 0.52
    np.testing.assert_array_equal(np.unique(patch.image[patch.valid], axis=0), [[90, 91, 92]])


def test_an_internal_mask_is_used(tmp_path):
    transform, *_ = grid('EPSG:32632')
    mask = np.broadcast_to(np.where(RAMP < 320, 0, 255), (560, 640)).astype(np.uint8)
    patch = read(write(tmp_path / 'a.tif', bands(90), 'EPSG:32632', transform, mask=mask))
    assert 0.45 < patch.valid_fraction < 0.52


def test_nan_is_masked(tmp_path):
    transform, *_ = grid('EPSG:32632')
    values = bands(np.where(RAMP < 320, np.nan, RAMP / 640.0), dtype=np.float32)
    patch = read(write(tmp_path / 'a.tif', values, 'EPSG:32632', transform))
    assert 0.45 < patch.valid_fraction < 0.52
