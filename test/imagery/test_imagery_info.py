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

"""What a source covers, how well, and how it looks."""

import cv2
from ground_pattern import painted_tile, png, tile_at
import numpy as np
import pytest
from raster_files import FRAME, grid, write

from xview_loc.imagery import imagery_info
from xview_loc.imagery.imagery_info import describe_imagery
from xview_loc.imagery.import_tiles import import_tiles
from xview_loc.imagery.mbtiles_writer import MBTilesWriter
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.tile_store import TileIndex

MIDDLE = tile_at(FRAME.latitude_deg, FRAME.longitude_deg, 19)


@pytest.fixture
def pack(tmp_path):
    with MBTilesWriter(tmp_path / 'a.mbtiles', attribution='(c) survey', date='2021') as writer:
        for across in range(4):
            for down in range(3):
                tile = TileIndex(19, MIDDLE.column + across, MIDDLE.row + down)
                if (across, down) != (1, 1):
                    writer.put(tile, png(painted_tile(tile, FRAME)))
    return tmp_path / 'a.mbtiles'


def test_zooms_holes_and_resolution_are_stated(pack):
    info = describe_imagery(open_imagery(pack))
    assert [(zoom.zoom, zoom.tiles, zoom.holes) for zoom in info.zooms] == [(19, 11, 1)]
    assert info.metres_per_pixel == pytest.approx(0.1958, abs=2e-4)
    assert (info.attribution, info.date, info.manifest) == ('(c) survey', '2021', None)
    assert info.covered == pytest.approx(11 / 12, abs=0.01)
    assert info.warnings == ()


def test_the_thumbnail_shows_the_tiles_in_their_places(pack):
    info = describe_imagery(open_imagery(pack), thumbnail_px=256)
    assert info.thumbnail.shape == (192, 256, 3)
    tile = painted_tile(TileIndex(19, MIDDLE.column + 3, MIDDLE.row), FRAME)
    small = cv2.resize(tile, (64, 64), interpolation=cv2.INTER_AREA)
    assert np.abs(info.thumbnail[2:62, 194:254].astype(int) - small[2:62, 2:62]).max() <= 3
    assert not info.thumbnail[70:120, 70:120].any()


def test_the_resolution_is_that_of_the_place_asked_for(pack):
    info = describe_imagery(open_imagery(pack), place=(0.0, 8.4))
    assert info.metres_per_pixel == pytest.approx(0.29858, abs=1e-4)


def test_a_broken_tile_is_reported(tmp_path, pack):
    with MBTilesWriter(pack, resume=True) as writer:
        writer.put(TileIndex(19, MIDDLE.column + 2, MIDDLE.row), b'broken')
    info = describe_imagery(open_imagery(pack))
    assert len(info.warnings) == 1
    assert 'broken tile' in info.warnings[0]


def test_the_manifest_of_a_pack_is_shown(tmp_path, pack):
    manifest = import_tiles(pack, tmp_path / 'pack.mbtiles', licence='CC0')
    assert describe_imagery(open_imagery(tmp_path / 'pack.mbtiles')).manifest == manifest


def test_a_large_source_without_coarse_levels_shows_its_middle(pack, monkeypatch):
    monkeypatch.setattr(imagery_info, 'THUMBNAIL_TILES', 3)
    source = open_imagery(pack)
    info = describe_imagery(source)
    west, south, east, north = source.bounds
    assert west < info.thumbnail_bounds[0] < info.thumbnail_bounds[2] < east
    assert info.thumbnail_bounds[2] - info.thumbnail_bounds[0] == pytest.approx(
        0.5 * (east - west))


def test_the_stretch_of_raster_files_is_stated(tmp_path):
    transform, *_ = grid('EPSG:32632')
    values = (np.arange(640)[None, None, :] + np.zeros((1, 560, 640))).astype(np.uint16)
    write(tmp_path / 'a.tif', values, 'EPSG:32632', transform)
    for spec in (tmp_path / 'a.tif', tmp_path):
        stretch = describe_imagery(open_imagery(spec)).stretch
        assert list(stretch) == ['a.tif']
        assert stretch['a.tif'][0] == pytest.approx((6.0, 633.0), abs=2.0)


def test_the_world_has_a_thumbnail(shared_data):
    info = describe_imagery(open_imagery(
        shared_data / 'mbtiles' / 'geography-class-png.mbtiles'), thumbnail_px=128)
    assert max(info.thumbnail.shape) == 128
    assert info.covered > 0.95
    assert info.thumbnail.std() > 20.0
