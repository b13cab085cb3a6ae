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

"""Raster files that cannot be used are refused, damaged ones serve what is left."""

import numpy as np
import pytest
from raster_files import bands, FRAME, grid, PART, write, write_pattern
import rasterio
from rasterio.control import GroundControlPoint

from xview_loc.errors import ImageryError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.open_imagery import open_imagery


def test_a_raster_without_a_coordinate_reference_system_is_one_sentence(tmp_path):
    transform, *_ = grid('EPSG:32632')
    path = write(tmp_path / 'a.tif', bands(1), None, transform)
    with pytest.raises(ImageryError, match='no coordinate reference system'):
        open_imagery(path)


@pytest.mark.filterwarnings('ignore::rasterio.errors.NotGeoreferencedWarning')
def test_a_raster_with_control_points_only_is_one_sentence(tmp_path):
    points = [GroundControlPoint(0, 0, 8.0, 49.0), GroundControlPoint(0, 99, 8.1, 49.0),
              GroundControlPoint(99, 0, 8.0, 48.9)]
    with rasterio.open(tmp_path / 'a.tif', 'w', driver='GTiff', height=100, width=100, count=1,
                       dtype='uint8', gcps=points, crs='EPSG:4326') as file:
        file.write(np.zeros((1, 100, 100), np.uint8))
    with pytest.raises(ImageryError, match='a.tif has no'):
        open_imagery(tmp_path / 'a.tif')


def test_a_file_that_is_no_raster_is_one_sentence(tmp_path):
    (tmp_path / 'a.tif').write_bytes(b'II*\x00 nothing')
    with pytest.raises(ImageryError, match='cannot be opened'):
        open_imagery(tmp_path / 'a.tif')


def test_a_truncated_raster_serves_what_is_left_and_counts_the_rest(tmp_path):
    path = write_pattern(tmp_path / 'a.tif', 'EPSG:32632', tiled=True, blockxsize=256,
                         blockysize=256)
    content = path.read_bytes()
    path.write_bytes(content[:int(len(content) * 0.6)])
    source = open_imagery(path)
    patch = source.read_patch(PatchGeometry(0.0, 0.0, 0.25, 500, 600), FRAME)
    assert 0.8 < patch.valid_fraction < 0.9
    assert source.warnings.counts['broken tile'] >= 1
    assert 'a.tif level 0 row' in source.warnings.messages()[0]


def test_a_coarse_raster_is_refused(tmp_path):
    source = open_imagery(write_pattern(tmp_path / 'a.tif', 'EPSG:32632', metres=1.5))
    with pytest.raises(ImageryError, match='1.50 m per pixel'):
        source.read_patch(PART, FRAME)
