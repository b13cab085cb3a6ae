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

"""The same drive with the camera blind: what a localizer must not be able to use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from xview_loc.camera.image_decoding import decode_compressed
from xview_loc.recordings import bag_messages
from xview_loc.recordings.bag_reader import BagMessage, BagReader
from xview_loc.recordings.bag_topics import COMPRESSED_IMAGE, RAW_IMAGE
from xview_loc.recordings.bag_writer import BagWriter


def write_blacked_out(bag: Path, out: Path,
                      progress: Callable[[float], None] = lambda fraction: None) -> Path:
    """
    Copy a bag with every image black; everything else is copied byte by byte.

    :param bag: the recording.
    :param out: bag to write.
    :param progress: told the share that is done, in [0, 1].
    """
    black: dict[str, np.ndarray] = {}
    with BagReader(bag) as reader, BagWriter(out) as writer:
        topics, total = reader.topics, max(reader.message_count, 1)
        for count, message in enumerate(reader.serialized()):
            data: bytes | memoryview = message.data
            if message.msgtype in (RAW_IMAGE, COMPRESSED_IMAGE):
                data = _blackened(message, black)
            writer.write_serialized(message.topic, message.msgtype, data, message.log_ns,
                                    latched=topics[message.topic].latched)
            progress((count + 1) / total)
    return out


def _blackened(message: BagMessage, black: dict[str, np.ndarray]) -> memoryview:
    """Return an image message with black pixels; the black file of a topic is made once."""
    store = bag_messages.typestore()
    image: Any = store.deserialize_cdr(message.data, message.msgtype)
    if message.msgtype == RAW_IMAGE:
        image.data = np.zeros_like(image.data)
        return store.serialize_cdr(image, message.msgtype)
    if message.topic not in black:
        shape = decode_compressed(image.data).shape
        black[message.topic] = cv2.imencode('.jpg', np.zeros(shape, np.uint8))[1].reshape(-1)
    image.data, image.format = black[message.topic], 'jpeg'
    return store.serialize_cdr(image, message.msgtype)
