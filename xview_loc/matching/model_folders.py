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

"""Where model packages are looked for by name."""

from __future__ import annotations

from collections.abc import Sequence
import os
from pathlib import Path
import sys

import yaml

import xview_loc
from xview_loc.errors import MatchingError
from xview_loc.matching.model_package import DESCRIPTION

PACKAGE = 'xview_loc'


def model_folders() -> tuple[Path, ...]:
    """
    Return the folders that hold installed packages, those looked at first first.

    They are ``models`` in the clone that runs, in every ament prefix, and in the environment of
    this Python.
    """
    prefixes = [*filter(None, os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)),
                sys.prefix]
    folders = [Path(xview_loc.__file__).resolve().parents[1] / 'models',
               *(Path(prefix) / 'share' / PACKAGE / 'models' for prefix in prefixes)]
    return tuple(dict.fromkeys(folder for folder in folders if folder.is_dir()))


def package_folders(folders: Sequence[Path]) -> list[Path]:
    """
    Return the folders directly inside some folders that hold a ``model.yaml``, by name.

    Of several with the same name the first is taken.

    :param folders: to look into.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob(f'*/{DESCRIPTION}')):
            found.setdefault(path.parent.name, path.parent)
    return [found[name] for name in sorted(found)]


def find_package(text: str, folders: Sequence[Path] | None = None) -> Path:
    """
    Return the folder of the package that a parameter or option names.

    :param text: path of a package, or the name of one that is installed or of its folder.
    :param folders: where names are looked for; :func:`model_folders` when ``None``.
    :raises MatchingError: naming what there is.
    """
    path = Path(text).expanduser()
    if (path / DESCRIPTION).is_file() or len(path.parts) > 1:
        return path
    known = package_folders(model_folders() if folders is None else folders)
    for folder in known:
        if text == folder.name:
            return folder
    for folder in known:
        if text == _stated_name(folder):
            return folder
    if path.is_dir():
        return path
    names = ', '.join(['bev', *(folder.name for folder in known)])
    raise MatchingError(
        f'There is no matcher {text!r}; give the folder of a model package or one of {names}.')


def _stated_name(folder: Path) -> str:
    """Return the name in a description, or '' where it cannot be read."""
    try:
        content = yaml.safe_load((folder / DESCRIPTION).read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return ''
    return str(content.get('name', '')) if isinstance(content, dict) else ''
