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

"""The differences between Humble, Jazzy and Kilted, detected in one place."""

import math
from typing import Any

from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node

try:
    from rclpy.event_handler import SubscriptionEventCallbacks
except ImportError:  # Humble
    from rclpy.qos_event import SubscriptionEventCallbacks  # type: ignore[no-redef]

__all__ = ['HAS_POST_SET_CALLBACK', 'SubscriptionEventCallbacks',
           'refuse_impossible_transitions', 'stamp_now']

HAS_POST_SET_CALLBACK = hasattr(Node, 'add_post_set_parameters_callback')


def stamp_now(node: Node) -> float:
    """
    Return the time on the node's clock [s].

    :return: NaN while simulated time has not started, so that ages computed from it are NaN and
        no limit fires.
    """
    now = node.get_clock().now().nanoseconds
    return now * 1e-9 if now > 0 else math.nan


def refuse_impossible_transitions(node: LifecycleNode) -> None:
    """
    Answer a request for an impossible transition with failure.

    Up to Kilted rclpy lets the error escape into the executor, which ends the process.

    :param node: the node whose service is guarded.
    """
    service = getattr(node, '_service_change_state', None)
    if service is None:
        return
    change_state = service.callback

    def guarded(request: Any, response: Any) -> Any:
        try:
            return change_state(request, response)
        except rclpy_implementation.RCLError:
            response.success = False
            return response

    service.callback = guarded
