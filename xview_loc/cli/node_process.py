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

"""One of our executables as a process that can be watched and stopped."""

from __future__ import annotations

from pathlib import Path
import signal
import subprocess
import sys

from xview_loc.cli.deferred_signals import deferred_signals
from xview_loc.errors import XviewLocError

STOP_LIMIT_S = 8.0


class ReplayError(XviewLocError):
    """The nodes did not start, or one of them ended during a replay."""


class NodeProcess:
    """One of our executables; its output goes to a log file, or to a pipe when asked."""

    def __init__(self, name: str, module: str, arguments: list[str],
                 environment: dict[str, str], folder: Path, piped: bool = False) -> None:
        """Remember how to start it."""
        self.name = name
        self.log = folder / f'{name}.log'
        self._command = [sys.executable, '-m', module, *arguments]
        self._environment = environment
        self._piped = piped
        self.popen: subprocess.Popen[str]

    def __enter__(self) -> NodeProcess:
        """Start it in a session of its own, so that Ctrl-C reaches it only through us."""
        try:
            with deferred_signals(), self.log.open('w', encoding='utf-8') as log:
                self.popen = subprocess.Popen(
                    self._command, env=self._environment, text=True, start_new_session=True,
                    stdin=subprocess.DEVNULL, stderr=log,
                    stdout=subprocess.PIPE if self._piped else log)
        except KeyboardInterrupt:
            if hasattr(self, 'popen'):
                self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def stop(self) -> None:
        """Ask it to end as Ctrl-C would; insist after a while."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if self.popen.poll() is None:
                self.popen.send_signal(number)
                try:
                    self.popen.wait(STOP_LIMIT_S)
                except subprocess.TimeoutExpired:
                    continue
        if self.popen.stdout is not None:
            self.popen.stdout.close()

    def require_alive(self) -> None:
        """Raise with the last words of a process that has ended."""
        code = self.popen.poll()
        if code is not None:
            raise ReplayError(
                f'The process {self.name} ended with exit code {code}: {self.last_words()}; '
                f'its log is {self.log}.')

    def last_words(self) -> str:
        """Return the last line of the log."""
        lines = self.log.read_text(encoding='utf-8', errors='replace').strip().splitlines()
        return lines[-1].strip() if lines else 'it wrote nothing'
