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


"""Counting what a node has published and worked off."""

import json

import pytest

from xview_loc.ros.progress_ledger import Progress, ProgressLedger


class Publisher:
    """A publisher that keeps what it is given."""

    topic_name = '/out'
    is_activated = True

    def __init__(self):
        self.sent = []

    def publish(self, message):
        self.sent.append(message)

    def get_subscription_count(self):
        return 2


def test_a_message_counts_once_its_callback_has_returned():
    ledger, seen = ProgressLedger(), []

    def callback(message):
        seen.append((message, dict(ledger.progress(True, 0).worked_off)))

    counted = ledger.counted('/in', callback)
    assert ledger.progress(True, 0).worked_off == {'/in': 0}
    counted('a')
    assert seen == [('a', {'/in': 0})]
    assert ledger.progress(True, 0).worked_off == {'/in': 1}


def test_a_message_whose_callback_raises_is_worked_off_too():
    ledger = ProgressLedger()

    def callback(_message):
        raise ValueError('bad')

    with pytest.raises(ValueError):
        ledger.counted('/in', callback)('a')
    assert ledger.progress(True, 0).worked_off == {'/in': 1}


def test_only_what_an_activated_publisher_sends_counts():
    ledger, publisher = ProgressLedger(), Publisher()
    ledger.watch(publisher)
    publisher.publish('a')
    publisher.is_activated = False
    publisher.publish('b')
    progress = ledger.progress(False, 7)
    assert progress == Progress(False, 7, {}, {'/out': 1}, {'/out': 2})
    assert publisher.sent == ['a', 'b']


def test_progress_survives_its_way_through_a_text():
    progress = Progress(True, 2 ** 62, {'/a': 3}, {'/b': 4}, {'/b': 1})
    assert Progress.from_json(progress.to_json()) == progress
    assert json.loads(progress.to_json())['clock_ns'] == 2 ** 62
