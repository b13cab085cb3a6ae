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
CVML learns a few pairs by heart.

Each of four tiles holds eight cameras, in its four corners. Who does not look at the images gives
all eight the same answer, and no answer is within 1.5 cells of more than two of them: black images
cannot reach the bar, however long they are trained on. The network has a quarter of its channels,
which makes the steps that it takes last seconds in place of minutes.
"""

from overfit import as_tensors, coarse_world, learn, Pairs
import pytest
import torch

from xview_loc.learning.data.simulated_pairs import simulated_pairs, SimulatedPairSettings
from xview_loc.learning.losses.dense_localisation import cvml_loss
from xview_loc.learning.losses.heat_map_target import heat_map_target
from xview_loc.learning.networks.cvml import CELL_PIXELS, Cvml, CvmlConfig, CvmlScores
from xview_loc.learning.networks.even_start import start_evenly
from xview_loc.matching.model_records import GroundInput, SatelliteInput

SIZE = 256
METRES = 0.25
TILES, VIEWS = 4, 8
STEPS, RATE, DECODER_RATE = 128, 1e-4, 1e-3
BAR = 1.5


def scores(network: Cvml, pairs: Pairs, tile: int) -> tuple[CvmlScores, torch.Tensor]:
    """Return what the images in one tile say, and where their cameras are."""
    chosen = slice(VIEWS * tile, VIEWS * (tile + 1))
    return network.match(
        network.ground(pairs.ground[chosen]),
        *network.satellite(pairs.satellite[VIEWS * tile][None])), pairs.pixel[chosen]


def step_loss(network: Cvml, pairs: Pairs, tile: int) -> torch.Tensor:
    """Return the published loss of the images in one tile."""
    said, pixel = scores(network, pairs, tile)
    return cvml_loss(*said, heat_map_target(pixel - SIZE / 2, SIZE))


def errors(network: Cvml, pairs: Pairs) -> torch.Tensor:
    """Return distances between the peaks and the truth [cells]."""
    distances = []
    for tile in range(TILES):
        with torch.no_grad():
            said, pixel = scores(network, pairs, tile)
        best = said.logits.flatten(1).argmax(dim=1)
        place = torch.stack([best // SIZE, best % SIZE], dim=1) + 0.5
        distances.append((place - pixel).norm(dim=1) / CELL_PIXELS)
    return torch.cat(distances)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_thirty_two_pairs_are_learnt_by_heart_and_not_from_tiles_alone() -> None:
    network = Cvml(CvmlConfig(
        ground_shape=(32, 64), satellite_size=SIZE, maps=2, dropout=0.0, width=0.25))
    rendered = simulated_pairs(SimulatedPairSettings(
        SatelliteInput(SIZE, METRES),
        GroundInput('equirectangular', network.config.ground_shape, 360.0, 90.0, -90.0),
        tiles=TILES, views=VIEWS, offset_m=29.0, least_offset_m=BAR * CELL_PIXELS * METRES,
        apart_m=64.0), world=coarse_world('rural'))
    pairs, black = as_tensors(rendered), as_tensors(rendered.blacked_out())
    start_evenly(network, pairs.satellite[::VIEWS], pairs.ground[::VIEWS])
    learn(network, lambda step: step_loss(network, pairs, step % TILES), STEPS, RATE,
          network.match.decoder, DECODER_RATE)
    network.eval()
    distances, blind = errors(network, pairs), errors(network, black)
    print(f'cvml median {distances.median():.3f}, largest {distances.max():.2f}, '
          f'black {blind.median():.2f} cells')
    assert distances.median() < 0.5 < BAR
    assert blind.median() >= BAR
