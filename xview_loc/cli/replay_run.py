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

"""Playing a bag through the real nodes and judging the outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import json
from pathlib import Path
import shutil

from xview_loc.cli import console
from xview_loc.cli.bag_drive import first_fix, read_drive
from xview_loc.cli.bag_parameters import bag_parameters, write_parameters
from xview_loc.cli.blackout import write_blacked_out
from xview_loc.cli.live_graph import GraphStatus, Replay, run_graph
from xview_loc.cli.prior_only import prior_only_track
from xview_loc.errors import RecordingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.matching.load_matcher import TRAINING_FREE
from xview_loc.matching.model_folders import find_package
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.bag_topics import BagTopics, choose_topics
from xview_loc.recordings.trajectory import Trajectory, write_tum
from xview_loc.report.evaluation import Drive, evaluate, Evaluation
from xview_loc.report.live_run import LiveRun

Watch = Callable[[str, float, GraphStatus], None]


@dataclass(frozen=True)
class ReplayRequest:
    """
    What to replay, where to, and what to compare it to.

    :param bag: the recording.
    :param out: folder of the results; made when missing.
    :param tiles: imagery; without it only the filter runs.
    :param config: YAML of node parameters.
    :param truth: topic or TUM file; '' takes the bag's own truth topic, if any.
    :param rate: speed of the replay.
    :param blind: also replay with blacked-out images.
    :param topics: names given by the user, by field of :class:`BagTopics`.
    :param lockstep: let the bag wait for the nodes, so that every replay gives the same bytes.
    :param composed: run all nodes in one process.
    :param model: for the matcher; '' leaves it to the parameters.
    :param allow_untrained: run packages with random weights too.
    """

    bag: Path
    out: Path
    tiles: Path | None = None
    config: Path | None = None
    truth: str = ''
    rate: float = 1.0
    blind: bool = False
    topics: tuple[tuple[str, str], ...] = ()
    lockstep: bool = False
    composed: bool = False
    model: str = ''
    allow_untrained: bool = False

    def node_arguments(self) -> tuple[str, ...]:
        """
        Return the ROS arguments that choose the model.

        :raises MatchingError: when there is none of that name.
        """
        arguments: tuple[str, ...] = ()
        if self.model:
            named = self.model if self.model == TRAINING_FREE else find_package(
                self.model).resolve()
            arguments += '-p', f'matcher:model:={named}'
        if self.allow_untrained:
            arguments += '-p', 'matcher:allow_untrained:=true'
        return arguments


@dataclass(frozen=True)
class ReplayOutcome:
    """
    What came of a replay.

    :param request: what was asked for.
    :param topics: the topics that were used.
    :param run: what the nodes published.
    :param blind: the same with blacked-out images, or ``None``.
    :param drive: GNSS, odometry and truth.
    :param evaluation: the figures.
    :param frame: the map, or ``None`` when it never got an origin.
    """

    request: ReplayRequest
    topics: BagTopics
    run: LiveRun
    blind: LiveRun | None
    drive: Drive
    evaluation: Evaluation
    frame: LocalFrame | None


def replay_bag(request: ReplayRequest, watch: Watch = lambda *_: None) -> ReplayOutcome:
    """
    Replay a bag through the nodes, evaluate it, and write trajectory and metrics.

    :param request: what to replay.
    :param watch: told the name of the stage, its share done, and the state of the graph.
    """
    request.out.mkdir(parents=True, exist_ok=True)
    truth_topic, truth_file = split_truth(request.truth)
    with BagReader(request.bag) as reader:
        topics = choose_topics(reader, truth=truth_topic, **dict(request.topics))
        told = write_parameters(
            request.out / 'bag_parameters.yaml', bag_parameters(reader, topics))
        player = _Player(request, topics, told, reader.start_ns * 1e-9, reader.duration_s, watch)
    run = player.play(request.bag, 'seeing')
    blind = None
    if request.blind:
        blind = player.play(_blacked_out(request), 'blind')
    with BagReader(request.bag) as reader:
        origin = run.map_origin or first_fix(reader, topics.fix)
        frame = None if origin is None else LocalFrame(*origin)
        drive = read_drive(reader, topics, frame, truth_file)
    prior = prior_only_track(drive) if drive.truth is not None else None
    outcome = ReplayOutcome(
        request, topics, run, blind, drive, evaluate(run, drive, blind, prior), frame)
    write_tum(request.out / 'trajectory.tum', Trajectory(run.poses.stamps, run.poses.poses))
    (request.out / 'metrics.json').write_text(
        json.dumps(console.plain(outcome.evaluation.figures), indent=2) + '\n',
        encoding='utf-8')
    return outcome


def split_truth(text: str) -> tuple[str, Path | None]:
    """
    Tell a truth topic from a TUM file.

    :param text: topic, path of an existing file, or ''.
    :return: topic or '', and file or ``None``.
    """
    path = Path(text)
    if text and path.is_file():
        return '', path
    if text.endswith(('.tum', '.txt')):
        raise RecordingError(f'The truth file {path} does not exist.')
    return text, None


@dataclass(frozen=True)
class _Player:
    """
    What the replays of one request have in common.

    :param told: YAML of what the bag tells; the user's own file wins over it.
    :param start: log time of the first message [s].
    :param duration: length of the bag [s].
    """

    request: ReplayRequest
    topics: BagTopics
    told: Path
    start: float
    duration: float
    watch: Watch

    def play(self, bag: Path, stage: str) -> LiveRun:
        """
        Run the graph once and report its progress.

        :param bag: the recording, or a variant of it.
        :param stage: name of the stage and of the folder of its logs.
        """
        def follow(status: GraphStatus) -> None:
            elapsed = (status.clock - self.start) / self.duration if self.duration > 0.0 else 1.0
            self.watch(stage, min(max(elapsed, 0.0), 1.0), status)

        request, remappings = self.request, self.topics.remappings()
        configs = [self.told, *filter(None, [request.config])]
        return run_graph(Replay(
            bag=bag, tiles=request.tiles, configs=tuple(configs), folder=request.out / stage,
            rate=request.rate, lockstep=request.lockstep, composed=request.composed,
            node_arguments=request.node_arguments(),
            player_arguments=('-p', f'remappings:={remappings}') if remappings else ()), follow)


def _blacked_out(request: ReplayRequest) -> Path:
    """Write the bag with black images, in place of one from an earlier run."""
    bag = request.out / 'blind' / 'bag'
    shutil.rmtree(bag, ignore_errors=True)
    bag.parent.mkdir(parents=True, exist_ok=True)
    return write_blacked_out(request.bag, bag)
