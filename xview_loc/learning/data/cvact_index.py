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

"""``ACT_data.mat``: which panoramas of CVACT belong to which split, and where they were taken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError
from xview_loc.learning.data.image_files import require_file

# Struct and field of each split; the second field of the struct where the name differs.
_SPLITS = {'train': ('trainSet', 'trainInd'), 'val': ('valSet', 'valInd'),
           'test': ('valSetAll', 'valInd')}


@dataclass(frozen=True)
class CvactIndex:
    """
    The index of the data set.

    :param path: the file.
    :param panoramas: all identifiers; far more than images were released.
    :param utm: ``(P, 2)`` float64 easting and northing in zone 55S [m]; read-only.
    :param rows: numbers into ``panoramas``, counted from 0, by split; read-only.
    """

    path: Path
    panoramas: tuple[str, ...]
    utm: np.ndarray
    rows: dict[str, np.ndarray]


def read_cvact_index(path: str | Path) -> CvactIndex:
    """
    Read the index; its rows count from 1 and are returned counted from 0.

    Positions stay float64: some published loaders read them as float32, which loses up to 0.25 m
    of a northing, 5 % of the 5 m rule.

    :param path: ``ACT_data.mat`` (MATLAB version 5).
    :raises DataSetError: when it is missing or is not such a file.
    """
    path = require_file(Path(path), 'the panoramas, their places and the splits')
    content = _load(path)
    try:
        panoramas = tuple(_text(row) for row in content['panoIds'].reshape(-1))
        utm = np.asarray(content['utm'], dtype=np.float64)
        rows = {split: _rows(content[struct], field)
                for split, (struct, field) in _SPLITS.items() if struct in content}
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise DataSetError(f'{path} is not an index of CVACT: {error}.') from error
    if utm.shape != (len(panoramas), 2):
        raise DataSetError(
            f'{path} has {len(panoramas)} panoramas, but positions of shape {utm.shape}.')
    for split, numbers in rows.items():
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(panoramas):
            raise DataSetError(
                f'{path}: the split {split} names row {int(numbers.max()) + 1}; '
                f'rows are 1 to {len(panoramas)}.')
    return CvactIndex(path, panoramas, frozen(utm), {
        split: frozen(numbers) for split, numbers in rows.items()})


def _load(path: Path) -> dict[str, Any]:
    """Read a file of MATLAB."""
    try:
        return loadmat(str(path))
    except Exception as error:  # noqa: B902 - damaged bytes fail in any way in the decoder
        raise DataSetError(f'{path} is not an index of CVACT: {error}.') from error


def _text(value: Any) -> str:
    """Return a row of characters, or a cell that holds one, as text."""
    while isinstance(value, np.ndarray):
        value = value.reshape(-1)[0]
    return str(value).strip()


def _rows(struct: np.ndarray, field: str) -> np.ndarray:
    """Return the row numbers of a split from 0."""
    record = struct.reshape(-1)[0]
    names = record.dtype.names or ()
    values = record[field] if field in names else record[1]
    return np.asarray(values, dtype=np.int64).reshape(-1) - 1
