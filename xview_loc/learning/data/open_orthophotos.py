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

"""One call that opens every kind of orthophotos."""

from __future__ import annotations

from pathlib import Path

from xview_loc.errors import DataSetError, XviewLocError
from xview_loc.learning.data.chip_folder import ChipFolder
from xview_loc.learning.data.imagery_orthophotos import ImageryOrthophotos
from xview_loc.learning.data.orthophotos import OrthophotoSource
from xview_loc.learning.data.tile_folder import TileFolder


def open_orthophotos(spec: str | Path, count: int = 1000) -> OrthophotoSource:
    """
    Open what a path holds: a folder of chips, a folder of tiles with an index, or imagery.

    :param spec: the path.
    :param count: of places in imagery.
    :raises DataSetError: when it is none of these.
    """
    path = Path(spec).expanduser()
    if (path / 'chips.csv').is_file():
        return ChipFolder(path)
    if (path / 'index.json').is_file() and (path / 'tiles').is_dir():
        return TileFolder(path)
    try:
        return ImageryOrthophotos(path, count)
    except XviewLocError as error:
        raise DataSetError(f'{path} holds no orthophotos: {error}') from error
