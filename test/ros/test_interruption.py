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

"""Signals end a start at once and are only noted afterwards."""

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
def test_signal_interrupts_a_block_at_once(
        interruption: Interruption, number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), interruption.interruptible():
        signal.raise_signal(number)
    assert interruption.asked


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_signal_elsewhere_is_noted(interruption: Interruption, number: signal.Signals) -> None:
    with interruption.interruptible():
        assert not interruption.asked
    signal.raise_signal(number)
    assert interruption.asked


def test_a_second_signal_does_not_disturb_what_the_first_began(
        interruption: Interruption) -> None:
    ended = False
    with pytest.raises(KeyboardInterrupt), interruption.interruptible():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGINT)
            ended = True
    assert ended


def test_signal_while_an_error_is_handled_is_noted(interruption: Interruption) -> None:
    with pytest.raises(RuntimeError, match='first') as caught:
        try:
            with interruption.interruptible():
                raise RuntimeError('first')
        finally:
            signal.raise_signal(signal.SIGTERM)
    assert interruption.asked and caught.value.__context__ is None
