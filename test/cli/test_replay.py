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

"""Replays through the real nodes."""

import json
from pathlib import Path
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from small_bag import write_small_bag

from xview_loc.cli import live_graph, node_process
from xview_loc.cli.live_graph import Replay, run_graph
from xview_loc.cli.main import main
from xview_loc.cli.node_process import NodeProcess, ReplayError
from xview_loc.cli.replay_run import split_truth
from xview_loc.cli.ros_domain import reserved_domain
from xview_loc.errors import RecordingError
from xview_loc.recordings.trajectory import read_tum

KEYS = ['status', 'median_error_m', 'p95_error_m', 'median_heading_error_deg',
        'gnss_median_error_m', 'odometry_final_error_m', 'blind_median_error_m', 'matches_per_s',
        'latency_ms_p50', 'latency_ms_p95', 'lost_s', 'anees', 'report']


@pytest.mark.ros
def test_a_bag_without_imagery_runs_through_the_filter(capsys, tmp_path):
    bag = write_small_bag(tmp_path / 'bag', seconds=4.0)
    assert main(['replay', str(bag), '--out', str(tmp_path / 'out'), '--json']) == 0
    record = json.loads(capsys.readouterr().out)
    assert list(record) == KEYS
    assert record['status'] == 'PASS' and record['matches_per_s'] == 0.0
    assert record['median_error_m'] < 5.0
    # The bag's odometry is exact: it ends where the truth ends.
    assert record['odometry_final_error_m'] < 0.01
    trajectory = read_tum(tmp_path / 'out' / 'trajectory.tum')
    assert len(trajectory) > 10
    assert (tmp_path / 'out' / 'report.html').stat().st_size > 10_000


@pytest.mark.ros
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_no_node_outlives_an_ended_replay(tmp_path, number):
    bag = write_small_bag(tmp_path / 'bag', seconds=8.0)
    out = tmp_path / 'out'
    replay = subprocess.Popen(
        [sys.executable, '-m', 'xview_loc.cli.main', 'replay', str(bag), '--out', str(out)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=with_signals)
    deadline = time.monotonic() + 60.0
    while len(processes_naming(out)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(processes_naming(out)) >= 2
    replay.send_signal(number)
    assert replay.wait(30.0) == 130
    assert processes_naming(out) == []


def with_signals():
    """Undo what a shell sets for jobs in the background: they ignore Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def processes_naming(path):
    """Return the command lines of processes, besides the replay itself, that name a path."""
    found = []
    for folder in Path('/proc').glob('[0-9]*'):
        try:
            words = (folder / 'cmdline').read_bytes().decode(errors='replace').split('\0')
        except OSError:
            continue
        if any(str(path) in word for word in words) and 'replay' not in words:
            found.append(words)
    return found


@pytest.mark.ros
def test_a_refused_parameter_is_the_reason_given(tmp_path):
    bag = write_small_bag(tmp_path / 'bag', seconds=1.0)
    (tmp_path / 'wrong.yaml').write_text(
        '/**/particle_filter:\n  ros__parameters: {fix.sigma: -1.0}\n')
    replay = Replay(bag, None, (tmp_path / 'wrong.yaml',), tmp_path / 'logs')
    with pytest.raises(ReplayError, match='fix.sigma'):
        run_graph(replay)


@pytest.mark.ros
@pytest.mark.slow
def test_a_bag_of_another_robot_without_camera_follows_gnss(shared_data, capsys, tmp_path):
    bag = shared_data / 'ros1_bag' / 'test1.bag'
    tiles = shared_data / 'geotiff' / 'pan1.tif'
    assert main(['replay', str(bag), '--tiles', str(tiles), '--rate', '20', '--out',
                 str(tmp_path), '--json']) == 0
    assert json.loads(capsys.readouterr().out)['median_error_m'] is None
    assert 'no camera measurement' in (tmp_path / 'report.html').read_text()


def test_a_process_that_ends_by_itself_is_named_with_its_last_words(tmp_path, monkeypatch):
    process = NodeProcess('broken', 'no_such_module_at_all', [], {}, tmp_path)
    with process:
        process.popen.wait(20.0)
        with pytest.raises(ReplayError, match='broken.*no_such_module_at_all'):
            process.require_alive()


def test_a_process_that_ignores_ctrl_c_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(node_process, 'STOP_LIMIT_S', 0.5)
    process = NodeProcess('stubborn', 'unused', [], {}, tmp_path)
    process._command = [sys.executable, '-c', (
        'import signal, sys, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n'
        'print("ready", file=sys.stderr, flush=True)\ntime.sleep(60)')]
    with process:
        deadline = threading.Event()
        for _ in range(200):
            if process.last_words() == 'ready':
                break
            deadline.wait(0.05)
    assert process.popen.returncode == -15


class PopenAndCtrlC(subprocess.Popen):
    """The user presses Ctrl-C while a process starts."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        signal.raise_signal(signal.SIGINT)


def test_a_process_that_ctrl_c_catches_starting_is_stopped(tmp_path, monkeypatch, ctrl_c):
    monkeypatch.setattr(subprocess, 'Popen', PopenAndCtrlC)
    process = NodeProcess('caught', 'http.server', ['0'], {}, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        with process:
            raise AssertionError('the interruption came too late')
    assert process.popen.returncode is not None


def test_domains_are_not_shared():
    with reserved_domain() as first, reserved_domain() as second:
        assert first != second
        assert all(1 <= domain <= 101 for domain in (first, second))


def test_truth_is_a_topic_or_a_file(tmp_path):
    (tmp_path / 'truth.tum').write_text('')
    assert split_truth('/truth') == ('/truth', None)
    assert split_truth('') == ('', None)
    assert split_truth(str(tmp_path / 'truth.tum')) == ('', tmp_path / 'truth.tum')
    with pytest.raises(RecordingError, match='gone.tum'):
        split_truth(str(tmp_path / 'gone.tum'))


def test_the_graph_stays_among_itself(monkeypatch):
    monkeypatch.setenv('ROS_LOCALHOST_ONLY', '1')
    environment = live_graph.isolated_environment(17)
    assert environment['ROS_DOMAIN_ID'] == '17'
    assert environment['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'LOCALHOST'
    assert 'ROS_LOCALHOST_ONLY' not in environment


def test_the_bag_player_is_told_what_to_play(tmp_path):
    replay = Replay(tmp_path / 'bag', None, (), tmp_path, rate=2)
    arguments = live_graph._player_arguments(replay)
    assert f'bag:={tmp_path / "bag"}' in arguments and 'rate:=2.0' in arguments
    assert np.all([part.count(':=') <= 1 for part in arguments])
