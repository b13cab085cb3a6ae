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

"""What an offline pack says about itself, and the proof that it is whole."""

from __future__ import annotations

from dataclasses import asdict, dataclass
import hashlib
import json
from pathlib import Path

from xview_loc.errors import ImageryError
from xview_loc.imagery.bounds import Bounds
from xview_loc.imagery.mbtiles import MBTilesStore
from xview_loc.imagery.tile_store import TileStore

MANIFEST_KEY = 'xview_loc_manifest'


@dataclass(frozen=True)
class PackManifest:
    """
    The manifest of a pack; it travels inside the file as JSON.

    :param name: name of the imagery.
    :param source: file or URL template (without its query) that the tiles came from.
    :param licence: licence of the imagery, as the user states it.
    :param attribution: credit line to show.
    :param date: date of the imagery.
    :param bounds: west, south, east, north of the tiles at the finest zoom [deg].
    :param coarsest_zoom: first zoom held.
    :param finest_zoom: last zoom held.
    :param metres_per_pixel: ground resolution of the finest zoom in the middle [m].
    :param tiles: tiles held, of all zooms.
    :param missing: tiles of the wanted area that the source does not have, of all zooms.
    :param broken: tiles that the source has but damaged; they were left out.
    :param checksum: see :func:`tile_checksum`.
    """

    name: str
    source: str
    licence: str
    attribution: str
    date: str
    bounds: Bounds
    coarsest_zoom: int
    finest_zoom: int
    metres_per_pixel: float
    tiles: int
    missing: int
    broken: int
    checksum: str

    def to_json(self) -> str:
        """Return the manifest as one JSON object."""
        return json.dumps(asdict(self), sort_keys=True)


def manifest_from_json(text: str) -> PackManifest:
    """
    Read a manifest.

    :param text: one JSON object with exactly the manifest's fields.
    :raises ImageryError: when it is not that.
    """
    try:
        values = json.loads(text)
        return PackManifest(**{**values, 'bounds': tuple(values['bounds'])})
    except (ValueError, TypeError, KeyError) as error:
        raise ImageryError(f'The manifest of the pack cannot be read: {error}.') from error


def read_manifest(path: str | Path) -> PackManifest | None:
    """
    Return the manifest of a pack, or ``None`` for an MBTiles file without one.

    :param path: the MBTiles file.
    :raises ImageryError: when the file or its manifest cannot be read.
    """
    store = MBTilesStore(path)
    try:
        text = store.metadata.get(MANIFEST_KEY)
    finally:
        store.close()
    return None if text is None else manifest_from_json(text)


def verify_pack(path: str | Path) -> PackManifest:
    """
    Read all tiles of a pack and compare them with its manifest.

    :param path: the MBTiles file.
    :return: the manifest.
    :raises ImageryError: when there is no manifest or the tiles are not those it was made for.
    """
    manifest = read_manifest(path)
    if manifest is None:
        raise ImageryError(f'The tile file {path} carries no manifest to compare it with.')
    store = MBTilesStore(path)
    try:
        count, checksum = tile_checksum(store)
    finally:
        store.close()
    if (count, checksum) != (manifest.tiles, manifest.checksum):
        raise ImageryError(f'The pack {path} is not what its manifest says: {count} tiles with '
                           f'{checksum}, not {manifest.tiles} with {manifest.checksum}.')
    return manifest


def tile_checksum(store: TileStore) -> tuple[int, str]:
    """
    Return the number of tiles and a checksum over their places and contents.

    It does not depend on the order in which the tiles were written.

    :param store: the tiles.
    :return: count, and ``sha256:`` with 64 hexadecimal digits.
    """
    whole, count = hashlib.sha256(), 0
    for zoom in store.zooms():
        for tile in store.tiles(zoom):
            data = store.get(tile) or b''
            whole.update(f'{tile.zoom}/{tile.column}/{tile.row} {len(data)}\n'.encode())
            whole.update(data)
            count += 1
    return count, f'sha256:{whole.hexdigest()}'
