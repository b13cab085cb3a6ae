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

"""Tiles are computed once, shared by threads, and forgotten when memory runs out."""

from concurrent.futures import ThreadPoolExecutor
import time

import numpy as np
import pytest

from xview_loc.errors import MatchingError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.matching.model_records import SatelliteInput
from xview_loc.matching.prepared_tiles import TileFeatures, TileStore

SATELLITE = SatelliteInput(64, 0.5)
TILE_BYTES = 64 * 64 + 4 * 64 * 64


def patch(valid=True, pixels=200):
    geometry = PatchGeometry(10.0, 20.0, 0.5, pixels, pixels)
    shape = (pixels, pixels)
    return SatellitePatch(np.full((*shape, 3), 80, np.uint8), geometry,
                          np.full(shape, valid), Provenance('grey'))


def network(images):
    return {'bright': images[..., 0].astype(np.float32)}


def store(compute=network, **options):
    return TileStore(SATELLITE, compute, **options)


def test_a_tile_is_computed_once_and_lies_where_asked() -> None:
    tiles, imagery = store(), patch()
    tile = tiles.tile(imagery, 16, -32)
    assert tiles.tile(imagery, 16, -32) is tile and tiles.runs == 1
    assert (tile.geometry.centre_x, tile.geometry.centre_y) == (10.0 + 8.0, 20.0 - 16.0)
    assert tile.maps['bright'].shape == (1, 64, 64) and tile.maps['bright'].min() == 80.0
    assert tiles.tile(patch(), 16, -32) is not tile and tiles.runs == 2


def test_threads_that_ask_at_once_wait_for_one_run() -> None:
    def slow(images):
        time.sleep(0.1)
        return network(images)
    tiles, imagery = store(slow), patch()
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: tiles.tile(imagery, 0, 0), range(4)))
    assert tiles.runs == 1 and all(tile is found[0] for tile in found)


def test_tiles_not_used_for_longest_are_forgotten() -> None:
    tiles, imagery = store(byte_limit=2 * TILE_BYTES + 100), patch()
    first = tiles.tile(imagery, 0, 0)
    tiles.tile(imagery, 1, 0)
    assert tiles.tile(imagery, 0, 0) is first
    tiles.tile(imagery, 2, 0)
    assert tiles.tile(imagery, 0, 0) is first and tiles.runs == 3
    tiles.tile(imagery, 1, 0)
    assert tiles.runs == 4
    tight = store(byte_limit=1)
    assert tight.tile(imagery, 0, 0) is tight.tile(imagery, 0, 0)


def test_a_failure_is_told_and_tried_again() -> None:
    outcomes = [MatchingError('The network failed.'), None]

    def failing_once(images):
        if (outcome := outcomes.pop(0)) is not None:
            raise outcome
        return network(images)
    tiles, imagery = store(failing_once), patch()
    with pytest.raises(MatchingError, match='The network failed'):
        tiles.tile(imagery, 0, 0)
    assert tiles.tile(imagery, 0, 0).maps


def test_without_imagery_the_network_does_not_run() -> None:
    tiles = store()
    assert not tiles.tile(patch(valid=False), 0, 0).maps and tiles.runs == 0


# Tiles of 32 m: a search stays 2 m from the rim, the grid has steps of 8 m.
@pytest.mark.parametrize(('east', 'north', 'radius', 'places'), [
    (0.0, 0.0, 14.0, {(0, 0)}),
    (4.0, -4.0, 10.0, {(0, 0)}),
    (5.0, 0.0, 10.0, {(8, 0)}),
    (-23.0, 17.0, 6.0, {(-24, 16)}),
    (0.0, 0.0, 16.0, {(-8, -8), (-8, 8), (8, -8), (8, 8)}),
    (0.0, 0.0, 22.0, {(-16, -16), (-16, 16), (16, -16), (16, 16)}),
    (0.0, 0.0, 90.0, {(-16, -16), (-16, 16), (16, -16), (16, 16)})])
def test_a_search_gets_the_tiles_that_hold_it(east, north, radius, places) -> None:
    features = TileFeatures(patch(), store())
    tiles = features.around(10.0 + east, 20.0 + north, radius)
    assert {(tile.geometry.centre_x - 10.0, tile.geometry.centre_y - 20.0)
            for tile in tiles} == places


@pytest.mark.parametrize('radius', [3.0, 9.0, 13.0, 17.0, 24.0])
def test_wherever_the_search_is_its_tiles_cover_it(radius) -> None:
    random = np.random.default_rng(5)
    features = TileFeatures(patch(pixels=300), store())
    for east, north in random.uniform(-20.0, 20.0, (40, 2)):
        tiles = features.around(10.0 + east, 20.0 + north, radius)
        corners = np.array([[-1, -1, 1, 1, 0], [-1, 1, -1, 1, 0]]) * radius
        x, y = 10.0 + east + corners[0], 20.0 + north + corners[1]
        assert np.any([tile.geometry.contains(x, y) for tile in tiles], axis=0).all()
