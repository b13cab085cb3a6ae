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

"""A path tells what kind of orthophotos it holds."""

import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.chip_folder import ChipFolder
from xview_loc.learning.data.open_orthophotos import open_orthophotos


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
