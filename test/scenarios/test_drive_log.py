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

"""Drives that are done, on disk."""

from __future__ import annotations

import json

import pytest

from xview_loc.errors import ConfigurationError
from xview_loc.scenarios import drive_log, run_scenarios as runs
from xview_loc.scenarios.drive_log import DriveLog
from xview_loc.scenarios.run_scenarios import run_scenarios

ARGUMENTS = ['parking', 'kidnap'], 2, 7, ['gnss', 'xview_loc']


@pytest.fixture(scope='module')
def whole():
    """Return the result of a run without a log."""
    return run_scenarios(*ARGUMENTS)


@pytest.fixture(scope='module')
def log(tmp_path_factory, whole):
    path = tmp_path_factory.mktemp('log') / 'drives.jsonl'
    assert run_scenarios(*ARGUMENTS, log=path) == whole
    return path.read_text()


@pytest.fixture
def path(tmp_path, log):
    result = tmp_path / 'drives.jsonl'
    result.write_text(log)
    return result


def test_each_drive_is_a_line_with_its_figures(log):
    lines = [json.loads(line) for line in log.splitlines()]
    assert [(line['scenario'], line['seed'], line['method']) for line in lines[1:]] == [
        (scenario, seed, method) for seed in (7, 8) for scenario in ARGUMENTS[0]
        for method in ARGUMENTS[3]]
    assert all(0.0 < line['figures']['median_m'] < 20.0 for line in lines[1:])


def test_what_is_there_is_not_driven_again(path, log, whole, monkeypatch):
    monkeypatch.setattr(runs, 'run_drive', lambda *_: pytest.fail('driven again'))
    assert run_scenarios(*ARGUMENTS, log=path) == whole
    assert path.read_text() == log


def test_a_run_cut_off_in_a_line_ends_as_if_it_had_not_been(path, log, whole):
    path.write_text(log[:len(log) * 2 // 3])
    told = []
    result = run_scenarios(*ARGUMENTS, log=path, progress=lambda *count: told.append(count))
    assert result == whole
    assert 0 < told[0][0] < 4
    assert told[-1] == (4, 4)
    assert sorted(path.read_text().splitlines()) == sorted(log.splitlines())


def test_drives_of_another_program_are_refused(path, monkeypatch):
    monkeypatch.setattr(drive_log, 'program_fingerprint', lambda: 'another')
    with pytest.raises(ConfigurationError, match='another state of the program'):
        DriveLog(path, runs.ALL_SCENARIOS)


def test_a_file_that_is_no_log_is_refused_and_kept(tmp_path):
    path = tmp_path / 'drives.jsonl'
    path.write_text('a poem\nof two lines\n')
    with pytest.raises(ConfigurationError, match='no log of drives'):
        DriveLog(path, runs.ALL_SCENARIOS)
    assert path.read_text() == 'a poem\nof two lines\n'
