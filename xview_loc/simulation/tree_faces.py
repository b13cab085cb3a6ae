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

"""Trees as faces that always turn to the viewer."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.simulation.appearance import Appearance
from xview_loc.simulation.building import Tree
from xview_loc.simulation.face import Face, Texture
from xview_loc.simulation.planting import TREE_KINDS

REACH_M = 130.0
SPRITE = (192, 128)
UP = np.array([0.0, 0.0, 1.0])


class TreeFaces:
    """
    The trees of a city.

    :param trees: all trees.
    :param appearance: the day.
    :param seed: of the sprites.
    """

    def __init__(self, trees: tuple[Tree, ...], appearance: Appearance, seed: int):
        """Draw one sprite for each kind."""
        self._trees = trees
        self._places = np.array([(tree.x, tree.y) for tree in trees]).reshape(-1, 2)
        rng = np.random.default_rng([seed, 32])
        self._textures = [Texture(tree_sprite(appearance.leaves[kind], rng))
                          for kind in range(TREE_KINDS)]

    def facing(self, position: np.ndarray) -> list[Face]:
        """
        Return faces of the trees around a point, turned to it.

        :param position: ``(3,)`` in ``map`` [m].
        """
        gaps = self._places - position[:2]
        distances = np.hypot(gaps[:, 0], gaps[:, 1])
        faces = []
        for k in np.flatnonzero((distances < REACH_M) & (distances > 0.5)):
            tree = self._trees[k]
            along = np.array([gaps[k, 1], -gaps[k, 0], 0.0]) / distances[k]
            origin = np.array([tree.x, tree.y, 0.0]) - tree.radius * along
            faces.append(Face(origin, along, UP, 2.0 * tree.radius, tree.height,
                              self._textures[tree.kind]))
        return faces


def tree_sprite(leaves: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """
    Draw a tree from the side: a trunk and a crown of clumps, lit from above.

    :param leaves: RGB of the leaves.
    :param rng: source of randomness.
    :return: ``(H, W, 4)`` uint8 RGBA.
    """
    height, width = SPRITE
    image = np.zeros((height, width, 4), np.uint8)
    image[..., :3] = leaves
    cv2.rectangle(image, (width // 2 - 3, int(0.55 * height)), (width // 2 + 3, height),
                  (74, 60, 48, 255), -1)
    clumps = rng.uniform((0.0, 0.0, 0.08), (6.28, 1.0, 0.15), (110, 3))
    order = np.argsort(-np.sin(clumps[:, 0]) * clumps[:, 1])[::-1]
    for angle, reach, size in clumps[order]:
        reach = np.sqrt(reach) * 0.36
        column = width * (0.5 + reach * np.cos(angle))
        row = height * (0.36 - 0.78 * reach * np.sin(angle))
        light = 0.78 + 1.0 * reach * np.sin(angle) + rng.uniform(-0.14, 0.14)
        colour = tuple(int(np.clip(light * channel, 0, 255)) for channel in leaves)
        cv2.circle(image, (int(column), int(row)), int(size * width), (*colour, 255), -1)
    speckle = rng.normal(1.0, 0.10, (height // 3, width // 3)).astype(np.float32)
    speckle = cv2.resize(speckle, (width, height), interpolation=cv2.INTER_LINEAR)
    image[..., :3] = np.clip(image[..., :3] * speckle[..., None], 0, 255).astype(np.uint8)
    return image
