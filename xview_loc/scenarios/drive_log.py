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

"""Drives that are done, one JSON line each, so that an interrupted run can go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

import xview_loc
from xview_loc.errors import ConfigurationError
from xview_loc.scenarios.drive_track import DriveResult, DriveTrack
from xview_loc.scenarios.figures.metrics import pooled
from xview_loc.scenarios.scenario import Scenario

DECISIVE_PACKAGES = ('geometry', 'imagery', 'camera', 'matching', 'filtering', 'simulation',
                     'scenarios')
SWITCHES = ('trusted', 'lost')

DriveKey = tuple[str, int, str]


class DriveLog:
    """
    A file of drives by scenario, seed and method.

    The first line holds the fingerprint of the program that drove; each other line a drive with
    its figures (for people and scripts) and its track (from which a later run pools). A line that
    a crash has cut off is dropped.

    :param path: of the file; made with its first drive.
    :param scenarios: those that a line may name.
    :raises ConfigurationError: when the file is none of these, or was written by another state of
        the program.
    """

    def __init__(self, path: Path, scenarios: Mapping[str, Scenario]):
        """Read what is there."""
        self._path = path
        self.results: dict[DriveKey, DriveResult] = {}
        lines = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
        whole = [line for line in lines if line.endswith(b'\n')]
        if not whole:
            self._start()
            return
        try:
            heading, *records = [json.loads(line) for line in whole]
        except ValueError as error:
            raise ConfigurationError(f'{path} is no log of drives: {error}.') from error
        if heading != _heading():
            raise ConfigurationError(
                f'{path} was written by another state of the program; delete it, or choose '
                'another folder.')
        if len(whole) < len(lines):
            path.write_bytes(b''.join(whole))
        for record in records:
            self._keep(_from_record(record, scenarios))

    def append(self, result: DriveResult) -> None:
        """Write a drive that is done."""
        self._write(_to_record(result), 'a')
        self._keep(result)

    def _start(self):
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._write(_heading(), 'w')

    def _write(self, record, mode):
        with self._path.open(mode, encoding='utf-8') as file:
            file.write(json.dumps(record, allow_nan=False, separators=(',', ':')) + '\n')

    def _keep(self, result):
        self.results[result.scenario.name, result.seed, result.method] = result


def _heading() -> dict[str, str]:
    return {'xview_loc': xview_loc.__version__, 'program': program_fingerprint()}


def program_fingerprint() -> str:
    """Return a checksum over the source of everything that decides how a drive ends."""
    root = Path(xview_loc.__file__).parent
    digest = hashlib.sha256(np.__version__.encode())
    for package in DECISIVE_PACKAGES:
        for path in sorted((root / package).glob('*.py')):
            digest.update(path.name.encode() + b'\0' + path.read_bytes())
    return digest.hexdigest()[:16]


def _to_record(result: DriveResult) -> dict[str, Any]:
    track = {item.name: getattr(result.track, item.name).astype(float).tolist()
             for item in fields(DriveTrack)}
    track.update({name: getattr(result.track, name).astype(int).tolist() for name in SWITCHES})
    record = {'scenario': result.scenario.name, 'seed': result.seed, 'method': result.method,
              'figures': pooled([result]), 'track': track}
    return _with_nulls(record)


def _with_nulls(value):
    """Replace what JSON has no number for."""
    if isinstance(value, dict):
        return {key: _with_nulls(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_nulls(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _from_record(record: dict[str, Any], scenarios: Mapping[str, Scenario]) -> DriveResult:
    columns = {name: np.array(values, dtype=bool if name in SWITCHES else np.float64)
               for name, values in record['track'].items()}
    return DriveResult(
        scenarios[record['scenario']], record['seed'], record['method'], DriveTrack(**columns))
