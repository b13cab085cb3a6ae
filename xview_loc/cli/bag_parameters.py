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

"""Node parameters that a bag itself can tell: the map's origin and where the camera sits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from xview_loc.cli.bag_topics import BagTopics
from xview_loc.errors import XviewLocError
from xview_loc.geometry.extrinsics import (
    BODY_FROM_OPTICAL, inverse_transform, rigid_transform, rotation_from_quaternion,
    rpy_from_rotation)
from xview_loc.recordings.bag_reader import BagReader

STATIC_TRANSFORMS = '/tf_static'
BASE_FRAME = 'base_link'


def bag_parameters(reader: BagReader, topics: BagTopics) -> dict[str, Any]:
    """
    Return the parameters that the bag tells, for any node.

    The mounting comes from ``/tf_static``; origin and height of ``base_link`` from the metadata
    that our own converters write.

    :param reader: the bag.
    :param topics: which topic is which.
    """
    parameters: dict[str, Any] = {}
    custom = reader.custom_data
    if 'map_origin' in custom:
        parameters['map_origin'] = [float(value) for value in custom['map_origin'].split()]
    if 'base_height' in custom:
        parameters['base_height'] = float(custom['base_height'])
    if topics.image:
        parameters['image_transport'] = 'compressed' if topics.is_compressed else 'raw'
        mounting = camera_mounting_in(reader, image_frame(reader, topics.image))
        if mounting is not None:
            parameters['camera'] = mounting_parameters(mounting)
    return parameters


def write_parameters(path: Path, parameters: dict[str, Any]) -> Path:
    """
    Write parameters for every node.

    :param path: YAML file; an old one is replaced.
    :param parameters: by name, nested.
    """
    path.write_text(yaml.safe_dump({'/**': {'ros__parameters': parameters}}), encoding='utf-8')
    return path


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


def mounting_parameters(base_from_camera: np.ndarray) -> dict[str, float]:
    """
    Return a mounting as the parameters ``camera.x`` to ``camera.yaw``.

    :param base_from_camera: ``(4, 4)`` pose of the optical frame in ``base_link``.
    """
    x, y, z = base_from_camera[:3, 3]
    roll, pitch, yaw = rpy_from_rotation(base_from_camera[:3, :3] @ BODY_FROM_OPTICAL.T)
    values = {'x': x, 'y': y, 'z': z, 'roll': roll, 'pitch': pitch, 'yaw': yaw}
    return {name: float(value) for name, value in values.items()}
