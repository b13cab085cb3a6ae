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

"""Several places are one source."""

from made_orthophotos import write_chips
import numpy as np

from xview_loc.learning.data.joined_orthophotos import JoinedOrthophotos
from xview_loc.learning.data.open_orthophotos import open_orthophotos
from xview_loc.learning.data.open_pairs import open_pairs


def test_joined_sources_keep_their_pieces_and_groups(tmp_path):
    write_chips(tmp_path / 'one', 4)
    write_chips(tmp_path / 'two', 6)
    sources = [open_orthophotos(tmp_path / name) for name in ('one', 'two')]
    joined = JoinedOrthophotos('both', sources)
    assert (joined.name, len(joined)) == ('both', 10)
    assert joined.groups[0] == 'one/group0' and joined.groups[4] == 'two/group0'
    rng = np.random.default_rng(0)
    for number, source, index in ((0, 0, 0), (3, 0, 3), (4, 1, 0), (9, 1, 5)):
        np.testing.assert_array_equal(
            joined.read(number, rng).image, sources[source].read(index, rng).image)
    pairs = open_pairs('tiles', tmp_path, 'all', folders='one+two', keep=tmp_path / 'kept')
    assert len(pairs) == 10
    first = pairs.sample(7)
    np.testing.assert_array_equal(pairs.sample(7).ground, first.ground)
    assert len(list((tmp_path / 'kept').rglob('*.npz'))) == 1
