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

"""Writing MBTiles from images and from other imagery."""

import sqlite3

from ground_pattern import displacement_px, painted, png, tile_at
import numpy as np
import pytest

from xview_loc.errors import ImageryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.mbtiles_writer import MBTilesWriter
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.tile_store import TileIndex

FRAME = LocalFrame(49.0102, 8.4241, 115.0)
PLACE = PatchGeometry(12.0, -9.0, 0.2, 500, 700)


@pytest.fixture(scope='module')
def image():
    return painted(*PLACE.cell_centres())


@pytest.mark.parametrize(('image_format', 'tile_size'), [
    ('png', 256), ('jpg', 256), ('webp', 256), ('png', 512)])
def test_an_image_comes_back_where_it_was(tmp_path, image, image_format, tile_size):
    with MBTilesWriter(tmp_path / 'a.mbtiles', image_format=image_format, quality=95,
                       tile_size=tile_size) as writer:
        writer.write_image(image, PLACE, FRAME)
    source = open_imagery(tmp_path / 'a.mbtiles')
    for part in (PatchGeometry(12.0, -9.0, 0.2, 448, 640), PatchGeometry(5.0, 0.0, 0.4, 128, 160)):
        patch = source.read_patch(part, FRAME)
        assert patch.valid.all()
        assert displacement_px(patch.image, part) < 0.1
    source.close()


def test_outside_the_image_there_is_nothing(tmp_path, image):
    with MBTilesWriter(tmp_path / 'a.mbtiles', image_format='jpg') as writer:
        writer.write_image(image, PLACE, FRAME)
    part = PatchGeometry(12.0 - 0.5 * 700 * 0.2, -9.0, 0.2, 60, 100)
    patch = open_imagery(tmp_path / 'a.mbtiles').read_patch(part, FRAME)
    assert not patch.valid[:, :48].any()
    assert patch.valid[:, 54:].all()


def test_the_zoom_is_the_first_as_fine_as_the_image_and_three_coarser_ones(tmp_path, image):
    with MBTilesWriter(tmp_path / 'a.mbtiles') as writer:
        writer.write_image(image, PLACE, FRAME)
    store = open_imagery(tmp_path / 'a.mbtiles').raster.store
    assert store.zooms() == [16, 17, 18, 19]


def test_progress_counts_every_tile_of_the_finest_zoom(tmp_path, image):
    seen = []
    with MBTilesWriter(tmp_path / 'a.mbtiles') as writer:
        writer.write_image(image, PLACE, FRAME, progress=lambda *counts: seen.append(counts))
    total = seen[0][1]
    assert seen == [(done, total) for done in range(1, total + 1)]


def test_imagery_of_one_pack_is_rendered_into_another(tmp_path, image):
    with MBTilesWriter(tmp_path / 'a.mbtiles') as writer:
        writer.write_image(image, PLACE, FRAME)
    source = open_imagery(tmp_path / 'a.mbtiles')
    with MBTilesWriter(tmp_path / 'b.mbtiles') as writer:
        writer.write_source(source, source.bounds, finest_zoom=19, coarsest_zoom=18)
    part = PatchGeometry(12.0, -9.0, 0.2, 300, 400)
    copy = open_imagery(tmp_path / 'b.mbtiles')
    np.testing.assert_array_equal(copy.read_patch(part, FRAME).image,
                                  source.read_patch(part, FRAME).image)


def test_the_metadata_states_what_the_specification_asks_for(tmp_path):
    tile = tile_at(49.0, 8.4, 18)
    with MBTilesWriter(tmp_path / 'a.mbtiles', name='survey', attribution='(c) survey',
                       date='2021-06') as writer:
        writer.put(tile, png(np.zeros((256, 256, 3), np.uint8)))
    metadata = dict(sqlite3.connect(tmp_path / 'a.mbtiles').execute('SELECT * FROM metadata'))
    west, south, east, north = map(float, metadata['bounds'].split(','))
    assert west < 8.4 < east and south < 49.0 < north
    assert (east - west) == pytest.approx(360.0 / 2 ** 18)
    assert {key: metadata[key] for key in (
        'name', 'format', 'type', 'attribution', 'date', 'minzoom', 'maxzoom')} == {
            'name': 'survey', 'format': 'png', 'type': 'baselayer', 'attribution': '(c) survey',
            'date': '2021-06', 'minzoom': '18', 'maxzoom': '18'}


def test_rows_are_stored_from_the_south_as_the_specification_asks_for(tmp_path):
    with MBTilesWriter(tmp_path / 'a.mbtiles') as writer:
        writer.put(TileIndex(3, 5, 1), b'x')
    row = sqlite3.connect(tmp_path / 'a.mbtiles').execute(
        'SELECT zoom_level, tile_column, tile_row FROM tiles').fetchone()
    assert row == (3, 5, 6)


def test_a_file_that_exists_is_not_overwritten(tmp_path):
    (tmp_path / 'a.mbtiles').write_bytes(b'precious')
    with pytest.raises(ImageryError, match='exists already'):
        MBTilesWriter(tmp_path / 'a.mbtiles')
    assert (tmp_path / 'a.mbtiles').read_bytes() == b'precious'


def test_what_was_written_before_an_error_is_kept(tmp_path):
    with pytest.raises(RuntimeError):
        with MBTilesWriter(tmp_path / 'a.mbtiles') as writer:
            writer.put(TileIndex(3, 5, 1), b'x')
            raise RuntimeError
    count = sqlite3.connect(tmp_path / 'a.mbtiles').execute(
        'SELECT count(*) FROM tiles').fetchone()
    assert count == (1,)


@pytest.mark.parametrize('zooms', [(18, 19), (25, 20), (19, -1)])
def test_zooms_out_of_order_or_range_are_refused(tmp_path, image, zooms):
    with MBTilesWriter(tmp_path / 'a.mbtiles') as writer:
        with pytest.raises(ImageryError, match='[Zz]oom'):
            writer.write_image(image, PLACE, FRAME, finest_zoom=zooms[0], coarsest_zoom=zooms[1])


def test_a_folder_that_does_not_exist_is_one_sentence(tmp_path):
    with pytest.raises(ImageryError, match='cannot be written'):
        MBTilesWriter(tmp_path / 'nowhere' / 'a.mbtiles')
