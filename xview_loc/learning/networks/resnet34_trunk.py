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

"""ResNet-34 cut to stride 8, as STN-SAFA uses it."""

from collections.abc import Mapping

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, ResNet

from xview_loc.errors import ConfigurationError


class Resnet34Trunk(nn.Module):
    """
    The stem without its max-pool, and the first three stages, of torchvision's ResNet-34.

    Without the pool the stride is 8 and the features have 256 channels. Images must have sides
    that are multiples of 8.

    :param blocks: residual blocks of the three stages; with fewer than (3, 4, 6) there are no
        ImageNet weights.
    """

    channels = 256
    stride = 8

    def __init__(self, blocks: tuple[int, ...] = (3, 4, 6)) -> None:
        super().__init__()
        if len(blocks) != 3 or min(blocks) < 1:
            raise ConfigurationError(
                f'blocks is {blocks}; it must be the number of blocks of three stages.')
        # the fourth stage is not used; the others are drawn as torchvision's resnet34 draws them
        whole = ResNet(BasicBlock, [*blocks, 3])
        self.conv1, self.bn1, self.relu = whole.conv1, whole.bn1, whole.relu
        self.layer1, self.layer2, self.layer3 = whole.layer1, whole.layer2, whole.layer3

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Return the features.

        :param images: normalised colours, (B, 3, H, W).
        :return: (B, 256, H / 8, W / 8).
        """
        stem = self.relu(self.bn1(self.conv1(images)))
        return self.layer3(self.layer2(self.layer1(stem)))

    def output_shape(self, height: int, width: int) -> tuple[int, int]:
        """Return rows and columns of the features of an image."""
        if height % self.stride or width % self.stride:
            raise ConfigurationError(
                f'images of {height}x{width}; both sides must be multiples of {self.stride}.')
        return height // self.stride, width // self.stride

    def load_imagenet(self, state: Mapping[str, torch.Tensor]) -> None:
        """
        Take over torchvision's ImageNet weights, unchanged.

        :param state: the state dictionary of torchvision's ResNet-34.
        """
        unused = ('layer4.', 'fc.')
        try:
            self.load_state_dict(
                {name: value for name, value in state.items() if not name.startswith(unused)})
        except RuntimeError as error:
            raise ConfigurationError(
                'the weights are not those of a ResNet-34 of torchvision.') from error
