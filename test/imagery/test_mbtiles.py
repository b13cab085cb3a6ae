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

"""Reading MBTiles: real files, placement, damage, threads."""

from concurrent.futures import ThreadPoolExecutor
import sqlite3

from ground_pattern import displacement_px, painted_tile, png, tile_at
import numpy as np
import pytest

from xview_loc.errors import ImageryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.bounds import covers, width_deg
from xview_loc.imagery.mbtiles import MBTilesStore
from xview_loc.imagery.mbtiles_writer import MBTilesWriter
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.tile_store import TileIndex

ZOOM = 19


def write_pattern(path, frame, zoom=ZOOM, reach=1):
    """Write the pattern on the tiles around the map origin."""
    middle = tile_at(frame.latitude_deg, frame.longitude_deg, zoom)
    with MBTilesWriter(path, name='pattern') as writer:
        for down in range(-reach, reach + 1):
            for across in range(-reach, reach + 1):
                tile = TileIndex(zoom, (middle.column + across) % 2 ** zoom, middle.row + down)
                writer.put(tile, png(painted_tile(tile, frame)))
    return middle


@pytest.fixture(scope='module')
def frame():
    return LocalFrame(49.0102, 8.4241, 115.0)


@pytest.fixture(scope='module')
def pattern_file(tmp_path_factory, frame):
    path = tmp_path_factory.mktemp('tiles') / 'pattern.mbtiles'
    write_pattern(path, frame)
    return path


@pytest.fixture
def damaged_file(pattern_file, tmp_path):
    path = tmp_path / 'damaged.mbtiles'
    path.write_bytes(pattern_file.read_bytes())
    return path


@pytest.mark.parametrize('part', [
    PatchGeometry(0.0, 0.0, 0.2, 256, 320),
    PatchGeometry(3.0, -7.0, 0.1, 200, 256, 1.0),
    PatchGeometry(-5.0, 4.0, 0.35, 128, 192, -0.4),
    PatchGeometry(0.0, 0.0, 0.8, 64, 96),
])
def test_across_seams_every_window_is_within_a_tenth_of_a_pixel(pattern_file, frame, part):
    source = open_imagery(pattern_file)
    patch = source.read_patch(part, frame)
    assert patch.valid.all()
    assert displacement_px(patch.image, part, min(64, part.height)) < 0.1


@pytest.mark.parametrize(('latitude', 'longitude'), [
    (60.17, 24.94), (-33.86, 151.2), (0.0, 0.0001), (52.0, 179.99999), (-17.0, -179.99999),
    (78.2, 15.6)])
def test_any_place_on_the_earth_is_within_a_tenth_of_a_pixel(tmp_path, latitude, longitude):
    frame = LocalFrame(latitude, longitude, 40.0)
    write_pattern(tmp_path / 'there.mbtiles', frame, zoom=18)
    source = open_imagery(tmp_path / 'there.mbtiles')
    part = PatchGeometry(0.0, 0.0, source.metres_per_pixel_at(latitude, longitude), 256, 320, 0.2)
    patch = source.read_patch(part, frame)
    assert patch.valid.all()
    assert displacement_px(patch.image, part) < 0.1
    assert covers(source.bounds, latitude, longitude)
    assert width_deg(source.bounds) == pytest.approx(3 * 360.0 / 2 ** 18)


def test_far_from_the_map_origin_the_frame_is_not_taken_for_mercator(tmp_path):
    frame = LocalFrame(60.0, 10.0, 0.0)
    x, y, _ = frame.map_from_geodetic(60.12, 10.24)
    tile = tile_at(60.12, 10.24, 18)
    with MBTilesWriter(tmp_path / 'far.mbtiles') as writer:
        for down in (-1, 0, 1):
            for across in (-1, 0, 1):
                index = TileIndex(18, tile.column + across, tile.row + down)
                writer.put(index, png(painted_tile(index, frame)))
    part = PatchGeometry(float(x), float(y), 0.3, 192, 256)
    patch = open_imagery(tmp_path / 'far.mbtiles').read_patch(part, frame)
    assert displacement_px(patch.image, part) < 0.1


def test_a_missing_tile_is_masked_without_a_warning(damaged_file, frame):
    connection = sqlite3.connect(damaged_file)
    column, row = connection.execute(
        'SELECT min(tile_column) + 1, min(tile_row) + 1 FROM tiles').fetchone()
    connection.execute('DELETE FROM tiles WHERE tile_column = ? AND tile_row = ?', (column, row))
    connection.commit()
    connection.close()
    source = open_imagery(damaged_file)
    patch = source.read_patch(PatchGeometry(0.0, 0.0, 0.2, 600, 700), frame)
    assert 0.7 < patch.valid_fraction < 0.9
    assert not patch.image[~patch.valid].any()
    assert len(source.warnings) == 0


