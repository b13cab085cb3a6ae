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

"""Reading PMTiles written by the format's own library."""

from ground_pattern import displacement_px, painted_tile, png, tile_at
import numpy as np
import pytest

from xview_loc.errors import ImageryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.pmtiles import PMTilesStore
from xview_loc.imagery.tile_store import TileIndex

pmtiles_tile = pytest.importorskip('pmtiles.tile')
pmtiles_writer = pytest.importorskip('pmtiles.writer')

FRAME = LocalFrame(49.0102, 8.4241, 115.0)
ZOOM = 19
MIDDLE = tile_at(FRAME.latitude_deg, FRAME.longitude_deg, ZOOM)


def write_archive(path, tiles, kind='PNG'):
    with open(path, 'wb') as file:
        writer = pmtiles_writer.Writer(file)
        for tile in sorted(tiles, key=lambda index: pmtiles_tile.zxy_to_tileid(
                index.zoom, index.column, index.row)):
            writer.write_tile(pmtiles_tile.zxy_to_tileid(tile.zoom, tile.column, tile.row),
                              tiles[tile])
        writer.finalize({
            'tile_type': pmtiles_tile.TileType[kind],
            'tile_compression': pmtiles_tile.Compression.NONE,
            'min_lon_e7': 84_200_000, 'max_lon_e7': 84_300_000,
            'min_lat_e7': 490_050_000, 'max_lat_e7': 490_150_000,
        }, {'attribution': '(c) survey'})
    return path


def around(reach=1):
    return [TileIndex(ZOOM, MIDDLE.column + across, MIDDLE.row + down)
            for down in range(-reach, reach + 1) for across in range(-reach, reach + 1)]


@pytest.fixture(scope='module')
def archive(tmp_path_factory):
    return write_archive(tmp_path_factory.mktemp('tiles') / 'a.pmtiles',
                         {tile: png(painted_tile(tile, FRAME)) for tile in around()})


def test_patches_come_from_where_the_tiles_are(archive):
    source = open_imagery(archive)
    part = PatchGeometry(1.0, -2.0, 0.2, 200, 300, 0.3)
    patch = source.read_patch(part, FRAME)
    assert patch.valid.all()
    assert displacement_px(patch.image, part) < 0.1
    assert source.attribution == '(c) survey'


def test_a_missing_tile_is_masked(archive):
    patch = open_imagery(archive).read_patch(PatchGeometry(0.0, 0.0, 0.2, 900, 900), FRAME)
    assert 0.5 < patch.valid_fraction < 0.9


def test_all_tiles_of_a_level_are_listed_also_through_leaf_directories(tmp_path):
    tiles = {tile: f'tile {index}'.encode() * (index % 7 + 1)
             for index, tile in enumerate(around(70))}
    store = PMTilesStore(write_archive(tmp_path / 'many.pmtiles', tiles))
    assert set(store.tiles(ZOOM)) == set(tiles)
    assert list(store.tiles(ZOOM - 1)) == []
    assert all(store.get(tile) == tiles[tile] for tile in around(2))
    assert store.get(TileIndex(ZOOM, 3, 3)) is None


def test_equal_tiles_in_a_row_are_stored_once_and_found_each(tmp_path):
    tiles = dict.fromkeys(around(3), b'water')
    store = PMTilesStore(write_archive(tmp_path / 'runs.pmtiles', tiles))
    assert set(store.tiles(ZOOM)) == set(tiles)
    assert store.get(MIDDLE) == b'water'


def test_vector_tiles_are_refused(tmp_path):
    path = write_archive(tmp_path / 'a.pmtiles', {MIDDLE: b'x'}, kind='MVT')
    with pytest.raises(ImageryError, match='MVT'):
        PMTilesStore(path)


@pytest.mark.parametrize('content', [b'', b'PMTiles\x02' + bytes(200), b'nothing' * 50])
def test_what_is_no_archive_is_one_sentence(tmp_path, content):
    (tmp_path / 'a.pmtiles').write_bytes(content)
    with pytest.raises(ImageryError, match='cannot be read as PMTiles'):
        PMTilesStore(tmp_path / 'a.pmtiles')


def test_a_truncated_archive_masks_and_counts_what_is_lost(archive, tmp_path):
    content = archive.read_bytes()
    path = tmp_path / 'short.pmtiles'
    path.write_bytes(content[:int(len(content) * 0.6)])
    source = open_imagery(path)
    patch = source.read_patch(PatchGeometry(0.0, 0.0, 0.2, 300, 400), FRAME)
    assert 0.0 < patch.valid_fraction < 1.0
    assert source.warnings.counts['broken tile'] >= 1
    assert np.all(patch.image[~patch.valid] == 0)
