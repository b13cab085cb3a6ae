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

"""The cache of decoded tiles."""

import numpy as np
import pytest

from xview_loc.errors import ImageryError
from xview_loc.imagery.block import Block
from xview_loc.imagery.tile_cache import ENTRY_OVERHEAD_BYTES, TileCache

BLOCK = Block(np.zeros((16, 16, 3), np.uint8))
BLOCK_BYTES = 16 * 16 * 3 + ENTRY_OVERHEAD_BYTES


def test_an_unknown_key_is_a_miss():
    assert TileCache().get('a') == (False, None)


def test_a_missing_tile_is_remembered_as_missing():
    cache = TileCache()
    cache.put('a', None)
    assert cache.get('a') == (True, None)


def test_the_least_recently_used_entry_goes_first():
    cache = TileCache(2 * BLOCK_BYTES)
    cache.put('a', BLOCK)
    cache.put('b', BLOCK)
    cache.get('a')
    cache.put('c', BLOCK)
    assert [cache.get(key)[0] for key in 'abc'] == [True, False, True]


def test_a_mask_counts_towards_the_limit():
    cache = TileCache(BLOCK_BYTES)
    cache.put('a', Block(BLOCK.image, np.ones((16, 16), bool)))
    assert cache.get('a') == (False, None)


def test_replacing_an_entry_does_not_count_it_twice():
    cache = TileCache(10 * BLOCK_BYTES)
    for _ in range(5):
        cache.put('a', BLOCK)
    assert cache.statistics.used_bytes == BLOCK_BYTES


def test_many_missing_tiles_stay_within_the_limit():
    cache = TileCache(20 * ENTRY_OVERHEAD_BYTES)
    for key in range(1000):
        cache.put(key, None)
    assert cache.statistics.entries == 20
    assert cache.statistics.used_bytes <= cache.statistics.limit_bytes


def test_a_limit_of_zero_keeps_nothing():
    cache = TileCache(0)
    cache.put('a', BLOCK)
    assert cache.statistics.entries == 0


def test_the_hit_rate_counts_lookups():
    cache = TileCache()
    assert cache.statistics.hit_rate == 0.0
    cache.put('a', BLOCK)
    cache.get('a')
    cache.get('b')
    assert cache.statistics.hit_rate == 0.5


def test_a_negative_limit_is_refused():
    with pytest.raises(ImageryError, match='-1 bytes'):
        TileCache(-1)
