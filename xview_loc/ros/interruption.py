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

"""What SIGINT and SIGTERM do to a process of nodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import signal
from types import FrameType


class Interruption:
    """
    A handler of signals that ends a start at once and whatever comes later when it is ready.

    Python's own handler raises ``KeyboardInterrupt`` after any instruction: in a destructor, which
    prints it and drops it, or while another exception is handled. This one takes a note, and
    raises only where that is expected, once.
    """

    def __init__(self) -> None:
        """Begin as a process that nobody asked to end."""
        self.asked = False
        self._raising = False

    def install(self) -> None:
        """Handle SIGINT and SIGTERM; ROS, initialised afterwards, hears of them too."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the first signal raise ``KeyboardInterrupt`` for the length of a ``with`` block."""
        self._raising = True
        try:
            yield
        finally:
            self._raising = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """
        Note that the process was asked to end.

        :param number: of the signal.
        :param frame: where it came.
        :raises KeyboardInterrupt: inside of :meth:`interruptible`, at the first signal.
        """
        self.asked = True
        if self._raising:
            self._raising = False
            raise KeyboardInterrupt


interruption = Interruption()
