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

"""
The one convention for images that enter a network.

Colour order is RGB and values run from 0 to 255, whatever the method trains on: the networks
reorder and normalise inside, so that an exported graph takes the bytes of a decoded image.
"""

import torch

from xview_loc.errors import ConfigurationError


def planes(images: torch.Tensor) -> torch.Tensor:
    """
    Bring images into the layout that convolutions want.

    :param images: RGB, either uint8 (B, H, W, 3) or floating point (B, 3, H, W), 0 to 255.
    :return: floating point (B, 3, H, W), 0 to 255; bytes become float32.
    """
    if images.dtype == torch.uint8:
        if images.dim() != 4 or images.shape[3] != 3:
            raise ConfigurationError(
                f'uint8 images of shape {tuple(images.shape)}; they must be (B, H, W, 3).')
        return images.permute(0, 3, 1, 2).to(torch.float32)
    if not images.is_floating_point() or images.dim() != 4 or images.shape[1] != 3:
        raise ConfigurationError(
            f'{images.dtype} images of shape {tuple(images.shape)}; they must be uint8 '
            '(B, H, W, 3) or floating point (B, 3, H, W).')
    return images
