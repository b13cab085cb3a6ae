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

"""Tiles in folders, in every order of rows."""

import json

from ground_pattern import displacement_px, painted_tile, png, tile_at
import pytest

from xview_loc.errors import ImageryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.tile_store import TileIndex, TileScheme
from xview_loc.imagery.xyz_tree import XyzTree

FRAME = LocalFrame(49.0102, 8.4241, 115.0)
ZOOM = 19
PART = PatchGeometry(1.0, -2.0, 0.2, 200, 300, 0.3)


def place(scheme, tile):
    """Return the path of a tile as other programs write it."""
    south = 2 ** tile.zoom - 1 - tile.row
    return {TileScheme.XYZ: f'{tile.zoom}/{tile.column}/{tile.row}',
            TileScheme.TMS: f'{tile.zoom}/{tile.column}/{south}',
            TileScheme.WMTS: f'{tile.zoom}/{tile.row}/{tile.column}'}[scheme]


def write_tree(folder, scheme=TileScheme.XYZ, extension='png'):
    middle = tile_at(FRAME.latitude_deg, FRAME.longitude_deg, ZOOM)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            tile = TileIndex(ZOOM, middle.column + across, middle.row + down)
            path = folder / f'{place(scheme, tile)}.{extension}'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(painted_tile(tile, FRAME)))
    return middle


@pytest.mark.parametrize('scheme', list(TileScheme))
def test_each_scheme_finds_the_same_ground(tmp_path, scheme):
    write_tree(tmp_path, scheme)
    patch = open_imagery(tmp_path, scheme=scheme).read_patch(PART, FRAME)
    assert patch.valid.all()
    assert displacement_px(patch.image, PART) < 0.1


@pytest.mark.parametrize('scheme', list(TileScheme))
def test_a_folder_may_state_its_scheme(tmp_path, scheme):
    write_tree(tmp_path, scheme)
    (tmp_path / 'metadata.json').write_text(json.dumps(
        {'scheme': scheme.value, 'attribution': '(c) survey', 'date': '2020'}))
    source = open_imagery(tmp_path)
    assert displacement_px(source.read_patch(PART, FRAME).image, PART) < 0.1
    assert (source.attribution, source.date) == ('(c) survey', '2020')


def test_a_tilemapresource_marks_tms(tmp_path):
    write_tree(tmp_path, TileScheme.TMS)
    (tmp_path / 'tilemapresource.xml').write_text('<TileMap/>')
    assert XyzTree(tmp_path).scheme is TileScheme.TMS


@pytest.mark.parametrize('extension', ['png', 'jpg', 'jpeg', 'webp'])
def test_the_extension_does_not_matter(tmp_path, extension):
    write_tree(tmp_path, extension=extension)
    assert open_imagery(tmp_path).read_patch(PART, FRAME).valid.all()


def test_other_files_between_the_tiles_do_no_harm(tmp_path):
    middle = write_tree(tmp_path)
    (tmp_path / 'thumbs').mkdir()
    (tmp_path / '7').mkdir()
    (tmp_path / str(ZOOM) / str(middle.column) / 'notes.txt').write_text('hello')
    (tmp_path / str(ZOOM) / str(middle.column) / f'{middle.row}.png.part').write_bytes(b'x')
    assert XyzTree(tmp_path).zooms() == [ZOOM]
    assert len(list(XyzTree(tmp_path).tiles(ZOOM))) == 9


def test_a_missing_tile_is_masked(tmp_path):
    middle = write_tree(tmp_path)
    (tmp_path / f'{ZOOM}/{middle.column}/{middle.row}.png').unlink()
    source = open_imagery(tmp_path)
    assert 0.0 < source.read_patch(PatchGeometry(0, 0, 0.2, 500, 500), FRAME).valid_fraction < 1.0
    assert len(source.warnings) == 0


def test_a_truncated_file_is_masked_and_counted(tmp_path):
    middle = write_tree(tmp_path)
    path = tmp_path / f'{ZOOM}/{middle.column}/{middle.row}.png'
    path.write_bytes(path.read_bytes()[:1000])
    source = open_imagery(tmp_path)
    assert 0.0 < source.read_patch(PatchGeometry(0, 0, 0.2, 500, 500), FRAME).valid_fraction < 1.0
    assert source.warnings.counts == {'broken tile': 1}


def test_a_folder_where_a_tile_should_be_is_broken(tmp_path):
    middle = write_tree(tmp_path)
    path = tmp_path / f'{ZOOM}/{middle.column}/{middle.row}.png'
    path.unlink()
    path.mkdir()
    source = open_imagery(tmp_path)
    source.read_patch(PatchGeometry(0, 0, 0.2, 500, 500), FRAME)
    assert source.warnings.counts == {'broken tile': 1}


def test_an_empty_folder_is_one_sentence(tmp_path):
    with pytest.raises(ImageryError, match='holds no tiles'):
        open_imagery(tmp_path)


@pytest.mark.parametrize('content', ['{"scheme": "quadkey"}', 'no json', '[1]'])
def test_metadata_that_cannot_be_used_is_one_sentence(tmp_path, content):
    write_tree(tmp_path)
    (tmp_path / 'metadata.json').write_text(content)
    with pytest.raises(ImageryError, match='metadata.json'):
        open_imagery(tmp_path)
