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

"""ImageNet weights through torchvision, where the user has network or a file; never required."""

from collections.abc import Mapping
from pathlib import Path
import pickle

import torch
from torchvision.models import get_weight

from xview_loc.errors import LearningError

NAMES = {
    'vgg16': 'VGG16_Weights.IMAGENET1K_V1',
    'resnet34': 'ResNet34_Weights.IMAGENET1K_V1',
    'efficientnet_b0': 'EfficientNet_B0_Weights.IMAGENET1K_V1',
}


def imagenet_state(trunk: str, file: Path | None = None) -> Mapping[str, torch.Tensor]:
    """
    Return the state dictionary of a trunk trained on ImageNet.

    :param trunk: one of ``NAMES``.
    :param file: the weights as torchvision distributes them; ``None`` takes them from
        torchvision's cache, or lets it download them.
    """
    if trunk not in NAMES:
        raise LearningError(
            f'there are no ImageNet weights for {trunk!r}; choose one of {", ".join(NAMES)}.')
    if file is not None:
        return _from_file(trunk, file)
    weights = get_weight(NAMES[trunk])
    try:
        return weights.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:
        raise LearningError(
            f'the ImageNet weights of {trunk} could not be had from {weights.url} ({error}); give '
            'their file, or start from random weights.') from error


def _from_file(trunk: str, file: Path) -> Mapping[str, torch.Tensor]:
    """Read a state dictionary without running code from the file."""
    try:
        state = torch.load(file, map_location='cpu', weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise LearningError(
            f'{file} does not hold readable weights of {trunk} ({type(error).__name__}).'
        ) from error
    if not isinstance(state, Mapping):
        raise LearningError(f'{file} holds {type(state).__name__}, not the weights of {trunk}.')
    return state
