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

"""Descriptor maps on disk: beginning, opening and verifying them."""

from __future__ import annotations

from pathlib import Path

from xview_loc.errors import MatchingError
from xview_loc.matching.block_store import FOLDER
from xview_loc.matching.descriptor_map import DescriptorMap
from xview_loc.matching.map_manifest import (
    FILE_NAME, MapManifest, read_map_manifest, write_map_manifest)


def create_map(folder: Path | str, manifest: MapManifest) -> DescriptorMap:
    """
    Begin a map on disk, or go on with an unfinished one of the same identity.

    :param folder: of the map; made when missing.
    :param manifest: what the map is of.
    :raises MatchingError: when there is another map, or the folder cannot be written.
    """
    folder = Path(folder)
    try:
        (folder / FOLDER).mkdir(parents=True, exist_ok=True)
        if (folder / FILE_NAME).exists():
            found = read_map_manifest(folder)
            if found.identity != manifest.identity:
                raise MatchingError(
                    f'{folder} already holds another descriptor map, of {found.area or "an area"} '
                    f'by {found.model}; choose another folder or remove it.')
            manifest = found
        else:
            write_map_manifest(folder, manifest)
    except OSError as error:
        raise MatchingError(f'The descriptor map {folder} cannot be written: {error}') from error
    return DescriptorMap(manifest, folder, writable=True)


def open_map(folder: Path | str) -> DescriptorMap:
    """
    Open a map for reading, complete or not.

    :param folder: of the map.
    :raises MatchingError: when it is none.
    """
    folder = Path(folder)
    return DescriptorMap(read_map_manifest(folder), folder)


def require_checksum(stored: DescriptorMap) -> None:
    """
    Read a whole map and compare it with its manifest.

    :param stored: of a folder.
    :raises MatchingError: when it is unfinished or not what its manifest says.
    """
    if not stored.manifest.complete:
        raise MatchingError(f'The descriptor map {stored.folder} is unfinished; build it first.')
    found = stored.checksum()
    if found != stored.manifest.checksum:
        raise MatchingError(
            f'The descriptor map {stored.folder} has the checksum {found}, not '
            f'{stored.manifest.checksum} as its manifest says; build it again.')
