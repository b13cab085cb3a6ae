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

"""The only place that knows tf2_ros, which a wheel environment lacks."""

from __future__ import annotations

from typing import Any

from geometry_msgs.msg import TransformStamped
import numpy as np
from rclpy.node import Node
from rclpy.time import Time

from xview_loc.geometry.extrinsics import rigid_transform, rotation_from_quaternion

try:
    import tf2_ros
except ImportError:
    tf2_ros = None

AVAILABLE = tf2_ros is not None


class TransformPublisher:
    """
    Broadcasts transforms where tf2_ros is installed and warns once where it is not.

    :param node: the node that broadcasts.
    :param what: the transforms, for the warning.
    """

    def __init__(self, node: Node, what: str) -> None:
        """Make the broadcaster."""
        self._broadcaster: Any = None
        if AVAILABLE:
            self._broadcaster = tf2_ros.TransformBroadcaster(node)
            return
        node.get_logger().warning(
            f'tf2_ros is not installed: {what} is not broadcast; everything else works.')

    @property
    def works(self) -> bool:
        """Tell whether transforms go out."""
        return self._broadcaster is not None

    def send(self, transform: TransformStamped) -> None:
        """Broadcast a transform, if possible."""
        if self._broadcaster is not None:
            self._broadcaster.sendTransform([transform])


class StaticTransform:
    """
    Looks one static transform up, then stops listening: busy tf topics are costly in Python.

    :param node: the node that listens.
    """

    def __init__(self, node: Node) -> None:
        """Start to listen where tf2_ros is installed."""
        self._buffer: Any = None
        self._listener: Any = None
        if AVAILABLE:
            self._buffer = tf2_ros.Buffer(node=node)
            self._listener = tf2_ros.TransformListener(self._buffer, node)

    def lookup(self, target: str, source: str) -> np.ndarray | None:
        """
        Return the transform once it is known, without waiting.

        :param target: frame to express in.
        :param source: frame to express.
        :return: ``(4, 4)`` ``target_from_source``; ``None`` while it is not known.
        """
        if self._buffer is None or not self._buffer.can_transform(target, source, Time()):
            return None
        transform = self._buffer.lookup_transform(target, source, Time()).transform
        place, turn = transform.translation, transform.rotation
        self.close()
        return rigid_transform((place.x, place.y, place.z),
                               rotation_from_quaternion(turn.x, turn.y, turn.z, turn.w))

    def close(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.unregister()
        self._listener = self._buffer = None
