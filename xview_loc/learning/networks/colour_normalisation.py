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

"""How each method scales colours before its first convolution."""

from enum import Enum, unique

import torch
from torch import nn

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
# 123.6 and not the 123.68 of Caffe: the value in the code of SAFA, geo-local SAFA and CVML.
CAFFE_MEAN = (123.6, 116.779, 103.939)


@unique
class Normalisation(Enum):
    """The colour scales of the published methods."""

    CAFFE_BGR = 'caffe_bgr'
    CAFFE_RGB_UNIT = 'caffe_rgb_unit'
    IMAGENET = 'imagenet'
    SYMMETRIC_BGR = 'symmetric_bgr'
    UNIT = 'unit'


class ColourNormalisation(nn.Module):
    """
    Turn RGB values from 0 to 255 into what a method trains on.

    - ``CAFFE_BGR``: BGR minus (103.939, 116.779, 123.6) (SAFA, geo-local SAFA, CVML);
    - ``CAFFE_RGB_UNIT``: RGB minus the same means, over 255 (STN-SAFA on VIGOR);
    - ``IMAGENET``: RGB over 255, minus mean, over standard deviation (STN-SAFA on CVUSA, CCVPE);
    - ``SYMMETRIC_BGR``: BGR over 127.5, minus 1 (OriCNN);
    - ``UNIT``: RGB over 255 (CVLNet as released).

    :param kind: which of them.
    """

    offset: torch.Tensor
    scale: torch.Tensor

    def __init__(self, kind: Normalisation) -> None:
        super().__init__()
        if kind in (Normalisation.CAFFE_BGR, Normalisation.CAFFE_RGB_UNIT):
            offset = torch.tensor(CAFFE_MEAN)
            scale = torch.full((3,), 1.0 if kind is Normalisation.CAFFE_BGR else 1.0 / 255.0)
        elif kind is Normalisation.IMAGENET:
            offset = 255.0 * torch.tensor(IMAGENET_MEAN)
            scale = 1.0 / (255.0 * torch.tensor(IMAGENET_STD))
        elif kind is Normalisation.SYMMETRIC_BGR:
            offset, scale = torch.full((3,), 127.5), torch.full((3,), 1.0 / 127.5)
        else:
            offset, scale = torch.zeros(3), torch.full((3,), 1.0 / 255.0)
        self.reverses = kind in (Normalisation.CAFFE_BGR, Normalisation.SYMMETRIC_BGR)
        self.register_buffer('offset', offset.view(1, 3, 1, 1), persistent=False)
        self.register_buffer('scale', scale.view(1, 3, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Normalise colours.

        :param images: RGB, floating point (B, 3, H, W), 0 to 255.
        :return: (B, 3, H, W) in the type of this module.
        """
        scaled = ((images - self.offset) * self.scale).to(self.scale.dtype)
        return scaled.flip(1) if self.reverses else scaled

    def adapt_from_imagenet(
            self, weight: torch.Tensor, bias: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """
        Rewrite a convolution made for torchvision's normalisation to work on this one.

        Exact except where zero padding is seen: there the padded zeros stand for another colour,
        by at most 0.01 of ImageNet's standard deviation with the Caffe means.

        :param weight: (C, 3, k, k), for RGB normalised as ``IMAGENET``.
        :param bias: (C,).
        """
        imagenet = ColourNormalisation(Normalisation.IMAGENET).to(weight)
        scale, offset = self.scale.to(weight), self.offset.to(weight)
        # imagenet = gain * ours + shift, colour by colour
        gain = imagenet.scale / scale
        shift = (offset - imagenet.offset) * imagenet.scale
        bias = bias + (weight * shift).sum(dim=(1, 2, 3))
        weight = weight * gain
        return (weight.flip(1) if self.reverses else weight), bias
