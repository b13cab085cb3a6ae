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

"""What stands in the city: buildings, trees and cars."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from xview_loc.geometry.pose2 import Pose2

STOREY_M = 3.1


class RoofKind(Enum):
    """Shape of a roof."""

    FLAT = 'flat'
    GABLE = 'gable'
    HIP = 'hip'


@dataclass(frozen=True)
class Building:
    """
    A rectangular building.

    :param pose: centre of the footprint; x along the frontage, the front looks to -y.
    :param length: size along x [m].
    :param depth: size along y [m].
    :param eaves: height of the walls [m].
    :param roof: shape of the roof.
    :param rise: height of the roof above the eaves; 0 for a flat roof [m].
    :param style: number that selects colours and windows.
    """

    pose: Pose2
    length: float
    depth: float
    eaves: float
    roof: RoofKind
    rise: float
    style: int

    @property
    def height(self) -> float:
        """Return the greatest height above the ground [m]."""
        return self.eaves + self.rise

    def footprint(self, margin: float = 0.0) -> np.ndarray:
        """
        Return the corners counter-clockwise from the front left one seen from above.

        :param margin: widen the footprint by this much on every side [m].
        :return: ``(4, 2)`` in ``map`` [m].
        """
        return self.pose.transform(rectangle(self.length + 2 * margin, self.depth + 2 * margin))

    def ridge(self) -> np.ndarray:
        """Return the two ends of the ridge, ``(2, 2)`` in ``map``; along x [m]."""
        inset = min(0.5 * self.depth, 0.45 * self.length) if self.roof is RoofKind.HIP else 0.0
        half = 0.5 * self.length - inset
        return self.pose.transform(np.array([[-half, 0.0], [half, 0.0]]))


@dataclass(frozen=True)
class Tree:
    """
    A tree.

    :param x: east [m].
    :param y: north [m].
    :param radius: of the crown [m].
    :param height: of the top [m].
    :param kind: number that selects colour and shape.
    """

    x: float
    y: float
    radius: float
    height: float
    kind: int


@dataclass(frozen=True)
class Car:
    """
    A car on the ground.

    :param pose: middle of the car, x forward.
    :param length: [m].
    :param width: [m].
    :param height: [m].
    :param colour: RGB in [0, 255].
    """

    pose: Pose2
    length: float
    width: float
    height: float
    colour: tuple[int, int, int]

    def footprint(self) -> np.ndarray:
        """Return the corners counter-clockwise, ``(4, 2)`` in ``map`` [m]."""
        return self.pose.transform(rectangle(self.length, self.width))


def rectangle(length: float, width: float) -> np.ndarray:
    """Return the corners of a centred rectangle counter-clockwise, ``(4, 2)`` [m]."""
    return 0.5 * np.array([[-length, -width], [length, -width], [length, width],
                           [-length, width]])


def roof_faces(building: Building) -> list[tuple[np.ndarray, np.ndarray]]:
    """
    Return the sloping faces of a pitched roof.

    :param building: with a gable or hip roof.
    :return: pairs of corners ``(3 or 4, 3)``, counter-clockwise seen from above, and unit normal.
    """
    eaves = np.column_stack([building.footprint(), np.full(4, building.eaves)])
    ridge = np.column_stack([building.ridge(), np.full(2, building.height)])
    faces = [np.array([eaves[0], eaves[1], ridge[1], ridge[0]]),
             np.array([eaves[2], eaves[3], ridge[0], ridge[1]])]
    if building.roof is RoofKind.HIP:
        faces += [np.array([eaves[1], eaves[2], ridge[1]]),
                  np.array([eaves[3], eaves[0], ridge[0]])]
    result = []
    for face in faces:
        normal = np.cross(face[1] - face[0], face[-1] - face[0])
        result.append((face, normal / np.linalg.norm(normal)))
    return result
