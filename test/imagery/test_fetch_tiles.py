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

"""Fetching tiles from a server on this machine that misbehaves."""

import pytest
from tile_server import serving, tile_bytes

from xview_loc.errors import ImageryError
from xview_loc.imagery.fetch_tiles import FAILURES_IN_A_ROW, fetch_tiles
from xview_loc.imagery.mbtiles import MBTilesStore
from xview_loc.imagery.pack_manifest import verify_pack
from xview_loc.imagery.tile_download import DownloadPolicy
from xview_loc.imagery.tile_store import TileIndex

TILES = [TileIndex(19, 274415 + across, 180215 + down) for down in range(3) for across in range(4)]
FIRST = '/19/274415/180215.png'
FAST = DownloadPolicy(user_agent='tests (mail@example.org)', requests_per_second=2000.0,
                      attempts=4, backoff_s=0.01, timeout_s=5.0)


class Interruption(Exception):
    """Stands for Ctrl-C in the middle of the work."""


def holds_all_but(path, absent=()):
    store = MBTilesStore(path)
    try:
        return all(store.get(tile) == (None if tile in absent else tile_bytes(
            tile.zoom, tile.column, tile.row)) for tile in TILES)
    finally:
        store.close()


@pytest.fixture(scope='module')
def whole_checksum(tmp_path_factory):
    with serving() as (_, template):
        return fetch_tiles(template, tmp_path_factory.mktemp('whole') / 'pack.mbtiles', TILES,
                           policy=FAST).checksum


def test_each_tile_is_asked_for_once_and_stored_as_it_came(tmp_path):
    with serving() as (server, template):
        manifest = fetch_tiles(template, tmp_path / 'pack.mbtiles', TILES, policy=FAST,
                               licence='CC0')
    assert holds_all_but(tmp_path / 'pack.mbtiles')
    assert set(server.requests.values()) == {1}
    assert server.agents == {'tests (mail@example.org)'}
    assert server.most_at_once <= FAST.connections
    assert (manifest.tiles, manifest.missing, manifest.licence) == (len(TILES), 0, 'CC0')
    assert verify_pack(tmp_path / 'pack.mbtiles') == manifest


@pytest.mark.parametrize('faults', [
    ['500'], ['503', '503'], ['429', '429', '429'], ['retry after 0'], ['truncated'],
    ['truncated silently'], ['html'], ['html as png'], ['drop'], ['408', 'truncated', '500']])
def test_a_passing_fault_costs_retries_and_nothing_else(tmp_path, whole_checksum, faults):
    with serving({FIRST: faults}) as (server, template):
        manifest = fetch_tiles(template, tmp_path / 'pack.mbtiles', TILES, policy=FAST)
        assert server.requests[FIRST] == len(faults) + 1
    assert manifest.checksum == whole_checksum


def test_a_tile_under_another_content_type_is_still_a_tile(tmp_path, whole_checksum):
    with serving({FIRST: ['octets']}) as (_, template):
        manifest = fetch_tiles(template, tmp_path / 'pack.mbtiles', TILES, policy=FAST)
    assert manifest.checksum == whole_checksum


def test_a_server_that_hangs_is_left_after_the_timeout(tmp_path, whole_checksum):
    policy = DownloadPolicy(requests_per_second=2000.0, backoff_s=0.01, timeout_s=0.3)
    with serving({FIRST: ['hang']}) as (server, template):
        manifest = fetch_tiles(template, tmp_path / 'pack.mbtiles', TILES, policy=policy)
        assert server.requests[FIRST] == 2
    assert manifest.checksum == whole_checksum


@pytest.mark.parametrize('status', ['404', '410', '204'])
def test_a_tile_that_the_server_does_not_have_is_missing_and_not_asked_again(tmp_path, status):
    with serving({FIRST: [f'always {status}']}) as (server, template):
        manifest = fetch_tiles(template, tmp_path / 'pack.mbtiles', TILES, policy=FAST)
        assert server.requests[FIRST] == 1
    assert (manifest.tiles, manifest.missing) == (len(TILES) - 1, 1)
    assert holds_all_but(tmp_path / 'pack.mbtiles', TILES[:1])


