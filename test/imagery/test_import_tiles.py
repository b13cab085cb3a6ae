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

"""Offline packs from imagery on disk."""

import sqlite3

from ground_pattern import displacement_px, painted_tile, png, tile_at
import numpy as np
import pytest
from raster_files import FRAME, write_pattern

from xview_loc.errors import ImageryError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.import_tiles import import_tiles
from xview_loc.imagery.mbtiles_writer import MBTilesWriter
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.pack_manifest import read_manifest, verify_pack
from xview_loc.imagery.tile_grid import bounds_of_tiles
from xview_loc.imagery.tile_store import TileIndex

ZOOM = 19
MIDDLE = tile_at(FRAME.latitude_deg, FRAME.longitude_deg, ZOOM)
TILES = [TileIndex(ZOOM, MIDDLE.column + across, MIDDLE.row + down)
         for down in range(-2, 3) for across in range(-3, 4)]


class Interruption(Exception):
    """Stands for Ctrl-C in the middle of the work."""


def interrupt_at(count):
    def progress(done, total):
        if done >= count:
            raise Interruption
    return progress


@pytest.fixture(scope='module')
def tiles(tmp_path_factory):
    folder = tmp_path_factory.mktemp('tree')
    for tile in TILES:
        path = folder / f'{tile.zoom}/{tile.column}/{tile.row}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(painted_tile(tile, FRAME)))
    return folder


@pytest.fixture(scope='module')
def rasters(tmp_path_factory):
    folder = tmp_path_factory.mktemp('rasters')
    for name, crs, shift in (('a', 'EPSG:32632', -50.0), ('b', 'EPSG:32633', 50.0)):
        write_pattern(folder / f'{name}.tif', crs, shift=(shift, 0.0))
    return folder


def test_tiles_are_copied_byte_for_byte(tiles, tmp_path):
    import_tiles(tiles, tmp_path / 'pack.mbtiles')
    one, other = (open_imagery(path).raster.store for path in (tiles, tmp_path / 'pack.mbtiles'))
    assert all(one.get(tile) == other.get(tile) for tile in TILES)
    assert sorted(other.tiles(ZOOM)) == sorted(TILES)


def test_the_manifest_says_where_it_is_from_and_what_it_holds(tiles, tmp_path):
    manifest = import_tiles(tiles, tmp_path / 'pack.mbtiles', name='survey', licence='CC BY 4.0',
                            attribution='(c) survey', date='2021-06')
    assert manifest == read_manifest(tmp_path / 'pack.mbtiles') == verify_pack(
        tmp_path / 'pack.mbtiles')
    assert (manifest.name, manifest.licence, manifest.attribution, manifest.date) == (
        'survey', 'CC BY 4.0', '(c) survey', '2021-06')
    assert manifest.source == str(tiles)
    assert (manifest.coarsest_zoom, manifest.finest_zoom, manifest.tiles) == (ZOOM, ZOOM, 35)
    assert manifest.metres_per_pixel == pytest.approx(0.1958, abs=2e-4)
    assert manifest.bounds == pytest.approx(bounds_of_tiles(
        ZOOM, MIDDLE.column - 3, MIDDLE.row - 2, MIDDLE.column + 3, MIDDLE.row + 2))


def test_the_pack_is_a_source_with_credit_and_date(tiles, tmp_path):
    import_tiles(tiles, tmp_path / 'pack.mbtiles', attribution='(c) survey', date='2021-06')
    source = open_imagery(tmp_path / 'pack.mbtiles')
    part = PatchGeometry(0.0, 0.0, 0.2, 200, 300)
    patch = source.read_patch(part, FRAME)
    assert displacement_px(patch.image, part) < 0.1
    assert (patch.provenance.attribution, patch.provenance.date) == ('(c) survey', '2021-06')


def test_only_the_area_is_taken(tiles, tmp_path):
    bounds = bounds_of_tiles(ZOOM, MIDDLE.column, MIDDLE.row, MIDDLE.column + 1, MIDDLE.row)
    manifest = import_tiles(tiles, tmp_path / 'pack.mbtiles', bounds=bounds)
    assert manifest.tiles == 2


def test_a_broken_tile_is_left_out_and_counted(tiles, tmp_path):
    with MBTilesWriter(tmp_path / 'a.mbtiles') as writer:
        for tile in TILES:
            data = png(painted_tile(tile, FRAME))
            writer.put(tile, data[:99] if tile == MIDDLE else data)
    manifest = import_tiles(tmp_path / 'a.mbtiles', tmp_path / 'pack.mbtiles')
    assert (manifest.tiles, manifest.broken, manifest.missing) == (34, 1, 0)


