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

"""Finding the Python class of a message type by its name."""

from importlib import import_module
from typing import Any

from rclpy.exceptions import NoTypeSupportImportedException
from rclpy.type_support import check_for_type_support


def message_class(msgtype: str) -> Any | None:
    """
    Return the class of a message type, or ``None`` where its package is not installed.

    :param msgtype: such as ``sensor_msgs/msg/Image``.
    """
    package, _, name = msgtype.partition('/msg/')
    try:
        found = getattr(import_module(f'{package}.msg'), name)
        check_for_type_support(found)
    except (ImportError, AttributeError, NoTypeSupportImportedException):
        return None
    return found
