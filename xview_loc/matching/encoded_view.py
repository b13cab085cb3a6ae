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

"""A ground view after its network, and the poses that it is compared for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xview_loc.matching.ground_view import GroundView


@dataclass(frozen=True)
class EncodedView:
    """
    What the ground network makes of a view.

    :param arrays: its outputs by name, for ``match``.
    :param yaws: ``(K,)`` of ``base_link`` that are compared [rad].
    :param offsets: ``(K, 2)`` from ``base_link`` to the camera, east and north [m].
    :param looks: ``(K,)`` yaws of the view's centre column [rad].
    """

    arrays: Mapping[str, np.ndarray]
    yaws: np.ndarray
    offsets: np.ndarray
    looks: np.ndarray


def encoded_view(arrays: Mapping[str, np.ndarray], view: GroundView,
                 yaws: np.ndarray) -> EncodedView:
    """
    Say where the camera is and looks for every yaw.

    :param arrays: outputs of the ground network.
    :param view: what it saw.
    :param yaws: ``(K,)`` of ``base_link`` [rad].
    """
    return EncodedView(arrays, yaws, camera_offsets(view.position, yaws), yaws + view.yaw)


def camera_offsets(position: Sequence[float], yaws: np.ndarray) -> np.ndarray:
    """
    Return how a camera lies from ``base_link`` in the map, for every yaw.

    :param position: forward and left of ``base_link`` [m].
    :param yaws: ``(K,)`` [rad].
    :return: ``(K, 2)`` east and north [m].
    """
    forward, left = position
    cosine, sine = np.cos(yaws), np.sin(yaws)
    return np.stack([cosine * forward - sine * left, sine * forward + cosine * left], axis=-1)
