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

"""An offline pack from a tile server that the user names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
import time

from xview_loc.errors import ImageryError
from xview_loc.imagery.mbtiles_writer import Progress
from xview_loc.imagery.pack_builder import PackBuilder
from xview_loc.imagery.pack_manifest import PackManifest
from xview_loc.imagery.tile_download import (
    DownloadPolicy, TileDownloader, TileFailedError, TileRefusedError)
from xview_loc.imagery.tile_store import TileIndex
from xview_loc.imagery.url_template import UrlTemplate

# More than this in one go is a bulk download, which most servers forbid.
MOST_TILES = 20_000

# So many failures in a row mean that the server is down, not that tiles are bad.
FAILURES_IN_A_ROW = 8

SECONDS_PER_COMMIT = 2.0


def fetch_tiles(template: str, out: str | Path, tiles: Sequence[TileIndex], *,
                policy: DownloadPolicy | None = None, name: str = '', licence: str = '',
                attribution: str = '', date: str = '', most_tiles: int = MOST_TILES,
                progress: Progress | None = None,
                sleep: Callable[[float], object] | None = None) -> PackManifest:
    """
    Download tiles into an offline pack, politely.

    What arrived is kept in ``OUT.part`` whatever happens; the same call goes on from there, asks
    only for what is not there yet, and ends with the same checksum.

    :param template: address with placeholders, as in :class:`UrlTemplate`.
    :param out: the pack to make.
    :param tiles: what to fetch, from ``tiles_of_area`` or ``tiles_along``.
    :param policy: how the server is asked; the careful default when ``None``.
    :param name: name of the imagery.
    :param licence: licence of the imagery.
    :param attribution: credit line.
    :param date: date of the imagery.
    :param most_tiles: refuse to fetch more tiles than this.
    :param progress: called with the tiles done and in all.
    :param sleep: waits for seconds, for tests.
    :raises ImageryError: when tiles are left that could not be had; the message says how many,
        why, and that nothing is lost.
    """
    address = UrlTemplate(template)
    if len(tiles) > most_tiles:
        raise ImageryError(f'{len(tiles)} tiles are wanted and {most_tiles} are allowed at once; '
                           'take a smaller area or a coarser zoom, or raise the limit if the '
                           'server permits it.')
    if not tiles:
        raise ImageryError('There are no tiles to fetch in that area.')
    builder = PackBuilder(out, {'source': address.public})
    downloader = TileDownloader(policy or DownloadPolicy(), sleep)
    try:
        failures = _fetch_all(address, list(dict.fromkeys(tiles)), builder, downloader, progress)
    except BaseException:
        builder.keep()
        raise
    if failures:
        builder.keep()
        tile, reason = next(iter(failures.items()))
        raise ImageryError(
            f'{len(failures)} of {len(tiles)} tiles could not be fetched, for instance '
            f'{tile.zoom}/{tile.column}/{tile.row} {reason}; what arrived is kept in '
            f'{builder.part}, run the same command again to go on.')
    return builder.finish(name=name, source=address.public, licence=licence,
                          attribution=attribution, date=date)


def _fetch_all(address: UrlTemplate, tiles: list[TileIndex], builder: PackBuilder,
               downloader: TileDownloader, progress: Progress | None) -> dict[TileIndex, str]:
    """Fetch what is not there yet; return the tiles that failed, with the reason."""
    done = builder.done().intersection(tiles)
    open_tiles = [tile for tile in tiles if tile not in done]
    finished, failures, in_a_row = len(done), {}, 0
    _report(progress, finished, len(tiles))
    last_commit = time.monotonic()
    for tile, result in _downloads(address, open_tiles, downloader):
        try:
            data = result.result()
        except TileRefusedError as error:
            raise ImageryError(f'{error}; what arrived is kept in {builder.part}.') from error
        except TileFailedError as error:
            failures[tile] = str(error)
            in_a_row += 1
            if in_a_row >= FAILURES_IN_A_ROW:
                raise ImageryError(
                    f'{in_a_row} tiles in a row failed {error}; the server seems to be down. '
                    f'What arrived is kept in {builder.part}, run the same command again to go '
                    'on.') from error
            continue
        in_a_row = 0
        if data is None:
            builder.put_absent(tile)
        else:
            builder.writer.put(tile, data)
        finished += 1
        if time.monotonic() - last_commit > SECONDS_PER_COMMIT:
            builder.writer.commit()
            last_commit = time.monotonic()
        _report(progress, finished, len(tiles))
    return failures


def _downloads(address: UrlTemplate, tiles: list[TileIndex], downloader: TileDownloader
               ) -> Iterator[tuple[TileIndex, Future]]:
    """Keep all connections busy; hand over each tile as it comes."""
    connections = downloader.policy.connections
    waiting = iter(tiles)
    pool = ThreadPoolExecutor(connections, thread_name_prefix='tile_download')
    running: dict[Future, TileIndex] = {}
    try:
        while True:
            for tile in waiting:
                running[pool.submit(downloader.download, address.url(tile))] = tile
                if len(running) >= 2 * connections:
                    break
            if not running:
                return
            ready, _ = wait(running, return_when=FIRST_COMPLETED)
            for result in ready:
                yield running.pop(result), result
    finally:
        downloader.stop()
        pool.shutdown(wait=True, cancel_futures=True)


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)
