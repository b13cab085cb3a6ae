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

from xview_loc.geometry.extrinsics import BODY_FROM_OPTICAL, rpy_from_rotation
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.bag_topics import BagTopics
from xview_loc.recordings.static_transforms import camera_mounting_in, image_frame


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


def mounting_parameters(base_from_camera: np.ndarray) -> dict[str, float]:
    """
    Return a mounting as the parameters ``camera.x`` to ``camera.yaw``.

    :param base_from_camera: ``(4, 4)`` pose of the optical frame in ``base_link``.
    """
    x, y, z = base_from_camera[:3, 3]
    roll, pitch, yaw = rpy_from_rotation(base_from_camera[:3, :3] @ BODY_FROM_OPTICAL.T)
    values = {'x': x, 'y': y, 'z': z, 'roll': roll, 'pitch': pitch, 'yaw': yaw}
    return {name: float(value) for name, value in values.items()}
