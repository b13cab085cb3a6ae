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

"""Textured faces: what stands up in the world is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
import math

import cv2
import numpy as np

SMALLEST_TEXTURE = 3


class Texture:
    """
    A picture with its smaller versions, so that far faces do not flicker.

    :param image: ``(H, W, 3)`` RGB or ``(H, W, 4)`` RGBA uint8, row 0 at the top of the face;
        where alpha is below one half the face is open.
    """

    def __init__(self, image: np.ndarray):
        """Halve the picture until it is tiny."""
        self.levels = [np.ascontiguousarray(image)]
        while min(self.levels[-1].shape[:2]) >= 2 * SMALLEST_TEXTURE:
            last = self.levels[-1]
            size = ((last.shape[1] + 1) // 2, (last.shape[0] + 1) // 2)
            self.levels.append(cv2.resize(last, size, interpolation=cv2.INTER_AREA))

    def level_for(self, pixels_across: float) -> np.ndarray:
        """
        Return the smallest version that still fills a number of image pixels.

        :param pixels_across: size of the whole texture's height in the image [px].
        """
        ratio = self.levels[0].shape[0] / max(pixels_across, 1.0)
        level = int(math.log2(max(ratio, 1.0)) + 0.3)
        return self.levels[min(level, len(self.levels) - 1)]


@dataclass(frozen=True)
class Face:
    """
    A flat trapezium in the world, seen from its front only.

    Its points are ``origin + u along + v upward`` with ``0 <= v <= height`` and
    ``taper_start v <= u <= length - taper_end v``; the front is the side that ``along x upward``
    points to.

    :param origin: ``(3,)`` the corner at u = v = 0 in ``map``, z above the ground [m].
    :param along: ``(3,)`` unit vector of the base.
    :param upward: ``(3,)`` unit vector at a right angle to it.
    :param length: of the base [m].
    :param height: of the face along ``upward`` [m].
    :param texture: stretched over the rectangle ``length x height``.
    :param taper_start: how fast the start of the base moves in with v.
    :param taper_end: how fast its end moves in with v.
    """

    origin: np.ndarray
    along: np.ndarray
    upward: np.ndarray
    length: float
    height: float
    texture: Texture
    taper_start: float = 0.0
    taper_end: float = 0.0

    @cached_property
    def normal(self) -> np.ndarray:
        """Return the unit vector out of the front, ``(3,)``."""
        return np.cross(self.along, self.upward)

    def corners(self) -> np.ndarray:
        """Return ``(4, 3)`` corners in ``map``, counter-clockwise seen from the front [m]."""
        spans = ((0.0, 0.0), (self.length, 0.0),
                 (self.length - self.taper_end * self.height, self.height),
                 (self.taper_start * self.height, self.height))
        return np.array([self.origin + u * self.along + v * self.upward for u, v in spans])


def face_from_corners(corners, texture: Texture) -> Face:
    """
    Return the face with given corners whose top is parallel to its base.

    :param corners: ``(3, 3)`` or ``(4, 3)`` in ``map``: both ends of the base, then the top from
        above the end to above the start; counter-clockwise seen from the front [m].
    :param texture: of the face.
    """
    corners = np.asarray(corners, dtype=np.float64)
    base = corners[1] - corners[0]
    length = float(np.linalg.norm(base))
    along = base / length
    rise = corners[-1] - corners[0]
    start = float(rise @ along)
    rise = rise - start * along
    height = float(np.linalg.norm(rise))
    end = length - float((corners[2] - corners[0]) @ along)
    return Face(corners[0], along, rise / height, length, height, texture, start / height,
                end / height)


@dataclass(frozen=True)
class FaceSet:
    """
    Many faces with their corners at hand for culling.

    :param faces: the faces.
    :param reach: distance beyond which a face is not drawn, ``(N,)`` [m].
    """

    faces: tuple[Face, ...]
    reach: np.ndarray

    @cached_property
    def corners(self) -> np.ndarray:
        """Return ``(N, 4, 3)`` corners in ``map`` [m]."""
        return np.array([face.corners() for face in self.faces]).reshape(-1, 4, 3)

    @cached_property
    def normals(self) -> np.ndarray:
        """Return ``(N, 3)`` normals."""
        return np.array([face.normal for face in self.faces]).reshape(-1, 3)

    def facing(self, position: np.ndarray) -> np.ndarray:
        """
        Return the indices of faces near enough that turn their front to a point.

        :param position: ``(3,)`` in ``map`` [m].
        """
        to_point = position - self.corners[:, 0]
        front = (to_point * self.normals).sum(axis=1) > 0.01
        gap = self.corners[..., :2] - position[:2]
        nearest = np.sqrt((gap ** 2).sum(axis=-1)).min(axis=1)
        return np.flatnonzero(front & (nearest < self.reach))


def make_face_set(faces, reach: float) -> FaceSet:
    """Return a set in which all faces are drawn up to the same distance [m]."""
    faces = tuple(faces)
    return FaceSet(faces, np.full(len(faces), float(reach)))


def join_face_sets(first: FaceSet, second: FaceSet) -> FaceSet:
    """Return the faces of both sets."""
    return FaceSet(first.faces + second.faces, np.concatenate([first.reach, second.reach]))
