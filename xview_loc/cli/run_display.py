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

"""Progress of a training run or of a test, with the time that is left."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

from rich.progress import TaskID

from xview_loc.cli import console

SHOWN = 4


class RunDisplay:
    """
    One bar for each stage on stderr, and a line for every epoch.

    :param silent: show nothing, as one of several processes.
    """

    def __init__(self, silent: bool = False) -> None:
        """Prepare an empty display."""
        self._silent = silent
        self._progress = console.progress()
        self._tasks: dict[str, TaskID] = {}
        self._began: tuple[float, int] | None = None
        self._steps = (0, 0)

    def __enter__(self) -> RunDisplay:
        """Draw from the first stage on: an error before it is a sentence alone."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Stop drawing."""
        if self._tasks:
            self._progress.stop()

    def progress(self, stage: str, done: int, total: int) -> None:
        """
        Show how far a stage is; epochs share one bar.

        :param stage: name; stages of training are named ``epoch N``.
        :param done: steps.
        :param total: of the steps, 0 where it is not known.
        """
        if self._silent:
            return
        name = 'training' if stage.startswith('epoch ') else stage
        if name == 'training':
            if self._began is None:
                self._began = (time.monotonic(), done - 1)
            self._steps = (done, total)
        if not self._tasks:
            self._progress.start()
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total or None)
        self._progress.update(
            self._tasks[name], completed=done, total=total or None, description=stage)

    def epoch(self, record: dict[str, Any]) -> None:
        """
        Print the figures of an epoch and the time that is left.

        :param record: see :class:`.run_files.RunFiles`.
        """
        figures = [f'{name} {value:.4g}' for name, value in record.get('figures', {}).items()
                   if isinstance(value, (int, float))][:SHOWN]
        words = [f'epoch {record["epoch"] + 1}', f'loss {record["loss"]:.4f}', *figures,
                 f'{record["seconds"]:.1f} s', self.left()]
        console.say(', '.join(word for word in words if word))

    def left(self) -> str:
        """Return the time that the rest of the run will take, '' before anything is known."""
        done, total = self._steps
        if self._began is None or total == 0:
            return ''
        start, before = self._began
        if done <= before:
            return ''
        seconds = round((time.monotonic() - start) / (done - before) * (total - done))
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f'{hours}:{minutes:02d}:{seconds:02d} left'
