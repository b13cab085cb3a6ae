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

"""The three retrieval networks learn: gradients reach every weight and a step lowers the loss."""

from collections.abc import Callable

from onnx_parity import random_images
import pytest
import torch
from torch import nn

from xview_loc.learning.losses.polar_l1 import polar_l1
from xview_loc.learning.losses.soft_margin_triplet import (
    descriptor_distances, soft_margin_triplet)
from xview_loc.learning.networks.oricnn import OriCnn, OriCnnConfig
from xview_loc.learning.networks.safa import Safa, SafaConfig
from xview_loc.learning.networks.stn_safa import PolarStrip, StnSafa, StnSafaConfig, Warp

STN = StnSafaConfig(ground_shape=(24, 56), satellite_size=60, polar_size=60, polar_shape=(24, 56))
NETWORKS = {
    'safa': (lambda: Safa(SafaConfig((33, 50), 50, (33, 50), dropout=0.0)), 50, (33, 50)),
    'oricnn': (lambda: OriCnn(OriCnnConfig((129, 150), 136)), 136, (129, 150)),
    'stn_safa': (lambda: StnSafa(STN), 60, (24, 56))}
Batch = tuple[nn.Module, torch.Tensor, torch.Tensor]


def batch_of(make: Callable[[], nn.Module], size: int, shape: tuple[int, int]) -> Batch:
    """Return a network in training with four random pairs."""
    return make().train(), random_images(4, size, size, 1), random_images(4, *shape, 2)


@pytest.mark.parametrize('name', NETWORKS)
def test_a_few_steps_lower_the_loss_and_every_weight_has_a_finite_gradient(name: str) -> None:
    model, tiles, images = batch_of(*NETWORKS[name])
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-5)
    losses = []
    for _ in range(3):
        optimiser.zero_grad()
        loss = soft_margin_triplet(descriptor_distances(*model(tiles, images)))
        loss.backward()
        losses.append(loss.item())
        optimiser.step()
    assert losses[-1] < losses[0]
    gradients = {key: weight.grad for key, weight in model.named_parameters()}
    assert all(value is not None and value.isfinite().all() for value in gradients.values())
    assert {key.split('.')[0] for key, value in gradients.items() if value.any()} == {
        'satellite', 'ground'}


def test_l1_to_polar_pulls_the_warp_alone_towards_the_polar_strip() -> None:
    model, tiles, _ = batch_of(*NETWORKS['stn_safa'])
    with torch.no_grad():
        target = PolarStrip(STN)(tiles)
    losses = []
    optimiser = torch.optim.Adam(model.satellite.front.parameters(), lr=1e-3)
    for _ in range(8):
        optimiser.zero_grad()
        loss = polar_l1(model.satellite.strips(tiles), target)
        loss.backward()
        losses.append(loss.item())
        optimiser.step()
    assert losses[-1] < losses[0]
    assert all(weight.grad is None for weight in model.satellite.descriptor.parameters())


def test_presets_of_every_warp_can_be_built_for_training() -> None:
    for warp in Warp:
        model = StnSafa(StnSafaConfig.vigor(warp)).to('meta')
        size = model.config.input_size
        strips = model.satellite.strips(torch.empty(2, 3, size, size, device='meta'))
        assert tuple(strips.shape) == (2, 3, 160, 320)
