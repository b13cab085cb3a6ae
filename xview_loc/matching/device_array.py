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

"""Arrays that remember their copy on the device that computed them."""

from __future__ import annotations

from typing import Any

import numpy as np


class DeviceArray(np.ndarray):
    """
    An array of this machine's memory, with the same values on a device.

    It is used like any other array. Given as it is to a graph on the same device, it does not
    travel there again; parts and results of arithmetic are plain values without a device.
    """

    on_device: Any

    @classmethod
    def of(cls, array: np.ndarray, on_device: Any) -> DeviceArray:
        """
        Return the array with its copy on a device.

        :param array: the values.
        :param on_device: the ``OrtValue`` with the same values.
        """
        made = array.view(cls)
        made.on_device = on_device
        made.flags.writeable = False
        return made

    def __array_finalize__(self, source: Any) -> None:
        """Start without a device: what was made from an array has other values."""
        self.on_device = None


def copy_on(array: Any, device: str) -> Any:
    """
    Return the copy of an array on a device, or ``None``.

    :param array: anything.
    :param device: ``cpu`` or ``cuda``.
    """
    value = getattr(array, 'on_device', None)
    return value if value is not None and value.device_name().lower() == device else None
