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

"""Turning ROS 1 messages into the CDR of ROS 2 without decoding where their layout allows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO

from rosbags.convert.converter import generate_message_converter
from rosbags.typesys import get_typestore, Stores
from rosbags.typesys.store import Typestore


def cdr_converter(source: Typestore, msgtype: str) -> Callable[[bytes], memoryview]:
    """
    Return a function from a serialised ROS 1 message to CDR.

    A type that ROS 2 knows is written in its present layout, field by field where the two
    differ; a type that ROS 2 does not know keeps its own layout.

    :param source: the types of the bag.
    :param msgtype: name of the message type.
    """
    target = get_typestore(Stores.ROS2_JAZZY)
    if msgtype not in target.fielddefs:
        header = target.fielddefs['std_msgs/msg/Header']
        target = get_typestore(Stores.EMPTY)
        target.register({**source.fielddefs, 'std_msgs/msg/Header': header})
    # The library announces a change of layout on stdout, where our callers print JSON.
    with redirect_stdout(StringIO()):
        return generate_message_converter(
            source, target, msgtype, msgtype, {}, src_is2=False, dst_is2=True)
