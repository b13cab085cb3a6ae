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

"""Gates start at one, so that the network starts as the training-free matcher, and then learn."""

from dataclasses import replace
import math

import pytest
import torch

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.bev_net import BevNet
from xview_loc.learning.networks.bev_net_config import BevNetConfig, BevNetKind
from xview_loc.learning.networks.masked_correlation import masked_correlation, turned_views

SIDE, RADIUS = 24, 4


def pair(count: int = 2, seed: int = 0) -> dict[str, torch.Tensor]:
    """Return maps, and views cut out of their middles at the yaw that looks up, 90 degrees."""
    rng = torch.Generator().manual_seed(seed)
    blur = torch.nn.AvgPool2d(3, 1, 1)
    maps = blur(torch.randn(count, 7, SIDE + 2 * RADIUS, SIDE + 2 * RADIUS, generator=rng))
    reach = 0.5 * (torch.arange(SIDE) + 0.5 - SIDE / 2)
    rays = torch.stack(torch.meshgrid(-reach, -reach, indexing='ij'))
    inside = (rays.norm(dim=0) < 0.25 * SIDE).float()
    return {'channels': maps[:, :, RADIUS:-RADIUS, RADIUS:-RADIUS] * inside,
            'weight': inside.expand(count, -1, -1).clone(),
            'rays': rays.expand(count, -1, -1, -1).clone(), 'satellite': maps,
            'yaws': torch.tensor([[math.pi / 2, 2.0, -1.0]]).repeat(count, 1)}


@pytest.mark.parametrize('kind', [
    BevNetKind.CONFIDENCE, BevNetKind.GROUND_GATES, BevNetKind.GATES])
@pytest.mark.parametrize('stride', [1, 2])
def test_a_new_network_is_the_plain_correlation(kind: BevNetKind, stride: int) -> None:
    inputs = pair()
    network = BevNet(BevNetConfig(kind=kind, stride=stride, kappa=0.4))
    scores = masked_correlation(*turned_views(
        inputs['channels'], inputs['weight'], inputs['yaws'], 2), inputs['satellite'], RADIUS)
    area = 0.25 * inputs['weight'].sum(dim=(1, 2))[:, None, None, None]
    expected = 0.4 * area * scores
    found = network(**inputs, radius=RADIUS)
    assert torch.allclose(found, expected, atol=1e-5)
    assert scores[0, 0, RADIUS, RADIUS] == pytest.approx(1.0, abs=1e-4)


def test_free_channels_start_small() -> None:
    inputs = pair()
    plain, free = (BevNet(BevNetConfig(kind=kind)) for kind in (
        BevNetKind.GATES, BevNetKind.FREE))
    apart = (plain(**inputs, radius=RADIUS) - free(**inputs, radius=RADIUS)).abs().max()
    assert 0.0 < float(apart.detach()) < 0.05


@pytest.mark.parametrize(('kind', 'parameters'), [
    (BevNetKind.CONFIDENCE, 18_266), (BevNetKind.GROUND_GATES, 18_391),
    (BevNetKind.GATES, 35_701), (BevNetKind.FREE, 36_151)])
def test_networks_are_small_and_every_weight_learns(kind: BevNetKind, parameters: int) -> None:
    network = BevNet(BevNetConfig(kind=kind))
    assert sum(weight.numel() for weight in network.parameters()) == parameters
    for name, weight in network.named_parameters():
        if 'head' in name:
            torch.nn.init.normal_(weight, std=0.1)
    network(**pair(), radius=RADIUS)[:, 0, RADIUS, RADIUS].sum().backward()
    idle = [name for name, weight in network.named_parameters()
            if weight.grad is None or not bool(weight.grad.abs().max() > 0.0)]
    assert idle == []


def test_pairs_enter_in_the_frame_of_the_ray() -> None:
    """The first layer sees the same planes wherever the ray points, if edges point with it."""
    network = BevNet(BevNetConfig(features=6))
    seen = []
    network.ground.branch.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    bearing = torch.linspace(-math.pi, math.pi, 64).reshape(1, 1, 8, 8)
    rays = 9.0 * torch.cat([bearing.cos(), bearing.sin()], dim=1)
    # Edges along the ray: the grid's columns point right, -y, its rows up, +x.
    double = 2.0 * torch.atan2(rays[:, :1], -rays[:, 1:])
    channels = torch.cat([double.cos(), double.sin(), -double.sin(), double.cos(),
                          torch.zeros(1, 3, 8, 8)], dim=1)
    network.ground(channels, torch.ones(1, 1, 8, 8), rays)
    planes = seen[0][0, :4]
    for plane, expected in zip(planes, (1.0, 0.0, 0.0, 1.0)):
        assert torch.allclose(plane, torch.full((8, 8), expected), atol=1e-5)


def test_gates_learn_which_cells_are_wrong() -> None:
    """Cells with a strong last channel carry noise; after some steps they count less."""
    network = BevNet(BevNetConfig(features=8))
    inputs = pair(6)
    rng = torch.Generator().manual_seed(1)
    spoilt = torch.rand(6, 6, 6, generator=rng) < 0.4
    spoilt = spoilt.repeat_interleave(4, 1).repeat_interleave(4, 2)
    noise = torch.randn(inputs['channels'].shape, generator=rng)
    inputs['channels'] = torch.where(
        spoilt[:, None] & (inputs['weight'][:, None] > 0.0), noise, inputs['channels'])
    inputs['channels'][:, 6] = torch.where(spoilt, 3.0, inputs['channels'][:, 6])
    optimiser = torch.optim.Adam(network.parameters(), lr=5e-3)
    losses = []
    for _ in range(60):
        volume = network(**inputs, radius=RADIUS)
        loss = -volume.flatten(1).log_softmax(dim=1)[:, RADIUS * (2 * RADIUS + 1) + RADIUS].mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    gates, = network.ground(inputs['channels'], inputs['weight'][:, None], inputs['rays'])
    confidence, seen = gates[:, -1], inputs['weight'] > 0.0
    assert losses[-1] < 0.7 * losses[0]
    assert confidence[spoilt & seen].mean() < 0.85 * confidence[~spoilt & seen].mean()


def test_a_network_of_confidence_leaves_the_channels_alone() -> None:
    network = BevNet(BevNetConfig(kind=BevNetKind.CONFIDENCE))
    torch.nn.init.normal_(network.ground.branch.head.weight, std=4.0)
    inputs = pair()
    gates, = network.ground(inputs['channels'], inputs['weight'][:, None], inputs['rays'])
    assert tuple(gates.shape) == (2, 6, SIDE, SIDE)
    assert bool((gates[:, :5] == 1.0).all())
    confidence = gates[:, 5].detach()
    assert float(confidence.std()) > 0.01
    assert 0.0 < float(confidence.min()) < float(confidence.max()) < 1.14


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ConfigurationError, match='stride is 2; free channels need 1'):
        BevNetConfig(kind=BevNetKind.FREE, stride=2)
    with pytest.raises(ConfigurationError, match='must be positive'):
        replace(BevNetConfig(), features=0)
