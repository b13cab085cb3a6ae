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
CCVPE learns a few pairs by heart.

Each of four tiles holds eight cameras, in its four corners. Who does not look at the images gives
all eight the same answer, and no answer is within 1.5 cells of more than two of them: black images
cannot reach the bar, however long they are trained on.
"""

import math

from overfit import as_tensors, coarse_world, learn, Pairs
import pytest
import torch

from xview_loc.learning.data.simulated_pairs import (
    Heading, simulated_pairs, SimulatedPairSettings)
from xview_loc.learning.losses.dense_pose import ccvpe_loss
from xview_loc.learning.losses.heat_map_target import heat_map_target
from xview_loc.learning.losses.orientation_target import orientation_bins
from xview_loc.learning.networks.batch_statistics import settle_batch_statistics
from xview_loc.learning.networks.ccvpe import Ccvpe, peak_pose
from xview_loc.learning.networks.ccvpe_config import CcvpeConfig
from xview_loc.matching.model_records import GroundInput, SatelliteInput

SIZE = 256
CELL = 64
METRES = 0.25
TILES, VIEWS = 4, 8
TOP_DEG = 36.0
STEPS, RATE = 120, 1e-3
BAR = 1.5


def make_ccvpe() -> Ccvpe:
    """Return CCVPE for small images, with half as many bins."""
    return Ccvpe(CcvpeConfig(
        ground_shape=(64, 320), satellite_size=SIZE, bins=10, rings=(640, 320, 160, 80, 40, 20),
        ups=(512, 160, 80, 40, 20, 16), orientation_channels=320, drop_connect=0.0))


def of_tile(pairs: Pairs, tile: int) -> tuple[torch.Tensor, slice]:
    """Return a tile, (1, S, S, 3), and which pairs it belongs to."""
    chosen = slice(VIEWS * tile, VIEWS * (tile + 1))
    return pairs.satellite[VIEWS * tile][None], chosen


def step_loss(network: Ccvpe, pairs: Pairs, tile: int) -> torch.Tensor:
    """Return the published loss of the images in one tile."""
    satellite, chosen = of_tile(pairs, tile)
    scores = network(satellite, pairs.ground[chosen])
    target = heat_map_target(pairs.pixel[chosen] - SIZE / 2, SIZE)
    angle = -pairs.heading[chosen]
    return ccvpe_loss(*scores, target, orientation_bins(angle, network.config.bins), angle)


def angle_between(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return the absolute difference of angles [rad]."""
    return (torch.remainder(first - second + math.pi, 2 * math.pi) - math.pi).abs()


def errors(network: Ccvpe, pairs: Pairs) -> tuple[torch.Tensor, torch.Tensor]:
    """Return distances [cells] and turns [rad] between the peaks and the truth."""
    settle_batch_statistics(network, lambda: (
        network.satellite(pairs.satellite[::VIEWS]), network.ground(pairs.ground)))
    distances, turns = [], []
    for tile in range(TILES):
        satellite, chosen = of_tile(pairs, tile)
        with torch.no_grad():
            scores = network(satellite, pairs.ground[chosen])
        best = scores.logits.flatten(1).argmax(dim=1)
        place = torch.stack([best // SIZE, best % SIZE], dim=1) + 0.5
        distances.append((place - pairs.pixel[chosen]).norm(dim=1) / CELL)
        peak = peak_pose(scores.logits, scores.field)
        turns.append(angle_between(peak.angle, -pairs.heading[chosen]))
    return torch.cat(distances), torch.cat(turns)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_thirty_two_pairs_are_learnt_by_heart_and_not_from_tiles_alone() -> None:
    network = make_ccvpe()
    rendered = simulated_pairs(SimulatedPairSettings(
        SatelliteInput(SIZE, METRES),
        GroundInput('equirectangular', network.config.ground_shape, 360.0, TOP_DEG, -TOP_DEG),
        tiles=TILES, views=VIEWS, offset_m=29.0, least_offset_m=BAR * CELL * METRES,
        apart_m=64.0, heading=Heading.ANY), world=coarse_world('rural'))
    pairs, black = as_tensors(rendered), as_tensors(rendered.blacked_out())
    learn(network, lambda step: step_loss(network, pairs, step % TILES), STEPS, RATE)
    distances, turns = errors(network, pairs)
    blind, _ = errors(network, black)
    print(f'ccvpe median {distances.median():.3f}, largest {distances.max():.2f}, '
          f'black {blind.median():.2f} cells', [f'{math.degrees(turn):.0f}' for turn in turns])
    assert distances.median() < 0.5 < BAR
    assert turns.median() < 2 * math.pi / network.config.bins
    assert blind.median() >= BAR
