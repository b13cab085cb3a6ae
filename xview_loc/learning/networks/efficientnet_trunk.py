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

"""The convolutions of EfficientNet-B0, padded as CCVPE pads them."""

from collections.abc import Mapping
from functools import partial

import torch
from torch import nn
from torch.nn import functional
from torchvision.models import efficientnet_b0

from xview_loc.errors import ConfigurationError

BATCH_NORM_EPS = 1e-3
TORCHVISION_EPS = 1e-5
# torchvision's stages after the stem that end in blocks 0, 2, 4, 10 and 15
SKIP_STAGES = (1, 2, 3, 5, 7)


class StaticSameConvolution(nn.Conv2d):
    """
    A convolution with TensorFlow's ``SAME`` padding for a 224 px image, whatever the image is.

    At 224 every strided convolution sees an even size, so that a kernel k with stride s is padded
    by k - s in total, the larger half after. Odd sizes therefore round down.

    :param convolution: whose sizes are taken over.
    :param circular: continue columns at the opposite border, as on a panorama; rows never.
    """

    def __init__(self, convolution: nn.Conv2d, circular: bool) -> None:
        super().__init__(
            convolution.in_channels, convolution.out_channels, convolution.kernel_size,
            convolution.stride, groups=convolution.groups, bias=convolution.bias is not None)
        total = self.kernel_size[0] - self.stride[0]
        self.before, self.after = total // 2, total - total // 2
        self.circular = circular
        self.load_state_dict(convolution.state_dict())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Pad and convolve.

        :param images: (B, C, H, W).
        :return: (B, D, floor(H / stride), floor(W / stride)).
        """
        before, after = self.before, self.after
        if not self.circular:
            return super().forward(functional.pad(images, (before, after, before, after)))
        parts = [images, images[..., :after]]
        if before:
            parts.insert(0, images[..., -before:])
        return super().forward(functional.pad(torch.cat(parts, dim=3), (0, 0, before, after)))


class EfficientnetTrunk(nn.Module):
    """
    EfficientNet-B0 (Tan and Le, ICML 2019) with its 1x1 head and without its classifier.

    Batch normalisation has the momentum 0.01 and eps 0.001 of the original.

    :param circular: whether images are panoramas of a full turn.
    :param drop_connect: largest probability of leaving out a residual branch in training.
    """

    channels = 1280
    skip_channels = (16, 24, 40, 112, 320)
    stride = 32

    def __init__(self, circular: bool = False, drop_connect: float = 0.2) -> None:
        super().__init__()
        norm = partial(nn.BatchNorm2d, eps=BATCH_NORM_EPS, momentum=0.01)
        self.features = efficientnet_b0(
            weights=None, norm_layer=norm, stochastic_depth_prob=drop_connect).features
        for parent in list(self.features.modules()):
            for name, layer in parent.named_children():
                if isinstance(layer, nn.Conv2d) and layer.kernel_size[0] > 1:
                    setattr(parent, name, StaticSameConvolution(layer, circular))

    def stages(self, images: torch.Tensor) -> list[torch.Tensor]:
        """
        Return the outputs of blocks 0, 2, 4, 10 and 15, and of the head.

        :param images: normalised colours, (B, 3, H, W).
        :return: of 16, 24, 40, 112, 320 and 1280 channels, at 1/2, 1/4, 1/8, 1/16, 1/32 and 1/32
            of the size, every halving rounded down.
        """
        outputs = []
        for index, stage in enumerate(self.features):
            images = stage(images)
            if index in SKIP_STAGES:
                outputs.append(images)
        return [*outputs, images]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Return the features of the head.

        :param images: normalised colours, (B, 3, H, W).
        :return: (B, 1280, h, w), see :meth:`output_shape`.
        """
        return self.features(images)

    def output_shape(self, height: int, width: int) -> tuple[int, int]:
        """Return rows and columns of the features of an image."""
        if min(height, width) < self.stride:
            raise ConfigurationError(
                f'images of {height}x{width}; both sides must be at least {self.stride}.')
        return height // self.stride, width // self.stride

    def load_imagenet(self, state: Mapping[str, torch.Tensor]) -> None:
        """
        Take over torchvision's ImageNet weights.

        They were trained with another eps, and with symmetric padding. The gains are changed to
        make up for the eps in evaluation; the padding is left to fine-tuning.

        :param state: the state dictionary of torchvision's EfficientNet-B0.
        """
        own = {name: value for name, value in state.items() if name.startswith('features.')}
        for name in [name for name in own if name.endswith('running_var')]:
            gain = name.replace('running_var', 'weight')
            own[gain] = own[gain] * torch.sqrt(
                (own[name] + BATCH_NORM_EPS) / (own[name] + TORCHVISION_EPS))
        try:
            self.load_state_dict(own)
        except RuntimeError as error:
            raise ConfigurationError(
                'the weights are not those of an EfficientNet-B0 of torchvision.') from error
