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
from torch.nn import functional
from torchvision.models import vgg

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.colour_normalisation import ColourNormalisation, Normalisation
from xview_loc.learning.networks.vgg16_trunk import Vgg16Trunk


def torchvision_features() -> tuple[nn.Sequential, OrderedDict]:
    """Return torchvision's convolutions with random weights, and their state dictionary."""
    layers = vgg.make_layers(vgg.cfgs['D'])
    state = OrderedDict((f'features.{key}', value) for key, value in layers.state_dict().items())
    return layers.eval(), state


@pytest.mark.parametrize(('size', 'shapes'), [
    ((112, 616), [(112, 616), (56, 308), (28, 154), (14, 77), (7, 39), (4, 20)]),
    ((256, 256), [(256, 256), (128, 128), (64, 64), (32, 32), (16, 16), (8, 8)]),
    ((154, 231), [(154, 231), (77, 116), (39, 58), (20, 29), (10, 15), (5, 8)])])
def test_every_pool_rounds_up(size, shapes) -> None:
    trunk = Vgg16Trunk().to('meta')
    images = torch.empty(2, 3, *size, device='meta')
    stages = trunk.stages(images)
    assert [tuple(stage.shape[2:]) for stage in stages] == shapes[:5]
    assert [stage.shape[1] for stage in stages] == list(Vgg16Trunk.channels)
    assert tuple(trunk(images).shape) == (2, 512, *shapes[5])
    assert trunk.output_shape(*size) == shapes[5]


def test_trunk_without_block_five_ends_at_pool_four() -> None:
    trunk = Vgg16Trunk(last_block=4).to('meta')
    assert tuple(trunk(torch.empty(1, 3, 256, 1024, device='meta')).shape) == (1, 512, 16, 64)
    assert trunk.output_shape(256, 1024) == (16, 64)


def test_trunk_has_the_parameters_of_vgg16() -> None:
    assert sum(weight.numel() for weight in Vgg16Trunk().parameters()) == 14_714_688


def test_dropout_follows_the_six_convolutions_of_blocks_four_and_five_in_training_only() -> None:
    trunk = Vgg16Trunk()
    rates = [[layer.p for layer in block if isinstance(layer, nn.Dropout)]
             for block in trunk.blocks]
    assert rates == [[], [], [], [0.2] * 3, [0.2] * 3]
    images = torch.rand(1, 3, 32, 32)
    assert not torch.equal(trunk(images), trunk(images))
    trunk.eval()
    assert torch.equal(trunk(images), trunk(images))


def test_trunk_computes_what_torchvision_computes_where_all_sizes_are_even() -> None:
    layers, state = torchvision_features()
    trunk = Vgg16Trunk().eval()
    trunk.load_imagenet(state)
    images = torch.rand(2, 3, 64, 32)
    with torch.no_grad():
        torch.testing.assert_close(trunk(images), layers(images))


def test_adapted_first_convolution_sees_the_colours_torchvision_would_show_it() -> None:
    layers, state = torchvision_features()
    images = 255.0 * torch.rand(1, 3, 12, 20)
    expected = functional.conv2d(
        ColourNormalisation(Normalisation.IMAGENET)(images), layers[0].weight, layers[0].bias)
    for kind in Normalisation:
        normalisation = ColourNormalisation(kind)
        trunk = Vgg16Trunk()
        trunk.load_imagenet(state, normalisation)
        first = trunk.convolutions()[0]
        found = functional.conv2d(normalisation(images), first.weight, first.bias)
        torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-5)


def test_random_weights_tell_images_apart_after_thirteen_layers() -> None:
    trunk = Vgg16Trunk().eval()
    images = ColourNormalisation(Normalisation.IMAGENET)(255.0 * torch.rand(2, 3, 64, 64))
    with torch.no_grad():
        features = trunk(images)
    difference = (features[0] - features[1]).norm() / features[0].norm()
    assert difference > 0.01 and 0.01 < features.std() < 100.0


def test_other_weights_and_blocks_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='hold 0 convolutions'):
        Vgg16Trunk().load_imagenet({'conv1.weight': torch.zeros(64, 3, 7, 7)})
    with pytest.raises(ConfigurationError, match='last_block is 3'):
        Vgg16Trunk(last_block=3)
    with pytest.raises(ConfigurationError, match='width is 2'):
        Vgg16Trunk(width=2.0)
    with pytest.raises(ConfigurationError, match='begins with 16 channels'):
        Vgg16Trunk(width=0.25).load_imagenet(torchvision_features()[1])


def test_a_narrow_trunk_has_the_same_layers_with_fewer_channels() -> None:
    narrow, whole = Vgg16Trunk(width=0.25), Vgg16Trunk()
    assert narrow.channels == (16, 32, 64, 128, 128)
    assert [layer.out_channels for layer in narrow.convolutions()] == [
        layer.out_channels // 4 for layer in whole.convolutions()]
    assert tuple(narrow(torch.rand(1, 3, 32, 64)).shape) == (1, 128, 1, 2)
