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

"""Raster files of every kind of grid, value and mask."""

from concurrent.futures import ThreadPoolExecutor

from ground_pattern import displacement_px
import numpy as np
import pytest
from raster_files import grid, write, write_pattern
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
import rasterio.shutil

from xview_loc.errors import ImageryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.stretch import Stretch

FRAME = LocalFrame(49.0102, 8.4241, 115.0)
PART = PatchGeometry(0.0, 0.0, 0.25, 200, 320, 0.2)


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


def bands(*values, side=(560, 640), dtype=np.uint8):
    return np.stack([np.broadcast_to(value, side) for value in values]).astype(dtype)


def read(path, **options):
    return open_imagery(path, **options).read_patch(PART, FRAME)


RAMP = np.arange(640)[None, :]


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
