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

"""The filter broadcasts its correction of the odometry, unless another does."""

from filter_drive import Drive
import pytest
import small_world

from xview_loc.ros import filter_outputs
from xview_loc.ros.stamps import seconds

pytestmark = pytest.mark.ros


def test_without_tf2_ros_the_inputs_say_that_transforms_are_off(drive):
    drive.run(1.0)
    drive.bench.until(lambda: 'particle_filter: inputs' in drive.bench.diagnostics, 'a report')
    expected = 'broadcast' if filter_outputs.TransformPublisher(
        drive.node, 'test').works else 'off'
    assert drive.bench.value('particle_filter: inputs', 'transforms') == expected


def test_the_correction_is_broadcast_ahead_and_between_updates(bench, monkeypatch):
    sent = []

    class Broadcaster:
        works = True

        def __init__(self, _node, _what):
            pass

        def send(self, transform):
            sent.append(transform)

    monkeypatch.setattr(filter_outputs, 'TransformPublisher', Broadcaster)
    drive = Drive(bench, map_origin=list(small_world.DATUM))
    drive.run(6.0)
    drive.until(lambda: len(sent) > 60, 'transforms')
    last = sent[-1]
    assert (last.header.frame_id, last.child_frame_id) == ('map', 'odom')
    assert seconds(last.header.stamp) == pytest.approx(drive.now + 0.5, abs=0.3)
    expected = small_world.MAP_FROM_ODOM
    assert last.transform.translation.x == pytest.approx(expected.x, abs=3.0)
    assert last.transform.translation.y == pytest.approx(expected.y, abs=3.0)


def test_no_transform_is_broadcast_when_another_filter_owns_it(bench, monkeypatch):
    made = []
    monkeypatch.setattr(filter_outputs, 'TransformPublisher',
                        lambda *given: made.append(given))
    Drive(bench, output__publish_tf=False)
    assert made == []
