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
    A handler of signals that ends a start at once and a spin between two callbacks.

    Python's own handler raises ``KeyboardInterrupt`` after any instruction, also in a destructor,
    which prints it and drops it. While nodes spin this one only takes a note.
    """

    def __init__(self) -> None:
        """Begin as a process that starts."""
        self.asked = False
        self._deferring = False

    def install(self) -> None:
        """Handle SIGINT and SIGTERM; ROS, initialised afterwards, hears of them too."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Only note signals for the length of a ``with`` block."""
        self._deferring = True
        try:
            yield
        finally:
            self._deferring = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """
        Note that the process was asked to end.

        :param number: of the signal.
        :param frame: where it came.
        :raises KeyboardInterrupt: outside of :meth:`deferred`.
        """
        self.asked = True
        if not self._deferring:
            raise KeyboardInterrupt


interruption = Interruption()