@pytest.mark.parametrize('data', [b'', b'not an image', 'text', None])
def test_a_broken_tile_is_masked_and_counted_once(damaged_file, frame, data):
    connection = sqlite3.connect(damaged_file)
    column, row = connection.execute(
        'SELECT min(tile_column) + 1, min(tile_row) + 1 FROM tiles').fetchone()
    connection.execute('UPDATE tiles SET tile_data = ? WHERE tile_column = ? AND tile_row = ?',
                       (data, column, row))
    connection.commit()
    connection.close()
    source = open_imagery(damaged_file)
    for _ in range(3):
        source.cache.clear()
        patch = source.read_patch(PatchGeometry(0.0, 0.0, 0.2, 600, 700), frame)
    assert 0.7 < patch.valid_fraction < 0.9
    assert source.warnings.counts == ({} if data is None else {'broken tile': 1})
    if data is not None:
        assert f'{ZOOM}/{column}/{2 ** ZOOM - 1 - row}' in source.warnings.messages()[0]


def test_a_tile_of_another_size_is_broken(damaged_file, frame):
    connection = sqlite3.connect(damaged_file)
    column, row = connection.execute(
        'SELECT max(tile_column), max(tile_row) FROM tiles').fetchone()
    connection.execute('UPDATE tiles SET tile_data = ? WHERE tile_column = ? AND tile_row = ?',
                       (png(np.zeros((128, 128, 3), np.uint8)), column, row))
    connection.commit()
    connection.close()
    source = open_imagery(damaged_file)
    source.read_patch(PatchGeometry(0.0, 0.0, 0.2, 600, 700), frame)
    assert '128 x 128' in source.warnings.messages()[0]


def test_beside_the_tiles_a_patch_is_empty(pattern_file, frame):
    patch = open_imagery(pattern_file).read_patch(PatchGeometry(2000.0, 0.0, 0.2, 64, 80), frame)
    assert patch.valid_fraction == 0.0


def test_the_first_tile_may_be_broken(damaged_file, frame):
    connection = sqlite3.connect(damaged_file)
    connection.execute('UPDATE tiles SET tile_data = zeroblob(9) WHERE tile_column = '
                       '(SELECT min(tile_column) FROM tiles)')
    connection.commit()
    connection.close()
    source = open_imagery(damaged_file)
    assert source.read_patch(PatchGeometry(0.0, 0.0, 0.2, 64, 80), frame).valid.all()
    assert source.warnings.counts['broken tile'] >= 1


def test_threads_read_the_same_pixels_at_once(pattern_file, frame):
    source = open_imagery(pattern_file, cache_bytes=0)
    parts = [PatchGeometry(float(shift), 0.0, 0.2, 128, 160) for shift in range(12)]
    alone = [source.read_patch(part, frame).image for part in parts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda part: source.read_patch(part, frame).image, parts))
    for one, other in zip(alone, together):
        np.testing.assert_array_equal(one, other)


def test_a_closed_source_says_so(pattern_file, frame):
    source = open_imagery(pattern_file)
    source.close()
    with pytest.raises(ImageryError, match='closed'):
        source.read_patch(PatchGeometry(0.0, 0.0, 0.2, 64, 80), frame)


@pytest.mark.parametrize('kind', ['jpg', 'png'])
def test_a_real_world_map_opens_but_is_too_coarse_to_match(shared_data, kind):
    source = open_imagery(shared_data / 'mbtiles' / f'geography-class-{kind}.mbtiles')
    assert source.raster.finest_zoom == 1
    assert source.bounds == pytest.approx((-180.0, -85.0511, 180.0, 85.0511), abs=1e-3)
    with pytest.raises(ImageryError, match='m per pixel here'):
        source.read_patch(PatchGeometry(0.0, 0.0, 0.2, 64, 80), LocalFrame(49.0, 8.4))


def test_a_real_broken_file_is_one_sentence(shared_data):
    with pytest.raises(ImageryError, match='cannot be read as MBTiles'):
        open_imagery(shared_data / 'mbtiles' / 'invalid.mbtiles')


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(ImageryError, match='does not exist'):
        MBTilesStore(tmp_path / 'nowhere.mbtiles')


def test_vector_tiles_are_refused(damaged_file):
    connection = sqlite3.connect(damaged_file)
    connection.execute("UPDATE metadata SET value = 'pbf' WHERE name = 'format'")
    connection.commit()
    connection.close()
    with pytest.raises(ImageryError, match='no raster tiles'):
        MBTilesStore(damaged_file)


def test_a_level_that_is_not_stored_is_made_from_the_finer_one(pattern_file, frame):
    source = open_imagery(pattern_file)
    patch = source.read_patch(PatchGeometry(0.0, 0.0, 0.79, 64, 96), frame)
    assert patch.provenance.zoom == ZOOM - 2
    assert patch.provenance.native_metres_per_pixel == pytest.approx(4 * 0.19584, rel=1e-3)
