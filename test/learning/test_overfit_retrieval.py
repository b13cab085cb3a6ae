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


from overfit import as_tensors, batches, both, coarse_world, learn, recall
import pytest
import torch

from xview_loc.learning.data.simulated_pairs import simulated_pairs, SimulatedPairSettings
from xview_loc.learning.losses.soft_margin_triplet import (
    descriptor_distances, soft_margin_triplet)
from xview_loc.learning.networks.batch_statistics import settle_batch_statistics
from xview_loc.learning.networks.oricnn import OriCnn, OriCnnConfig
from xview_loc.learning.networks.safa import Safa, SafaConfig
from xview_loc.learning.networks.stn_safa import StnSafa, StnSafaConfig
from xview_loc.matching.model_records import GroundInput, SatelliteInput

EXTENT_M = 48.0
# network, upper and lower edge of its panoramas [deg], steps, pairs in a step, learning rate;
# SAFA collapses at a rate of 1e-4, and with dropout
RETRIEVAL = {
    'safa': (lambda: Safa(SafaConfig(
        ground_shape=(16, 64), satellite_size=64, polar_shape=(16, 64), dropout=0.0)),
        (39.3, -26.2), 36, 16, 1e-5),
    'stn_safa': (lambda: StnSafa(StnSafaConfig(
        ground_shape=(16, 64), satellite_size=64, polar_size=64, polar_shape=(16, 64))),
        (39.3, -26.2), 24, 32, 1e-4),
    'oricnn': (lambda: OriCnn(OriCnnConfig(ground_shape=(24, 128), satellite_size=64)),
               (33.75, -33.75), 16, 32, 1e-4)}


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize('family', RETRIEVAL)
def test_thirty_two_pairs_are_learnt_by_heart_and_not_from_tiles_alone(family) -> None:
    make, edges, steps, size, rate = RETRIEVAL[family]
    recalls = {}
    network = make()
    pairs = simulated_pairs(SimulatedPairSettings(
        SatelliteInput(64, EXTENT_M / 64),
        GroundInput('equirectangular', network.config.ground_shape, 360.0, *edges)),
        world=coarse_world('urban'))
    for name, shown in both(pairs):
        torch.manual_seed(0)
        network, seen, members = make(), as_tensors(shown), batches(size)

        def loss(step: int) -> torch.Tensor:
            chosen = members(step)
            return soft_margin_triplet(descriptor_distances(
                *network(seen.satellite[chosen], seen.ground[chosen])))

        learn(network, loss, steps, rate)
        settle_batch_statistics(network, lambda: network(seen.satellite, seen.ground))
        with torch.no_grad():
            satellite, ground = network(seen.satellite, seen.ground)
        recalls[name] = recall(satellite @ ground.T)
    print(family, recalls)
    assert recalls['seeing'] == 1.0
    assert recalls['black'] <= 0.1
