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

"""Engines that TensorRT has built, kept between runs and never trusted when damaged."""

from __future__ import annotations

from collections.abc import Sequence
import hashlib
import json
from pathlib import Path
import re
import shutil

from xview_loc.matching.model_package import file_sha256

MANIFEST = 'manifest.json'
DAMAGED = '.damaged'
DRIVER = Path('/proc/driver/nvidia')


def graphics_card() -> str:
    """Return driver and cards of this machine, as engines depend on them; '' without any."""
    files = [DRIVER / 'version', *sorted(DRIVER.glob('gpus/*/information'))]
    texts = [file.read_text(errors='replace') for file in files if file.is_file()]
    return ' '.join(line for text in texts for line in text.splitlines()
                    if re.match('NVRM|Model', line))


class EngineCache:
    """
    One folder of engines, for one model on one machine with one set of libraries.

    :param folder: of all engines.
    :param name: of the model, for people who look into the folder.
    :param identity: everything an engine depends on; any change leads to another folder.
    """

    def __init__(self, folder: Path, name: str, identity: Sequence[str]) -> None:
        """Name the folder."""
        key = hashlib.sha256('\n'.join(identity).encode()).hexdigest()[:16]
        self.folder = folder / f'{name}-{key}'

    def open(self) -> str:  # noqa: A003 - opposite of seal
        """
        Make the folder ready, and move away what is in it when that cannot be trusted.

        :return: a warning, or ''.
        """
        warning = ''
        damage = self._damage()
        if damage:
            warning = self.move_away(damage)
        self.folder.mkdir(parents=True, exist_ok=True)
        return warning

    def move_away(self, reason: str) -> str:
        """
        Move the folder aside, in place of one moved before, and start with an empty one.

        :param reason: end of the sentence.
        :return: the warning.
        """
        aside = self.folder.with_name(self.folder.name + DAMAGED)
        shutil.rmtree(aside, ignore_errors=True)
        self.folder.rename(aside)
        self.folder.mkdir()
        return (f'The engine cache {self.folder} was moved to {aside.name} and is built again: '
                f'{reason}.')

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was kept."""
        return not self._files()

    def seal(self) -> None:
        """Note the checksums of what is in the folder, once every engine is built."""
        manifest = {path.name: file_sha256(path) for path in self._files()}
        (self.folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + '\n')

    def _files(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir()
                      if path.is_file() and path.name != MANIFEST)

    def _damage(self) -> str:
        """Return what is wrong with the folder, or ''."""
        files = self._files()
        path = self.folder / MANIFEST
        if not path.is_file():
            return 'it was left unfinished' if files else ''
        try:
            manifest = json.loads(path.read_text())
        except (OSError, ValueError):
            return f'{MANIFEST} cannot be read'
        found = {file.name for file in files}
        for name, checksum in manifest.items():
            if name not in found:
                return f'{name} is missing'
            if file_sha256(self.folder / name) != checksum:
                return f'{name} does not have its checksum'
        return ''
