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

"""The real nodes as processes of their own, in a ROS domain of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import threading
import time

from xview_loc.cli.node_process import NodeProcess, ReplayError
from xview_loc.cli.ros_domain import reserved_domain
from xview_loc.report.live_run import LiveRun

FILTER_NODES = ('particle_filter',)
NODES = ('image_batcher', 'tile_manager', 'matcher', *FILTER_NODES)
START_LIMIT_S = 40.0
DRAIN_LIMIT_S = 6.0
QUIET_S = 1.2


@dataclass(frozen=True)
class GraphStatus:
    """
    What the recorder says while it records.

    :param states: lifecycle state of each node.
    :param problems: why a node's last transition failed, or ''.
    :param clock: ROS time [s]; 0 before the first tick.
    :param poses: poses received.
    :param matches: heatmaps received.
    :param health: the filter's health.
    """

    states: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    clock: float = 0.0
    poses: int = 0
    matches: int = 0
    health: str = ''


@dataclass(frozen=True)
class Replay:
    """
    What to replay and how.

    :param bag: the recording.
    :param tiles: imagery source; without one only the filter runs.
    :param configs: YAML files of node parameters; a later one wins.
    :param folder: where logs and the recorded run go.
    :param rate: speed of the replay.
    :param player_arguments: further ROS arguments of the bag player, such as remappings.
    :param lockstep: play each message only after everything before it has been worked off.
    :param composed: run all nodes in one process.
    :param node_arguments: further ROS arguments of perception and filter.
    """

    bag: Path
    tiles: Path | None
    configs: tuple[Path, ...]
    folder: Path
    rate: float = 1.0
    player_arguments: tuple[str, ...] = ()
    lockstep: bool = False
    composed: bool = False
    node_arguments: tuple[str, ...] = ()

    @property
    def executables(self) -> tuple[str, ...]:
        """Return the executables to start."""
        if self.tiles is None:
            return ('particle_filter',)
        return ('localizer',) if self.composed else ('perception', 'particle_filter')

    @property
    def nodes(self) -> tuple[str, ...]:
        """Return the nodes that must become active."""
        return FILTER_NODES if self.tiles is None else NODES


def run_graph(replay: Replay,
              watch: Callable[[GraphStatus], None] = lambda status: None) -> LiveRun:
    """
    Start the nodes, play the bag once they are active, and return what they published.

    :param replay: what to replay.
    :param watch: called about twice a second with the state of affairs.
    :raises ReplayError: when a node does not become active or ends by itself.
    """
    replay.folder.mkdir(parents=True, exist_ok=True)
    recorded = replay.folder / 'run.npz'
    with ExitStack() as stack:
        environment = isolated_environment(stack.enter_context(reserved_domain()))
        recorder = _Recorder(stack.enter_context(NodeProcess(
            'recorder', 'xview_loc.cli.recorder', [str(recorded), *_ros(use_sim_time=True)],
            environment, replay.folder, piped=True)))
        nodes = [stack.enter_context(NodeProcess(
            name, f'xview_loc.ros.{name}', _node_arguments(replay), environment, replay.folder))
            for name in replay.executables]
        _wait_until_active(recorder, nodes, replay.nodes, watch)
        player = stack.enter_context(NodeProcess(
            'bag_player', 'xview_loc.ros.bag_player', _player_arguments(replay), environment,
            replay.folder))
        _watch_until_played(recorder, nodes, player, watch)
        _drain(recorder, nodes, watch)
        recorder.process.stop()
    return LiveRun.load(recorded)


def isolated_environment(domain: int) -> dict[str, str]:
    """
    Return the environment of this process, restricted to a domain on this machine.

    :param domain: ROS domain id.
    """
    environment = dict(os.environ)
    environment['ROS_DOMAIN_ID'] = str(domain)
    environment['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    for name in ('ROS_LOCALHOST_ONLY', 'ROS_STATIC_PEERS'):
        environment.pop(name, None)
    environment['PYTHONUNBUFFERED'] = '1'
    return environment


def _ros(**parameters: object) -> list[str]:
    """Return ROS arguments that set parameters."""
    arguments = ['--ros-args']
    for name, value in parameters.items():
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        arguments += ['-p', f'{name}:={shown}']
    return arguments


def _node_arguments(replay: Replay) -> list[str]:
    """Return the arguments of perception and filter."""
    arguments = _ros(use_sim_time=True, lockstep=replay.lockstep)
    for config in replay.configs:
        arguments += ['--params-file', str(config)]
    if replay.tiles is not None:
        # named with its node: an entry of a file that names the node would win otherwise
        arguments += ['-p', f'tile_manager:imagery:={replay.tiles.resolve()}']
    return [*arguments, *replay.node_arguments]


def _player_arguments(replay: Replay) -> list[str]:
    """Return the arguments of the bag player."""
    in_step = {'lockstep_nodes': ','.join(replay.nodes)} if replay.lockstep else {}
    return [*_ros(bag=replay.bag.resolve(), rate=float(replay.rate), wait_for_subscribers_s=10.0,
                  **in_step), *replay.player_arguments]


class _Recorder:
    """Reads the reports of the recorder in a thread; the newest one counts."""

    def __init__(self, process: NodeProcess) -> None:
        """Start reading."""
        self.process = process
        self.status = GraphStatus()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        """Keep the newest report until the pipe closes."""
        stream = self.process.popen.stdout
        assert stream is not None
        try:
            for line in stream:
                if line.startswith('{'):
                    self.status = GraphStatus(**json.loads(line))
        except ValueError:
            return  # the pipe was closed while reading


def _wait_until_active(recorder: _Recorder, processes: list[NodeProcess], nodes: tuple[str, ...],
                       watch: Callable[[GraphStatus], None]) -> None:
    """Wait until every node is active, or say which one is not and why."""
    until = time.monotonic() + START_LIMIT_S
    while any(recorder.status.states.get(node) != 'active' for node in nodes):
        _check(recorder, processes)
        for node, problem in recorder.status.problems.items():
            if problem:
                raise ReplayError(f'The node {node} does not start: {problem}')
        if time.monotonic() > until:
            missing = [node for node in nodes if recorder.status.states.get(node) != 'active']
            raise ReplayError(
                f'After {START_LIMIT_S:.0f} s these nodes are not active: {", ".join(missing)}; '
                f'see the logs in {recorder.process.log.parent}.')
        watch(recorder.status)
        time.sleep(0.1)


def _watch_until_played(recorder: _Recorder, nodes: list[NodeProcess], player: NodeProcess,
                        watch: Callable[[GraphStatus], None]) -> None:
    """Wait for the bag player to end, while everything else stays alive."""
    while player.popen.poll() is None:
        _check(recorder, nodes)
        watch(recorder.status)
        time.sleep(0.2)
    if player.popen.returncode != 0:
        player.require_alive()


def _drain(recorder: _Recorder, nodes: list[NodeProcess],
           watch: Callable[[GraphStatus], None]) -> None:
    """Wait until no more poses come, or long enough."""
    until = time.monotonic() + DRAIN_LIMIT_S
    count, since = recorder.status.poses, time.monotonic()
    while time.monotonic() < until and time.monotonic() - since < QUIET_S:
        _check(recorder, nodes)
        if recorder.status.poses != count:
            count, since = recorder.status.poses, time.monotonic()
        watch(recorder.status)
        time.sleep(0.1)


def _check(recorder: _Recorder, nodes: list[NodeProcess]) -> None:
    """Raise when a process has ended by itself."""
    for process in (recorder.process, *nodes):
        process.require_alive()
