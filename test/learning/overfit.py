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


"""A few pairs of the simulated city as tensors, and the loop that learns them by heart."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import nn

from xview_loc.learning.data.simulated_pairs import SimulatedPairs
from xview_loc.simulation.scenario import get_scenario
from xview_loc.simulation.write_scenario import make_world, World

PAIRS = 32


@dataclass(frozen=True)
class Pairs:
    """
    Pairs as networks take them.

    :param satellite: uint8 (B, S, S, 3).
    :param ground: uint8 (B, H, W, 3).
    :param pixel: continuous row and column of the cameras in the tiles, (B, 2).
    :param heading: of the cameras, clockwise from north [rad], (B,).
    """

    satellite: torch.Tensor
    ground: torch.Tensor
    pixel: torch.Tensor
    heading: torch.Tensor


def coarse_world(scenario: str) -> World:
    """Return a world with ground as coarse as the tiles, 0.25 m: it is built in a second."""
    return make_world(replace(get_scenario(scenario), metres_per_pixel=0.25), 0)


def as_tensors(pairs: SimulatedPairs) -> Pairs:
    """Stack the pairs."""
    samples = pairs.samples
    return Pairs(
        torch.stack([torch.tensor(sample.satellite) for sample in samples]),
        torch.stack([torch.tensor(sample.ground) for sample in samples]),
        torch.tensor([sample.camera_pixel for sample in samples], dtype=torch.float32),
        torch.tensor([sample.heading for sample in samples], dtype=torch.float32))


def both(pairs: SimulatedPairs) -> Iterator[tuple[str, SimulatedPairs]]:
    """Give the pairs as they are, and with black ground images."""
    yield 'seeing', pairs
    yield 'black', pairs.blacked_out()


def learn(
        network: nn.Module, loss: Callable[[int], torch.Tensor], steps: int, rate: float,
        part: nn.Module | None = None, part_rate: float = 0.0) -> None:
    """
    Take steps of Adam; the network is in training before and after.

    :param loss: of a step.
    :param part: of the network that learns at a rate of its own.
    """
    own = set() if part is None else set(part.parameters())
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    optimiser = torch.optim.Adam([
        {'params': [weight for weight in weights if weight not in own], 'lr': rate},
        {'params': [weight for weight in weights if weight in own], 'lr': part_rate}])
    network.train()
    for step in range(steps):
        optimiser.zero_grad()
        loss(step).backward()
        optimiser.step()


def batches(size: int, seed: int = 0) -> Callable[[int], torch.Tensor]:
    """Return what draws the members of the batch of a step, each at most once."""
    generator = torch.Generator().manual_seed(seed)
    return lambda step: torch.randperm(PAIRS, generator=generator)[:size]


def recall(scores: torch.Tensor) -> float:
    """
    Return the share of ground images whose own tile scores best; ties count as misses.

    :param scores: row satellite, column ground, (B, B).
    """
    best = scores.amax(dim=0)
    alone = (scores == best).sum(dim=0) == 1
    return float(((scores.diagonal() == best) & alone).float().mean())
