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

"""The pull of a learned warp towards the polar strip (STN-SAFA)."""

import torch

from xview_loc.errors import LearningError


def polar_l1(strips: torch.Tensor, polar: torch.Tensor) -> torch.Tensor:
    """
    Return the mean absolute difference over all pixels and channels, in normalised colours.

    The polar strip is itself wrong when the camera is not in the tile's centre: anneal the weight
    of this term on such data.

    :param strips: what the spatial transformer made, (B, 3, H, W).
    :param polar: what the polar transform makes of the same tiles, (B, 3, H, W).
    """
    if strips.shape != polar.shape:
        raise LearningError(
            f'strips of shape {tuple(strips.shape)} and polar images of {tuple(polar.shape)}; '
            'they must have the same shape.')
    return (strips - polar).abs().mean()
