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

"""Raster files of every grid show the ground in its place."""

from concurrent.futures import ThreadPoolExecutor

from ground_pattern import displacement_px
import numpy as np
import pytest
from raster_files import FRAME, PART, write_pattern
import rasterio.shutil

from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.open_imagery import open_imagery


@pytest.mark.parametrize(('crs', 'options'), [
    ('EPSG:32632', {}), ('EPSG:32633', {}), ('EPSG:3857', {}), ('EPSG:4326', {}),
    ('EPSG:2154', {}), ('EPSG:3035', {}),
    ('EPSG:32632', {'tiled': True, 'blockxsize': 256, 'blockysize': 256, 'compress': 'deflate'}),
    ('EPSG:32632', {'turn': 17.0}),
])
def test_any_grid_is_placed_within_a_tenth_of_a_pixel(tmp_path, crs, options):
    source = open_imagery(write_pattern(tmp_path / 'a.tif', crs, **options))
    patch = source.read_patch(PART, FRAME)
    assert patch.valid.all()
    assert displacement_px(patch.image, PART) < 0.1


@pytest.mark.parametrize('overviews', [(), (2, 4, 8)])
@pytest.mark.parametrize('side', [(560, 640), (557, 643)])
def test_reduced_levels_stay_in_place_also_for_odd_sizes(tmp_path, overviews, side):
    source = open_imagery(write_pattern(tmp_path / 'a.tif', 'EPSG:32632', overviews=overviews,
                                        side=side, tiled=True, blockxsize=256, blockysize=256))
    for metres_per_pixel in (0.5, 1.0):
        part = PatchGeometry(0.0, 0.0, metres_per_pixel, int(120 / metres_per_pixel),
                             int(130 / metres_per_pixel))
        patch = source.read_patch(part, FRAME)
        assert patch.valid.all()
        assert displacement_px(patch.image, part) < 0.1


def test_a_cloud_optimised_file_is_read_through_its_own_levels(tmp_path):
    write_pattern(tmp_path / 'a.tif', 'EPSG:32632', side=(1111, 1234), metres=0.125)
    rasterio.shutil.copy(tmp_path / 'a.tif', tmp_path / 'cog.tif', driver='COG', compress='JPEG',
                         quality=95, blocksize=256)
    source = open_imagery(tmp_path / 'cog.tif')
    assert len(source.raster.level_scales) >= 3
    for metres in (0.125, 0.3, 0.55):
        part = PatchGeometry(0.0, 0.0, metres, int(80 / metres), int(100 / metres), 0.1)
        patch = source.read_patch(part, FRAME)
        assert patch.valid.all()
        assert displacement_px(patch.image, part) < 0.1


@pytest.mark.parametrize(('longitude', 'crs'), [
    (179.9999, 'EPSG:32660'), (-179.9999, 'EPSG:32601'), (179.9999, 'EPSG:32601'),
    (179.9999, 'EPSG:4326'), (-179.9999, 'EPSG:4326'), (179.9999, 'EPSG:3857')])
def test_across_the_antimeridian_there_is_no_seam(tmp_path, longitude, crs):
    frame = LocalFrame(-17.0, longitude, 0.0)
    source = open_imagery(write_pattern(tmp_path / 'a.tif', crs, frame))
    patch = source.read_patch(PART, frame)
    assert patch.valid.all()
    assert displacement_px(patch.image, PART) < 0.1


def test_a_degree_grid_at_sixty_north_is_averaged_along_its_fine_axis_only(tmp_path):
    frame = LocalFrame(60.2, 24.9, 20.0)
    source = open_imagery(write_pattern(tmp_path / 'a.tif', 'EPSG:4326', frame))
    assert source.metres_per_pixel_at(60.2, 24.9) == pytest.approx(0.25 * 0.5 ** 0.5, rel=0.01)
    patch = source.read_patch(PatchGeometry(0.0, 0.0, 0.25, 160, 256), frame)
    assert displacement_px(patch.image, patch.geometry) < 0.1


@pytest.mark.parametrize(('crs', 'expected'), [('EPSG:32632', 0.25), ('EPSG:3857', 0.1640)])
def test_the_resolution_is_the_one_on_the_ground(tmp_path, crs, expected):
    source = open_imagery(write_pattern(tmp_path / 'a.tif', crs))
    assert source.metres_per_pixel_at(49.0102, 8.4241) == pytest.approx(expected, rel=2e-3)


def test_a_patch_where_the_projection_does_not_reach_is_empty(tmp_path):
    source = open_imagery(write_pattern(tmp_path / 'a.tif', 'EPSG:32632'))
    patch = source.read_patch(PART, LocalFrame(-20.0, -140.0))
    assert patch.valid_fraction == 0.0


def test_threads_read_the_same_pixels_at_once(tmp_path):
    source = open_imagery(write_pattern(tmp_path / 'a.tif', 'EPSG:32632'), cache_bytes=0)
    parts = [PatchGeometry(float(shift), 0.0, 0.25, 128, 160) for shift in range(8)]
    alone = [source.read_patch(part, FRAME).image for part in parts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda part: source.read_patch(part, FRAME).image, parts))
    source.close()
    for one, other in zip(alone, together):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(('name', 'place', 'metres'), [
    ('pan1.tif', (51.8748, 4.3590), 0.5), ('road_mask_input.tif', (36.1406, -115.2320), 0.27)])
def test_real_satellite_images_of_sixteen_bit_are_served(shared_data, name, place, metres):
    source = open_imagery(shared_data / 'geotiff' / name)
    west, south, east, north = source.bounds
    latitude, longitude = 0.5 * (south + north), 0.5 * (west + east)
    assert source.metres_per_pixel_at(latitude, longitude) == pytest.approx(metres, rel=0.05)
    patch = source.read_patch(PatchGeometry(0.0, 0.0, 0.5, 300, 400),
                              LocalFrame(latitude, longitude))
    assert patch.valid.all()
    assert 30.0 < patch.image.std() < 100.0
    assert (latitude, longitude) == pytest.approx(place, abs=0.01)
