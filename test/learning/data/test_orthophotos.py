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

"""Sources of orthophotos."""

import pickle

from made_orthophotos import street_scene, write_chips, write_tile_folder
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.mbtiles_writer import MBTilesWriter
from xview_loc.learning.data.orthophotos import (
    ChipFolder, ImageryOrthophotos, open_orthophotos, TileFolder)


def test_chips_keep_their_groups(tmp_path):
    chips = open_orthophotos(write_chips(tmp_path / 'chips'))
    assert isinstance(chips, ChipFolder) and len(chips) == 4
    assert chips.groups == ('group0', 'group0', 'group1', 'group1')
    photo = chips.read(2, np.random.default_rng(0))
    assert photo.image.shape == (256, 256, 3) and photo.metres_per_pixel == 0.3


def test_windows_of_tiles_are_seamless(tmp_path):
    whole = write_tile_folder(tmp_path)
    tiles = TileFolder(tmp_path, side=80)
    middle = tiles.read(4, np.random.default_rng(1)).image
    centre = np.floor(np.random.default_rng(1).uniform(0.0, 64.0, 2) - 40.0).astype(int) + 64
    np.testing.assert_array_equal(
        middle, whole[centre[0]:centre[0] + 80, centre[1]:centre[1] + 80])
    assert tiles.metres_per_pixel == 0.13


def test_beyond_the_tiles_the_home_tile_is_mirrored(tmp_path):
    write_tile_folder(tmp_path, side=1)
    tiles = TileFolder(tmp_path, side=120)
    photo = tiles.read(0, np.random.default_rng(0)).image
    assert photo.shape == (120, 120, 3)
    # a mirror at the border repeats its last row or column
    column_steps = np.abs(np.diff(photo.astype(int), axis=1)).sum(axis=(0, 2))
    assert (column_steps == 0).sum() >= 1
    again = pickle.loads(pickle.dumps(tiles)).read(0, np.random.default_rng(0)).image
    np.testing.assert_array_equal(photo, again)


@pytest.fixture
def pack(tmp_path):
    """Write a small offline pack."""
    path = tmp_path / 'city.mbtiles'
    with MBTilesWriter(path, name='city', image_format='png') as writer:
        writer.write_image(street_scene(1200), PatchGeometry(0.0, 0.0, 0.3, 1200, 1200),
                           LocalFrame(48.0, 11.0), finest_zoom=19)
    return path


def test_any_imagery_gives_pieces_at_random_places(pack):
    source = ImageryOrthophotos(pack, 20, side=128, seed=2)
    first = source.read(0, np.random.default_rng(0))
    assert first.image.shape == (128, 128, 3) and first.image.std() > 5.0
    assert len(set(source.groups)) > 1
    assert ImageryOrthophotos(pack, 20, seed=2).groups == source.groups
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(source)).read(0, np.random.default_rng(0)).image, first.image)
    source.close()


def test_places_without_imagery_give_way_to_others(tmp_path):
    path = tmp_path / 'route.mbtiles'
    frame = LocalFrame(48.0, 11.0)
    with MBTilesWriter(path, name='route', image_format='png') as writer:
        for x, y in ((0.0, 0.0), (1500.0, 900.0)):
            writer.write_image(street_scene(700), PatchGeometry(x, y, 0.3, 700, 700), frame,
                               finest_zoom=19)
    source = ImageryOrthophotos(path, 200, side=128)
    for index in range(5):
        assert source.read(index, np.random.default_rng(index)).image.std() > 5.0
    source.close()


def test_what_is_no_imagery_is_named(tmp_path):
    with pytest.raises(DataSetError, match='holds no orthophotos'):
        open_orthophotos(tmp_path)
    (tmp_path / 'tiles').mkdir()
    (tmp_path / 'index.json').write_text('{"tiles": 3}')
    with pytest.raises(DataSetError, match='does not describe tiles'):
        open_orthophotos(tmp_path)
    with pytest.raises(DataSetError, match='chips.csv is missing'):
        ChipFolder(tmp_path)


def test_the_real_folders_open(shared_data):
    chips = open_orthophotos(shared_data / 'orthophotos' / 'usgs_urban_us')
    tiles = open_orthophotos(shared_data / 'orthophotos' / 'banepa_np')
    assert (len(chips), len(tiles)) == (700, 289)
    assert tiles.read(100, np.random.default_rng(0)).image.shape == (768, 768, 3)
