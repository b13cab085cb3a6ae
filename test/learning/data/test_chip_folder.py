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

"""Chips are whole images that keep their overlap groups."""

from made_orthophotos import write_chips
import numpy as np

from xview_loc.learning.data.chip_folder import ChipFolder
from xview_loc.learning.data.open_orthophotos import open_orthophotos


def test_chips_keep_their_groups(tmp_path):
    chips = open_orthophotos(write_chips(tmp_path / 'chips'))
    assert isinstance(chips, ChipFolder) and len(chips) == 4
    assert chips.groups == ('group0', 'group0', 'group1', 'group1')
    photo = chips.read(2, np.random.default_rng(0))
    assert photo.image.shape == (256, 256, 3) and photo.metres_per_pixel == 0.3
