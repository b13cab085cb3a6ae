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

"""What a descriptor map says about itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
import json
import os
from pathlib import Path

from xview_loc.errors import ConfigurationError, MatchingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.matching.model_package import ModelPackage
from xview_loc.matching.model_records import SatelliteInput
from xview_loc.matching.strict_record import plain_record, record_from

FORMAT = 1
FILE_NAME = 'map.json'
BLOCK_SIDE = 64


@dataclass(frozen=True)
class MapImagery:
    """
    The imagery that a map was made of.

    :param name: of the source.
    :param date: as the source states it, or ''.
    :param licence: as the user or the pack states it, or ''.
    :param attribution: credit line, or ''.
    """

    name: str = ''
    date: str = ''
    licence: str = ''
    attribution: str = ''


@dataclass(frozen=True)
class MapManifest:
    """
    The identity of a descriptor map, and once it is complete what is in it.

    :param model: name of the package whose satellite network made the descriptors.
    :param satellite_sha256: checksum of that network.
    :param dimension: length of a descriptor.
    :param spacing_m: step of the grid [m].
    :param tile: tiles that were described.
    :param datum: latitude, longitude [deg] and ellipsoidal height [m] of the origin of the grid;
        ``None`` for a map in memory, whose grid is that of the run's ``map`` frame.
    :param imagery: what it was made of.
    :param area: what was asked for, in words.
    :param block_side: cells along the side of a block.
    :param format: version of the files.
    :param complete: whether every cell asked for has been visited.
    :param known: cells with a descriptor, once complete.
    :param empty: cells without imagery, once complete.
    :param checksum: of everything in a complete map.
    :raises MatchingError: when a number is out of range.
    """

    model: str
    satellite_sha256: str
    dimension: int
    spacing_m: float
    tile: SatelliteInput
    datum: tuple[float, float, float] | None = None
    imagery: MapImagery = MapImagery()
    area: str = ''
    block_side: int = BLOCK_SIDE
    format: int = FORMAT  # noqa: A003 - the name of the entry in the file
    complete: bool = False
    known: int = 0
    empty: int = 0
    checksum: str = ''

    def __post_init__(self) -> None:
        """Refuse what cannot be laid out."""
        if self.format != FORMAT:
            raise MatchingError(
                f'The descriptor map has format {self.format}; this version reads {FORMAT}.')
        if min(self.dimension, self.block_side) < 1 or not self.spacing_m > 0.0:
            raise MatchingError(
                f'A descriptor map of {self.dimension} numbers every {self.spacing_m} m in blocks '
                f'of {self.block_side} is none; all three must be positive.')

    @property
    def frame(self) -> LocalFrame | None:
        """Return the frame that the grid is anchored to, or ``None``."""
        return None if self.datum is None else LocalFrame(*self.datum)

    @property
    def identity(self) -> MapManifest:
        """Return the manifest as it was before the first cell."""
        return replace(self, complete=False, known=0, empty=0, checksum='')

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(plain_record(self), indent=2) + '\n'


def manifest_for(package: ModelPackage, dimension: int, *, spacing_m: float | None = None,
                 frame: LocalFrame | None = None, imagery: MapImagery | None = None,
                 area: str = '') -> MapManifest:
    """
    Return the manifest of a new map of a package's descriptors.

    :param package: a retrieval package.
    :param dimension: length of its descriptors.
    :param spacing_m: step of the grid; that of the package when ``None`` [m].
    :param frame: what the grid is anchored to; ``None`` is the run's own ``map`` frame.
    :param imagery: what the map is made of.
    :param area: what was asked for, in words.
    :raises MatchingError: when the package is of no retrieval family.
    """
    description = package.description
    if description.retrieval is None:
        raise MatchingError(
            f'The model {package.name} is of the family {package.family}, which has no '
            'descriptors of tiles; use a retrieval model.')
    datum = None if frame is None else (
        frame.latitude_deg, frame.longitude_deg, frame.altitude_m)
    return MapManifest(
        package.name, description.files['satellite.onnx'].sha256, dimension,
        spacing_m or description.retrieval.spacing_m, description.satellite, datum,
        imagery or MapImagery(), area)


def require_package(manifest: MapManifest, package: ModelPackage) -> None:
    """
    Refuse a map that another network made.

    :param manifest: of the map.
    :param package: that will use it.
    :raises MatchingError: naming both.
    """
    sha256 = package.description.files['satellite.onnx'].sha256
    if sha256 != manifest.satellite_sha256:
        raise MatchingError(
            f'The descriptor map was made by {manifest.model} with the satellite network '
            f'{manifest.satellite_sha256[:12]}, not by {package.name} with {sha256[:12]}; build '
            'it again with "xview-loc map build".')


def read_map_manifest(folder: Path) -> MapManifest:
    """
    Read the manifest of a map.

    :param folder: of the map.
    :raises MatchingError: when it is none or cannot be read.
    """
    path = folder / FILE_NAME
    try:
        return record_from(MapManifest, json.loads(path.read_text(encoding='utf-8')))
    except (FileNotFoundError, NotADirectoryError):
        raise MatchingError(f'{folder} is no descriptor map: it has no {FILE_NAME}.') from None
    except (OSError, ValueError, ConfigurationError) as error:
        raise MatchingError(f'{path} cannot be read: {error}') from error


def write_map_manifest(folder: Path, manifest: MapManifest) -> None:
    """
    Write the manifest of a map, whole or not at all.

    :param folder: of the map.
    :param manifest: to write.
    """
    part = folder / (FILE_NAME + '.part')
    with part.open('w', encoding='utf-8') as file:
        file.write(manifest.to_json())
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, folder / FILE_NAME)
