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

"""Images out of the messages of a bag."""

from __future__ import annotations

from typing import Any

import numpy as np

from xview_loc.camera.image_decoding import decode_compressed, decode_raw


def decode_message(message: Any) -> np.ndarray:
    """
    Return the RGB image of a raw or compressed image message of a bag.

    :param message: as :class:`BagReader` yields it.
    :raises CameraError: when it cannot be decoded.
    """
    if not hasattr(message, 'encoding'):
        return decode_compressed(message.data)
    return decode_raw(message.encoding, message.height, message.width, message.step,
                      message.data, bool(message.is_bigendian))