@pytest.mark.parametrize('stop', [1, 100])
def test_an_interrupted_copy_goes_on_and_ends_with_the_same_checksum(tmp_path, stop):
    with MBTilesWriter(tmp_path / 'many.mbtiles') as writer:
        for index in range(400):
            tile = TileIndex(ZOOM, MIDDLE.column + index % 20, MIDDLE.row + index // 20)
            writer.put(tile, png(np.full((256, 256, 3), index % 256, np.uint8)))
    whole = import_tiles(tmp_path / 'many.mbtiles', tmp_path / 'whole.mbtiles')
    with pytest.raises(Interruption):
        import_tiles(tmp_path / 'many.mbtiles', tmp_path / 'pack.mbtiles',
                     progress=interrupt_at(stop))
    assert not (tmp_path / 'pack.mbtiles').exists()
    manifest = import_tiles(tmp_path / 'many.mbtiles', tmp_path / 'pack.mbtiles')
    assert (manifest.tiles, manifest.checksum) == (400, whole.checksum)
    assert not (tmp_path / 'pack.mbtiles.part').exists()


def test_rasters_of_two_zones_are_rendered_into_one_pack(rasters, tmp_path):
    manifest = import_tiles(rasters, tmp_path / 'pack.mbtiles', image_format='png')
    assert (manifest.coarsest_zoom, manifest.finest_zoom) == (16, 19)
    source = open_imagery(tmp_path / 'pack.mbtiles')
    for metres in (0.25, 0.8):
        part = PatchGeometry(0.0, 0.0, metres, int(80 / metres), int(120 / metres))
        patch = source.read_patch(part, FRAME)
        assert patch.valid.all()
        assert displacement_px(patch.image, part, 48) < 0.1


@pytest.mark.parametrize('image_format', ['png', 'jpg'])
def test_an_interrupted_rendering_goes_on_and_ends_with_the_same_checksum(
        rasters, tmp_path, image_format):
    whole = import_tiles(rasters, tmp_path / 'whole.mbtiles', image_format=image_format)
    for stop in (1, 7, 20):
        with pytest.raises(Interruption):
            import_tiles(rasters, tmp_path / 'pack.mbtiles', image_format=image_format,
                         progress=interrupt_at(stop))
    counts = []
    manifest = import_tiles(rasters, tmp_path / 'pack.mbtiles', image_format=image_format,
                            progress=lambda *count: counts.append(count))
    assert manifest.checksum == whole.checksum
    assert counts[-1][0] == counts[-1][1]


def test_an_unfinished_pack_of_something_else_is_not_mixed_in(rasters, tiles, tmp_path):
    with pytest.raises(Interruption):
        import_tiles(rasters, tmp_path / 'pack.mbtiles', progress=interrupt_at(20))
    with pytest.raises(ImageryError, match='finish that or remove it'):
        import_tiles(tiles, tmp_path / 'pack.mbtiles')


def test_a_pack_that_exists_is_not_overwritten(tiles, tmp_path):
    import_tiles(tiles, tmp_path / 'pack.mbtiles')
    with pytest.raises(ImageryError, match='exists already'):
        import_tiles(tiles, tmp_path / 'pack.mbtiles')


def test_a_changed_tile_is_found_by_verification(tiles, tmp_path):
    import_tiles(tiles, tmp_path / 'pack.mbtiles')
    connection = sqlite3.connect(tmp_path / 'pack.mbtiles')
    connection.execute('UPDATE tiles SET tile_data = zeroblob(99) WHERE rowid = 5')
    connection.commit()
    connection.close()
    with pytest.raises(ImageryError, match='not what its manifest says'):
        verify_pack(tmp_path / 'pack.mbtiles')


def test_a_file_without_a_manifest_cannot_be_verified(tmp_path):
    with MBTilesWriter(tmp_path / 'a.mbtiles') as writer:
        writer.put(MIDDLE, b'x')
    assert read_manifest(tmp_path / 'a.mbtiles') is None
    with pytest.raises(ImageryError, match='no manifest'):
        verify_pack(tmp_path / 'a.mbtiles')


@pytest.mark.parametrize('options', [
    {'bounds': (9.0, 49.0, 9.1, 49.1)}, {'finest_zoom': 12}, {'bounds': (9.0, 49.0, 8.0, 48.0)}])
def test_nothing_to_import_is_one_sentence(tiles, tmp_path, options):
    with pytest.raises(ImageryError):
        import_tiles(tiles, tmp_path / 'pack.mbtiles', **options)
    assert list(tmp_path.iterdir()) == []


def test_a_coarse_raster_is_refused(tmp_path):
    write_pattern(tmp_path / 'a.tif', 'EPSG:32632', metres=2.0, side=(100, 100))
    with pytest.raises(ImageryError, match='2.00 m per pixel'):
        import_tiles(tmp_path / 'a.tif', tmp_path / 'pack.mbtiles')
