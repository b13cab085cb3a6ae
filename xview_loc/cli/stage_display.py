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

"""Progress of a replay, stage by stage."""

from __future__ import annotations

from types import TracebackType

from rich.progress import (
    BarColumn, Progress, SpinnerColumn, TaskID, TaskProgressColumn, TextColumn,
    TimeElapsedColumn)

from xview_loc.cli import console
from xview_loc.cli.live_graph import GraphStatus

NAMES = {
    'seeing': 'replaying through the nodes',
    'blind': 'replaying with black images',
}


class StageDisplay:
    """Progress bars on stderr, one per stage, with what the nodes are up to."""

    def __init__(self) -> None:
        """Prepare an empty display."""
        self._progress = Progress(
            SpinnerColumn(), TextColumn('{task.description}'), BarColumn(bar_width=28),
            TaskProgressColumn(), TimeElapsedColumn(), TextColumn('[dim]{task.fields[note]}'),
            console=console.stderr)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> StageDisplay:
        """Draw from the first stage on."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Stop drawing; a stage that ended well is shown as complete."""
        if kind is None:
            self._complete_all()
        if self._tasks:
            self._progress.stop()

    def advance(self, stage: str, fraction: float, note: str = '') -> None:
        """
        Show how far a stage is; a new stage completes the ones before it.

        :param stage: name of the stage.
        :param fraction: share done, in [0, 1].
        :param note: what is happening.
        """
        if stage not in self._tasks:
            self._complete_all()
            self._progress.start()
            self._tasks[stage] = self._progress.add_task(
                NAMES.get(stage, stage), total=1.0, note='')
        self._progress.update(self._tasks[stage], completed=fraction, note=note)

    def count(self, stage: str, done: int, total: int) -> None:
        """
        Show how far a countable stage is.

        :param stage: name of the stage.
        :param done: units done.
        :param total: units in all.
        """
        self.advance(stage, done / max(total, 1), f'{done} of {total}')

    def watch(self, stage: str, fraction: float, status: GraphStatus) -> None:
        """
        Show the state of the graph.

        :param stage: name of the stage.
        :param fraction: share of the bag that is played.
        :param status: what the recorder says.
        """
        waiting = [node for node, state in status.states.items() if state != 'active']
        note = f'{status.matches} matches, {status.poses} poses, {status.health or "waiting"}'
        if not status.states or waiting:
            note = 'starting the nodes'
        self.advance(stage, fraction, note)

    def _complete_all(self) -> None:
        """Show every stage so far as done."""
        for task in self._tasks.values():
            self._progress.update(task, completed=1.0)
