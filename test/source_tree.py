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

"""What the house rules look at: the project's own files and what they import."""

import ast
from pathlib import Path
from typing import Iterator


def python_files(root: Path, *folders: str) -> list[Path]:
    """
    List the project's Python files.

    :param root: the folder that holds ``setup.py``.
    :param folders: where to look below it; default: everything that is checked in.
    """
    folders = folders or ('xview_loc', 'launch', 'test')
    paths = [path for folder in folders for path in sorted((root / folder).rglob('*.py'))]
    return paths if len(folders) == 1 else [root / 'setup.py', *paths]


def imported_modules(path: Path) -> Iterator[str]:
    """Yield the dotted name of every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
