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

"""A model package: a folder with ``model.yaml`` and the ONNX graphs it describes."""

from __future__ import annotations

from dataclasses import dataclass, replace
import hashlib
import os
from pathlib import Path

import yaml

from xview_loc.errors import ConfigurationError, ModelPackageError
from xview_loc.matching.model_description import ModelDescription
from xview_loc.matching.model_origin import GraphFile
from xview_loc.matching.model_records import Reliability
from xview_loc.matching.strict_record import plain_record, record_from

DESCRIPTION = 'model.yaml'


@dataclass(frozen=True)
class ModelPackage:
    """
    A package on disk whose files are what ``model.yaml`` says.

    :param folder: that holds the files.
    :param description: content of ``model.yaml``.
    """

    folder: Path
    description: ModelDescription

    @property
    def name(self) -> str:
        """Return the package's own name."""
        return self.description.name

    @property
    def family(self) -> str:
        """Return which network it is."""
        return self.description.family

    @property
    def size_bytes(self) -> int:
        """Return the size of the graphs."""
        return sum(file.bytes for file in self.description.files.values())

    @property
    def sha256(self) -> str:
        """Return one checksum of all graphs, the same wherever the package lies."""
        files = sorted(self.description.files.items())
        text = '\n'.join(f'{name} {file.sha256}' for name, file in files)
        return hashlib.sha256(text.encode()).hexdigest()

    def graph_path(self, graph: str) -> Path:
        """
        Return where a graph lies.

        :param graph: one of the family's graphs, for instance ``satellite``.
        :raises ModelPackageError: when the family has no such graph.
        """
        if graph not in self.description.graphs:
            raise ModelPackageError(
                f'The model {self.name} has no graph {graph!r}; {self.family} has '
                f'{", ".join(self.description.graphs)}.')
        return self.folder / f'{graph}.onnx'


def read_model_package(folder: Path | str, verify: bool = True) -> ModelPackage:
    """
    Read a package and make sure that nothing in it is missing or damaged.

    :param folder: of the package.
    :param verify: also compute the checksums, which reads every file once.
    :raises ModelPackageError: naming the file or entry, and what is wrong with it.
    """
    folder = Path(folder)
    path = folder / DESCRIPTION
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (FileNotFoundError, NotADirectoryError):
        raise ModelPackageError(
            f'{folder} is no model package: it has no {DESCRIPTION}.') from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ModelPackageError(f'{path} cannot be read: {_one_line(error)}.') from error
    try:
        description = record_from(ModelDescription, content)
    except (ConfigurationError, ModelPackageError) as error:
        raise ModelPackageError(f'{path}: {error}') from error
    package = ModelPackage(folder, description)
    _check_files(package, verify)
    return package


def write_model_package(folder: Path | str, description: ModelDescription) -> ModelPackage:
    """
    Describe the graphs that lie in a folder: take their checksums and write ``model.yaml``.

    :param folder: that holds the graphs of the family.
    :param description: whose ``files`` are replaced by what is there.
    :raises ModelPackageError: when a graph is missing.
    """
    folder = Path(folder)
    names = [f'{graph}.onnx' for graph in description.graphs]
    names += [f'{name}.data' for name in names if (folder / f'{name}.data').is_file()]
    for name in names:
        if not (folder / name).is_file():
            raise ModelPackageError(f'{folder / name} is missing: write the graphs first.')
    files = {name: GraphFile(file_sha256(folder / name), (folder / name).stat().st_size)
             for name in names}
    package = ModelPackage(folder, replace(description, files=files))
    _write_description(package)
    return package


def write_reliability(package: ModelPackage, reliability: Reliability) -> ModelPackage:
    """
    Write into ``model.yaml`` how far a model is to be believed; graphs and checksums stay.

    The file is replaced as a whole: it is the old one or the new one at any time.

    :param package: as it was read; a reliability that it has already is replaced.
    :param reliability: what a drive has shown.
    :raises ModelPackageError: when the folder cannot be written.
    """
    description = package.description
    calibration = replace(description.calibration, reliability=reliability)
    package = replace(package, description=replace(description, calibration=calibration))
    try:
        _write_description(package)
    except OSError as error:
        raise ModelPackageError(
            f'{package.folder / DESCRIPTION} cannot be written: {error.strerror}.') from error
    return package


def _write_description(package: ModelPackage) -> None:
    """Write ``model.yaml`` so that it appears complete or not at all."""
    text = yaml.safe_dump(plain_record(package.description), sort_keys=False, width=99)
    unfinished = package.folder / f'{DESCRIPTION}.{os.getpid()}.part'
    try:
        unfinished.write_text(text, encoding='utf-8')
        unfinished.replace(package.folder / DESCRIPTION)
    finally:
        unfinished.unlink(missing_ok=True)


def file_sha256(path: Path) -> str:
    """
    Return the checksum of a file as hexadecimal digits.

    :param path: of the file.
    """
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _check_files(package: ModelPackage, verify: bool) -> None:
    """Compare the files with their descriptions."""
    files = package.description.files
    names = [f'{graph}.onnx' for graph in package.description.graphs]
    for name in names:
        if name not in files:
            raise ModelPackageError(
                f'{package.folder / DESCRIPTION}: files.{name} is missing; {package.family} '
                f'consists of {", ".join(names)}.')
    for name, expected in files.items():
        if name.removesuffix('.data') not in names:
            raise ModelPackageError(
                f'{package.folder / DESCRIPTION}: files.{name} is not known; {package.family} '
                f'consists of {", ".join(names)}.')
        _check_file(package.folder / name, expected, verify)


def _check_file(path: Path, expected: GraphFile, verify: bool) -> None:
    """Refuse a file that is missing, cut short or not the one described."""
    if not path.is_file():
        raise ModelPackageError(f'{path} is missing; copy the whole package again.')
    size = path.stat().st_size
    if size != expected.bytes:
        raise ModelPackageError(
            f'{path} has {size} bytes but {DESCRIPTION} says {expected.bytes}; it was cut short '
            'or replaced: copy the package again.')
    if verify and file_sha256(path) != expected.sha256:
        raise ModelPackageError(
            f'{path} does not have the checksum that {DESCRIPTION} states; it is damaged or was '
            'replaced: copy the package again.')


def _one_line(error: Exception) -> str:
    return ' '.join(str(error).split())