def test_a_lasting_fault_loses_nothing_and_the_next_run_asks_for_that_tile_only(
        tmp_path, whole_checksum):
    with serving({FIRST: ['always 500']}) as (server, template):
        with pytest.raises(ImageryError, match='1 of 12 tiles .* 19/274415/180215 .*HTTP 500'):
            fetch_tiles(template, tmp_path / 'pack.mbtiles', TILES, policy=FAST)
        assert server.requests[FIRST] == FAST.attempts
        assert not (tmp_path / 'pack.mbtiles').exists()
        server.faults.clear()
        before = server.requests.copy()
        manifest = fetch_tiles(template, tmp_path / 'pack.mbtiles', TILES, policy=FAST)
        assert server.requests - before == {FIRST: 1}
    assert manifest.checksum == whole_checksum


@pytest.mark.parametrize('stop', [1, 5, 11])
def test_an_interrupted_fetch_goes_on_and_ends_with_the_same_checksum(
        tmp_path, whole_checksum, stop):
    def interrupt(done, total):
        if done == stop:
            raise Interruption

    with serving() as (server, template):
        with pytest.raises(Interruption):
            fetch_tiles(template, tmp_path / 'pack.mbtiles', TILES, policy=FAST,
                        progress=interrupt)
        first = []
        manifest = fetch_tiles(template, tmp_path / 'pack.mbtiles', TILES, policy=FAST,
                               progress=lambda *count: first.append(count))
    assert first[0] == (stop, len(TILES))
    assert manifest.checksum == whole_checksum


@pytest.mark.parametrize('status', ['401', '403'])
def test_refused_access_ends_the_fetch_at_once(tmp_path, status):
    with serving({'*': [f'always {status}']}) as (server, template):
        with pytest.raises(ImageryError, match=f'refuses access .HTTP {status}'):
            fetch_tiles(template, tmp_path / 'pack.mbtiles', TILES, policy=FAST)
        assert server.requests.total() <= 2 * FAST.connections + 1


def test_a_server_that_is_down_is_not_asked_for_every_tile(tmp_path):
    policy = DownloadPolicy(requests_per_second=2000.0, attempts=1, backoff_s=0.01)
    tiles = [TileIndex(19, 1000 + index, 500) for index in range(100)]
    with serving({'*': ['always 500']}) as (server, template):
        with pytest.raises(ImageryError, match='seems to be down'):
            fetch_tiles(template, tmp_path / 'pack.mbtiles', tiles, policy=policy)
        assert server.requests.total() <= FAILURES_IN_A_ROW + 2 * policy.connections


def test_nobody_listening_is_one_sentence(tmp_path):
    with serving() as (_, template):
        pass
    with pytest.raises(ImageryError, match='could not be fetched|seems to be down'):
        fetch_tiles(template, tmp_path / 'pack.mbtiles', TILES, policy=FAST)


def test_a_key_in_the_address_is_used_and_not_written_down(tmp_path):
    with serving() as (_, template):
        manifest = fetch_tiles(f'{template}?key=s3cret', tmp_path / 'pack.mbtiles', TILES,
                               policy=FAST)
    assert 's3cret' not in manifest.to_json()
    assert b's3cret' not in (tmp_path / 'pack.mbtiles').read_bytes()


def test_too_many_tiles_are_refused_before_the_first_request(tmp_path):
    with serving() as (server, template):
        with pytest.raises(ImageryError, match='12 tiles are wanted and 5 are allowed'):
            fetch_tiles(template, tmp_path / 'pack.mbtiles', TILES, policy=FAST, most_tiles=5)
    assert not server.requests


def test_no_tiles_at_all_are_refused(tmp_path):
    with pytest.raises(ImageryError, match='no tiles to fetch'):
        fetch_tiles('http://localhost/{z}/{x}/{y}', tmp_path / 'pack.mbtiles', [])
