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

from collections import OrderedDict

import pytest
import torch
from torch import nn
from torchvision.models import efficientnet_b0

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.batch_statistics import settle_batch_statistics
from xview_loc.learning.networks.efficientnet_trunk import EfficientnetTrunk


@pytest.mark.parametrize(('size', 'expected'), [
    ((320, 640), (10, 20)), ((256, 1024), (8, 32)), ((154, 231), (4, 7))])
@pytest.mark.parametrize('circular', [False, True])
def test_published_images_have_the_published_feature_sizes(size, expected, circular) -> None:
    with torch.device('meta'):
        trunk = EfficientnetTrunk(circular).eval()
        features = trunk(torch.empty(1, 3, *size))
    assert tuple(features.shape) == (1, 1280, *expected) == (1, 1280, *trunk.output_shape(*size))


def test_trunk_has_the_parameters_and_skips_of_the_specification() -> None:
    with torch.device('meta'):
        trunk = EfficientnetTrunk().eval()
        stages = trunk.stages(torch.empty(1, 3, 512, 512))
    assert sum(weight.numel() for weight in trunk.parameters()) == 4_007_548
    assert [tuple(stage.shape[1:]) for stage in stages] == [
        (16, 256, 256), (24, 128, 128), (40, 64, 64), (112, 32, 32), (320, 16, 16),
        (1280, 16, 16)]
    norms = [layer for layer in trunk.modules() if isinstance(layer, nn.BatchNorm2d)]
    assert {(layer.eps, layer.momentum) for layer in norms} == {(1e-3, 0.01)}


def test_only_a_circular_trunk_turns_its_features_with_the_panorama() -> None:
    images = torch.randn(1, 3, 40, 128)
    for circular in (True, False):
        torch.manual_seed(3)
        trunk = EfficientnetTrunk(circular).double()
        settle_batch_statistics(trunk, lambda: trunk(images.double()))
        with torch.no_grad():
            features = trunk(images.double())
            turned = trunk(images.double().roll(32, dims=3))
        same = torch.allclose(turned, features.roll(1, dims=3), rtol=1e-9, atol=1e-12)
        assert same is circular


def test_imagenet_weights_keep_their_normalisation_in_spite_of_another_eps() -> None:
    source = efficientnet_b0(weights=None)
    for layer in source.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_var.uniform_(1e-3, 2e-3)
            layer.running_mean.uniform_(-0.1, 0.1)
    trunk = EfficientnetTrunk().eval()
    trunk.load_imagenet(source.state_dict())
    values = torch.rand(2, 32, 4, 4)
    with torch.no_grad():
        torch.testing.assert_close(
            trunk.features[0][1](values), source.eval().features[0][1](values))


def test_other_weights_and_too_small_images_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='not those of an EfficientNet'):
        EfficientnetTrunk().load_imagenet(OrderedDict())
    with pytest.raises(ConfigurationError, match='31x64'):
        EfficientnetTrunk().output_shape(31, 64)
