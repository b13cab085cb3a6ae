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

"""Where a camera sits, by the static transforms of a bag."""

from __future__ import annotations

import numpy as np

from xview_loc.errors import XviewLocError
from xview_loc.geometry.extrinsics import (
    inverse_transform, rigid_transform, rotation_from_quaternion)
from xview_loc.recordings.bag_reader import BagReader

STATIC_TRANSFORMS = '/tf_static'
BASE_FRAME = 'base_link'


def image_frame(reader: BagReader, topic: str) -> str:
    """Return the frame of the first image of a topic; '' when there is none."""
    for _, _, message in reader.messages([topic]):
        return str(message.header.frame_id)
    return ''


def camera_mounting_in(reader: BagReader, frame: str) -> np.ndarray | None:
    """
    Return ``base_from_camera`` of a frame by the static transforms of the bag.

    :param reader: the bag.
    :param frame: optical frame.
    :return: ``(4, 4)``, or ``None`` where the transforms do not join it to ``base_link``.
    """
    if STATIC_TRANSFORMS not in reader.topics:
        return None
    parents: dict[str, tuple[str, np.ndarray]] = {}
    for _, _, message in reader.messages([STATIC_TRANSFORMS]):
        for edge in message.transforms:
            place, turn = edge.transform.translation, edge.transform.rotation
            try:
                matrix = rigid_transform(
                    (place.x, place.y, place.z),
                    rotation_from_quaternion(turn.x, turn.y, turn.z, turn.w))
            except XviewLocError:
                continue
            parents[edge.child_frame_id.lstrip('/')] = edge.header.frame_id.lstrip('/'), matrix
    return joined(parents, BASE_FRAME, frame.lstrip('/'))


def joined(parents: dict[str, tuple[str, np.ndarray]], target: str,
           source: str) -> np.ndarray | None:
    """
    Join the edges of a tree of frames.

    :param parents: parent and ``parent_from_child`` by child.
    :param target: frame to end in; the source, one above it, or one beside it.
    :param source: frame to start from.
    :return: ``(4, 4)`` ``target_from_source``, or ``None`` when they are not joined.
    """
    from_source, from_target = _ancestors(parents, source), _ancestors(parents, target)
    for frame, ancestor_from_source in from_source.items():
        if frame in from_target:
            return inverse_transform(from_target[frame]) @ ancestor_from_source
    return None


def _ancestors(parents: dict[str, tuple[str, np.ndarray]], frame: str) -> dict[str, np.ndarray]:
    """Return ``ancestor_from_frame`` for a frame and everything above it, nearest first."""
    found = {frame: np.eye(4)}
    while frame in parents:
        parent, matrix = parents[frame]
        if parent in found:
            break
        found[parent] = matrix @ found[frame]
        frame = parent
    return found
