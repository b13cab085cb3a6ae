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

"""Signals end a start at once and are only noted while they are deferred."""

from collections.abc import Iterator
import signal

import pytest

from xview_loc.ros.interruption import Interruption


@pytest.fixture
def interruption() -> Iterator[Interruption]:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    installed = Interruption()
    installed.install()
    yield installed
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_signal_interrupts_at_once(interruption: Interruption, number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    assert interruption.asked


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_deferred_signal_is_noted(interruption: Interruption, number: signal.Signals) -> None:
    with interruption.deferred():
        assert not interruption.asked
        signal.raise_signal(number)
        assert interruption.asked


def test_after_the_block_signals_interrupt_again(interruption: Interruption) -> None:
    with interruption.deferred():
        pass
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
