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

"""Arrays that are kept on disk because making them takes longer than reading them."""

from __future__ import annotations

from collections.abc import Mapping
import hashlib
import os
from pathlib import Path
import zipfile

import numpy as np

from xview_loc.errors import DataSetError

DIGITS = 16


def digest_of(text: str) -> str:
    """
    Return 16 hexadecimal digits, to name files by all that their content depends on.

    :param text: that says all of it.
    """
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def read_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """
    Return the arrays of a file by name, or ``None`` where it is absent or damaged.

    :param path: of the file, ``.npz``.
    """
    try:
        with path.open('rb') as stream, np.load(stream, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """
    Write arrays to a file that appears complete or not at all, whoever else writes it.

    :param path: of the file, ``.npz``; its folder is made where it does not exist.
    :param arrays: by name.
    :raises DataSetError: when the file cannot be written.
    """
    unfinished = path.with_name(f'{path.name}.{os.getpid()}.part')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open('wb') as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type]
        unfinished.replace(path)
    except OSError as error:
        raise DataSetError(f'{path} cannot be written: {error.strerror}.') from error
