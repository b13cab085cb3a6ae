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

"""Windows of tiles are seamless, also beyond the rim."""

import pickle

from made_orthophotos import write_tile_folder
import numpy as np

from xview_loc.learning.data.tile_folder import TileFolder


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
