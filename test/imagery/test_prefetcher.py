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

"""Imagery read before it is needed."""

from threading import Event

from ground_pattern import painted_tile, png, tile_at
import pytest

from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.mbtiles_writer import MBTilesWriter
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.prefetcher import Prefetcher
from xview_loc.imagery.tile_store import TileIndex

FRAME = LocalFrame(49.0102, 8.4241, 115.0)
PART = PatchGeometry(0.0, 0.0, 0.2, 200, 300)


@pytest.fixture
def source(tmp_path):
    middle = tile_at(FRAME.latitude_deg, FRAME.longitude_deg, 19)
    with MBTilesWriter(tmp_path / 'a.mbtiles') as writer:
        for across in range(-2, 8):
            for down in (-1, 0, 1):
                tile = TileIndex(19, middle.column + across, middle.row + down)
                writer.put(tile, png(painted_tile(tile, FRAME)))
    return open_imagery(tmp_path / 'a.mbtiles')


def test_the_patch_ahead_is_decoded_before_it_is_read(source):
    prefetcher = Prefetcher(source)
    prefetcher.look_ahead(PART, FRAME, (60.0, 0.0), horizon_s=3.0)
    assert prefetcher.wait(10.0)
    before = source.cache.statistics.misses
    ahead = PatchGeometry(180.0, 0.0, 0.2, 200, 300)
    assert source.read_patch(ahead, FRAME).valid.all()
    assert source.cache.statistics.misses == before
    prefetcher.close()


class SlowSource:
    """Counts what is asked for and answers when allowed to."""

    def __init__(self):
        self.asked = []
        self.begun, self.allowed = Event(), Event()

    def prefetch(self, geometry, frame):
        self.asked.append(geometry.centre_x)
        self.begun.set()
        self.allowed.wait(10.0)


def test_only_the_newest_wish_counts():
    slow = SlowSource()
    prefetcher = Prefetcher(slow)
    prefetcher.request(PatchGeometry(0.0, 0.0, 0.2, 10, 10), FRAME)
    assert slow.begun.wait(10.0)
    for x in (1.0, 2.0, 3.0):
        prefetcher.request(PatchGeometry(x, 0.0, 0.2, 10, 10), FRAME)
    slow.allowed.set()
    assert prefetcher.wait(10.0)
    prefetcher.close()
    assert slow.asked == [0.0, 3.0]


def test_a_failure_is_counted_and_the_thread_lives_on(source):
    prefetcher = Prefetcher(source)
    prefetcher.request(PatchGeometry(1e6, 0.0, 0.2, 10, 10), FRAME)
    assert prefetcher.wait(10.0)
    assert source.warnings.counts == {'prefetch failed': 1}
    prefetcher.request(PART, FRAME)
    assert prefetcher.wait(10.0)
    assert source.cache.statistics.entries > 0
    prefetcher.close()
