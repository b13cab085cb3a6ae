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


"""Graphs of CVLNet, which takes short sequences of frames."""

from __future__ import annotations

import math

import torch
from torch import nn

from xview_loc.learning.export.example_images import ExampleImages
from xview_loc.learning.export.graph import Graph, Inputs
from xview_loc.learning.networks.cvlnet import Cvlnet, CvlnetGround, CvlnetMap

FRAMES = 4
STEP_M = 3.0


class Fuse(nn.Module):
    """
    The part of the ground branch after its backbone.

    :param ground: branch of the network.
    """

    def __init__(self, ground: CvlnetGround) -> None:
        super().__init__()
        self.ground = ground

    def forward(
            self, features: torch.Tensor, intrinsics: torch.Tensor,
            motion: torch.Tensor) -> torch.Tensor:
        """Return the ground map, see :meth:`.CvlnetGround.fuse`."""
        return self.ground.fuse(features, intrinsics, motion)


def video_graphs(network: Cvlnet) -> list[Graph]:
    """
    Return ``satellite``, ``ground`` (the backbone of a frame), ``fuse`` and ``match``.

    :param network: in evaluation.
    """
    config = network.config
    size, shape = config.satellite_size, config.ground_shape
    fuse = Fuse(network.ground)

    def tiles(images: ExampleImages, batch: int) -> Inputs:
        return {'images': images(batch, size, size)}

    def frames(images: ExampleImages, batch: int) -> Inputs:
        return {'images': images(batch, *shape)}

    def sequences(images: ExampleImages, batch: int) -> Inputs:
        with torch.no_grad():
            features = network.ground.backbone(images(batch * FRAMES, *shape))
        return {'features': features.unflatten(0, (batch, FRAMES)),
                'intrinsics': _intrinsics(shape).expand(batch, -1).clone(),
                'motion': _motion(batch)}

    def pairs(images: ExampleImages, batch: int) -> Inputs:
        with torch.no_grad():
            tile: CvlnetMap = network.satellite(images(1, size, size))
            ground = fuse(*sequences(images, batch).values())
        return {'features': tile.features, 'uncertainty': tile.uncertainty, 'map': ground}

    return [Graph('satellite', network.satellite, CvlnetMap._fields, tiles),
            Graph('ground', network.ground.backbone, ('features',), frames),
            Graph('fuse', fuse, ('map',), sequences),
            Graph('match', network.match, ('scores',), pairs, frozenset(CvlnetMap._fields))]


def _intrinsics(shape: tuple[int, int], horizontal_fov: float = math.radians(81.4)) \
        -> torch.Tensor:
    """Return fx, fy, cx, cy of KITTI's camera after resizing [px], (1, 4)."""
    rows, columns = shape
    focal = columns / (2 * math.tan(horizontal_fov / 2))
    # KITTI's images are 375 x 1242; those of the network are not as wide
    return torch.tensor([[focal, focal * rows / columns * 1242 / 375, columns / 2, rows / 2]])


def _motion(batch: int) -> torch.Tensor:
    """Return cameras that drive a bend, newest first, (batch, FRAMES, 3)."""
    back = torch.arange(FRAMES)[None, :] * torch.ones(batch, 1)
    yaw = torch.arange(batch)[:, None] * 1.9 - 0.1 * back
    return torch.stack(
        [-STEP_M * back * yaw.cos(), -STEP_M * back * yaw.sin(), yaw], dim=2)
