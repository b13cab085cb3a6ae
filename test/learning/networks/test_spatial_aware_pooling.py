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

import pytest
import torch

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.spatial_aware_pooling import (
    ChannelPooling, DescriptorOrder, SpatialAwarePooling)

MEAN_MAPS = [[.126964, .1222135, .117463, .1127125, .107962, .1032115],
             [.136198, .123619, .11104, .098461, .085882, .073303]]
DESCRIPTORS = {
    ChannelPooling.MEAN: [.40100937, .38707368, .37313800, .35920231,
                          .34357797, .33061948, .31766099, .30470250],
    ChannelPooling.MAX: [.40221066, .38821354, .37421643, .36021931,
                         .34235068, .32933618, .31632167, .30330717]}


def golden_features() -> torch.Tensor:
    """Return the (1, 4, 2, 3) feature map of the specification."""
    channel, row, column = torch.meshgrid(
        *(torch.arange(count, dtype=torch.float64) for count in (4, 2, 3)), indexing='ij')
    return (0.1 * (row + 1) * (column + 2) + 0.05 * channel * (row - column)
            + 0.01 * channel)[None]


def golden_pooling(**options) -> SpatialAwarePooling:
    """Return the 2x3 module of the specification, with its weights, in float64."""
    pooling = SpatialAwarePooling((2, 3), maps=2, **options).double()
    i, k, d = torch.meshgrid(
        *(torch.arange(count, dtype=torch.float64) for count in (6, 3, 2)), indexing='ij')
    with torch.no_grad():
        pooling.inner_weight.copy_(0.01 * (i - k) + 0.02 * d)
        for bias in (pooling.inner_bias, pooling.outer_bias):
            bias.fill_(0.1)
        pooling.outer_weight.copy_((0.03 * (k + 1) - 0.01 * i * (d + 1)).transpose(0, 1))
    return pooling


def test_weight_maps_of_mean_pooling_are_those_of_the_specification() -> None:
    maps = golden_pooling().weight_maps(golden_features())
    torch.testing.assert_close(
        maps[0].T, torch.tensor(MEAN_MAPS, dtype=torch.float64), atol=5e-8, rtol=0)


@pytest.mark.parametrize('pooling', ChannelPooling)
def test_descriptor_is_that_of_the_specification(pooling: ChannelPooling) -> None:
    descriptor = golden_pooling(pooling=pooling)(golden_features())
    expected = torch.tensor([DESCRIPTORS[pooling]], dtype=torch.float64)
    torch.testing.assert_close(descriptor, expected, atol=5e-9, rtol=0)


def test_channel_major_order_holds_the_same_values_transposed() -> None:
    by_map = golden_pooling()(golden_features())
    by_channel = golden_pooling(order=DescriptorOrder.CHANNEL_MAJOR)(golden_features())
    torch.testing.assert_close(by_channel.view(4, 2), by_map.view(2, 4).T)
    assert not torch.equal(by_channel, by_map)


@pytest.mark.parametrize(('shape', 'count'), [
    ((4, 20), 52_160), ((8, 8), 33_536), ((5, 8), 13_280), ((4, 4), 2_240), ((10, 20), 322_400)])
def test_eight_maps_have_the_published_number_of_parameters(shape, count) -> None:
    assert sum(weight.numel() for weight in SpatialAwarePooling(shape).parameters()) == count


def test_a_zero_map_gives_finite_values() -> None:
    pooling = SpatialAwarePooling((4, 5))
    assert torch.equal(pooling(torch.zeros(2, 3, 4, 5)), torch.zeros(2, 24))


def test_initial_weights_are_cut_at_two_deviations_only_when_asked() -> None:
    cut = SpatialAwarePooling((8, 8)).inner_weight
    uncut = SpatialAwarePooling((8, 8), truncated=False).inner_weight
    assert cut.abs().max() <= 0.01 < uncut.abs().max()
    assert uncut.std().item() == pytest.approx(0.005, rel=0.05)


def test_gradient_is_that_of_finite_differences() -> None:
    features = torch.rand(2, 3, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(golden_pooling(pooling=ChannelPooling.MAX), features)


def test_a_single_position_is_refused() -> None:
    with pytest.raises(ConfigurationError, match='1x1 map'):
        SpatialAwarePooling((1, 1))
