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

"""A pack of 10 000 tiles: import, warm and cold patches, memory. The figures are printed."""

import os
from pathlib import Path
import resource
import time

import cv2
from ground_pattern import tile_at
import numpy as np
import pytest

from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.import_tiles import import_tiles
from xview_loc.imagery.mbtiles_writer import MBTilesWriter
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.tile_store import TileIndex

FRAME = LocalFrame(49.0102, 8.4241, 115.0)
CACHE_BYTES = 64 * 2 ** 20

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def one_opencv_thread():
    """Work as the nodes do."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)


@pytest.fixture
def quiet_machine():
    """Measure times only where other programs leave the cores alone."""
    load, cores = os.getloadavg()[0], os.cpu_count()
    if load > 1.5 * cores:
        pytest.skip(f'the machine is busy: load {load:.1f} on {cores} cores')


def textured_tile(rng):
    """Return a jpg of about 20 kB, the size of aerial photographs at quality 85."""
    noise = rng.normal(0.0, 1.0, (256, 256, 3)).astype(np.float32)
    image = 128.0 + 90.0 * cv2.GaussianBlur(noise, (0, 0), 1.2) + 6.0 * noise
    return cv2.imencode('.jpg', np.clip(image, 0, 255).astype(np.uint8),
                        [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


@pytest.fixture(scope='module')
def tiles(tmp_path_factory):
    path = tmp_path_factory.mktemp('tiles') / 'city.mbtiles'
    middle = tile_at(FRAME.latitude_deg, FRAME.longitude_deg, 19)
    rng = np.random.default_rng(0)
    textures = [textured_tile(rng) for _ in range(50)]
    with MBTilesWriter(path, image_format='jpg') as writer:
        for index in range(10_000):
            writer.put(TileIndex(19, middle.column - 50 + index % 100,
                                 middle.row - 50 + index // 100), textures[index % 50])
    return path


def random_patch(rng, reach_m, side=512):
    return PatchGeometry(*rng.uniform(-reach_m, reach_m, 2), 0.2, side, side)


def timed_ms(source, parts):
    result = []
    for part in parts:
        start = time.perf_counter()
        patch = source.read_patch(part, FRAME)
        result.append(1e3 * (time.perf_counter() - start))
        assert patch.valid.all()
    return np.array(result)


def best_of_three(source, parts):
    """Repeat, because other programs on the machine take their share."""
    return min((timed_ms(source, parts) for _ in range(3)), key=np.median)


def resident_mb():
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def test_import_copies_more_than_2000_tiles_a_second(tiles, tmp_path, quiet_machine):
    start = time.perf_counter()
    manifest = import_tiles(tiles, tmp_path / 'pack.mbtiles')
    rate = manifest.tiles / (time.perf_counter() - start)
    print(f'\nimport: {rate:.0f} tiles/s')
    assert rate > 2000.0


def test_a_warm_patch_takes_less_than_2_ms(tiles, quiet_machine):
    source = open_imagery(tiles, CACHE_BYTES)
    rng = np.random.default_rng(1)
    parts = [random_patch(rng, 100.0) for _ in range(300)]
    timed_ms(source, parts)
    warm = best_of_three(source, parts)
    print(f'\nwarm: median {np.median(warm):.2f} ms, 95 % {np.percentile(warm, 95):.2f} ms')
    assert np.median(warm) < 2.0


def test_a_cold_patch_takes_less_than_15_ms(tiles, quiet_machine):
    source = open_imagery(tiles, cache_bytes=0)
    rng = np.random.default_rng(2)
    cold = best_of_three(source, [random_patch(rng, 1500.0) for _ in range(200)])
    print(f'\ncold: median {np.median(cold):.2f} ms, 95 % {np.percentile(cold, 95):.2f} ms')
    assert np.median(cold) < 15.0


def test_memory_is_bounded_by_the_cache_over_100_000_patches(tiles):
    source = open_imagery(tiles, CACHE_BYTES)
    rng = np.random.default_rng(3)
    after_warm_up = None
    for index in range(100_000):
        source.read_patch(random_patch(rng, 700.0, 64), FRAME)
        if index == 5_000:
            after_warm_up = resident_mb()
    growth = resident_mb() - after_warm_up
    statistics = source.cache.statistics
    print(f'\nmemory: {growth:+.1f} MB after the first 5000 patches, cache {statistics}')
    assert statistics.evictions > 10_000
    assert statistics.used_bytes <= CACHE_BYTES
    assert growth < 16.0
