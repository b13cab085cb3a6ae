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

"""tf2_ros is optional: what works with it and what is said without it."""

import types

from geometry_msgs.msg import TransformStamped
import numpy as np
import pytest

from xview_loc.ros import transforms


class FakeLog:
    """Remembers what a node says."""

    def __init__(self):
        self.warnings = []

    def get_logger(self):
        return self

    def warning(self, text):
        self.warnings.append(text)


class FakeBuffer:
    """A tf buffer with the transforms it is given."""

    known: dict = {}

    def __init__(self, node):
        self.node = node

    def can_transform(self, target, source, _time):
        return (target, source) in self.known

    def lookup_transform(self, target, source, _time):
        return self.known[target, source]


class FakeListener:
    """Counts whether it listens."""

    listening = 0

    def __init__(self, _buffer, _node):
        FakeListener.listening += 1

    def unregister(self):
        FakeListener.listening -= 1


@pytest.fixture
def fake_tf(monkeypatch):
    """Install a stand-in for tf2_ros."""
    sent = []
    fake = types.SimpleNamespace(
        Buffer=FakeBuffer, TransformListener=FakeListener, sent=sent,
        TransformBroadcaster=lambda node: types.SimpleNamespace(sendTransform=sent.append))
    monkeypatch.setattr(transforms, 'tf2_ros', fake)
    monkeypatch.setattr(transforms, 'AVAILABLE', True)
    monkeypatch.setattr(FakeBuffer, 'known', {})
    monkeypatch.setattr(FakeListener, 'listening', 0)
    return fake


def test_without_tf2_ros_one_warning_names_what_is_off(monkeypatch):
    monkeypatch.setattr(transforms, 'tf2_ros', None)
    monkeypatch.setattr(transforms, 'AVAILABLE', False)
    node = FakeLog()
    publisher = transforms.TransformPublisher(node, 'map -> odom')
    publisher.send(TransformStamped())
    publisher.send(TransformStamped())
    assert not publisher.works
    assert len(node.warnings) == 1
    assert 'map -> odom' in node.warnings[0]
    assert transforms.StaticTransform(node).lookup('base_link', 'camera') is None


def test_with_tf2_ros_transforms_go_out_in_one_call(fake_tf):
    publisher = transforms.TransformPublisher(FakeLog(), 'map -> odom')
    message = TransformStamped(child_frame_id='odom')
    publisher.send(message)
    assert publisher.works
    assert fake_tf.sent == [[message]]


def test_a_static_transform_is_looked_up_until_known_and_then_no_longer_listened_for(fake_tf):
    static = transforms.StaticTransform(FakeLog())
    assert static.lookup('base_link', 'camera') is None
    assert FakeListener.listening == 1
    message = TransformStamped()
    message.transform.translation.x = 1.5
    message.transform.translation.z = 0.5
    message.transform.rotation.z = message.transform.rotation.w = np.sqrt(0.5)
    FakeBuffer.known['base_link', 'camera'] = message
    matrix = static.lookup('base_link', 'camera')
    np.testing.assert_allclose(
        matrix, [[0, -1, 0, 1.5], [1, 0, 0, 0], [0, 0, 1, 0.5], [0, 0, 0, 1]], atol=1e-12)
    assert FakeListener.listening == 0
