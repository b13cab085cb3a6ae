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
CVLNet learns a few videos by heart.

All cameras look north and drive alike: black videos are one and the same, whatever they are
trained on, and find the right tile once in 32 times at most.
"""

import math

from overfit import batches, both, coarse_world, learn, recall
import pytest
import torch

from xview_loc.learning.data.simulated_pairs import simulated_pairs, SimulatedPairSettings
from xview_loc.learning.losses.displacement_triplet import cvlnet_loss
from xview_loc.learning.networks.cvlnet import Cvlnet, CvlnetConfig
from xview_loc.matching.model_records import GroundInput, SatelliteInput


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_thirty_two_videos_are_learnt_by_heart_and_not_from_tiles_alone() -> None:
    config = CvlnetConfig(ground_shape=(32, 128), satellite_size=128, metres_per_pixel=0.2)
    rows, columns = config.ground_shape
    pairs = simulated_pairs(SimulatedPairSettings(
        SatelliteInput(config.satellite_size, config.metres_per_pixel),
        GroundInput('pinhole', config.ground_shape, 81.4), frames=4,
        camera_height_m=config.camera_height_m, apart_m=config.smallest_spacing_m),
        world=coarse_world('rural'))
    focal = columns / 2 / math.tan(math.radians(81.4) / 2)
    intrinsics = torch.tensor([focal, focal, columns / 2, rows / 2])
    motion = torch.stack([
        torch.tensor(sample.sequence.motion, dtype=torch.float32) for sample in pairs.samples])
    recalls = {}
    network = Cvlnet(config)
    # random weights of the first two blocks, which the method does not train, tell too little
    network.requires_grad_(True)
    members = batches(8)

    def scores(shown, chosen: torch.Tensor) -> torch.Tensor:
        frames = torch.stack([torch.stack([
            torch.tensor(image) for image in shown.samples[index].sequence.images])
            for index in chosen])
        satellite = torch.stack([
            torch.tensor(shown.samples[index].satellite) for index in chosen])
        return network(satellite, frames, intrinsics.expand(len(chosen), -1), motion[chosen])

    learn(network, lambda step: cvlnet_loss(scores(pairs, members(step))), 168, 1e-4)
    network.eval()
    for name, shown in both(pairs):
        with torch.no_grad():
            best = network.read(scores(shown, torch.arange(len(pairs)))).score
        recalls[name] = recall(best)
    print('cvlnet', recalls)
    assert recalls['seeing'] == 1.0
    assert recalls['black'] <= 0.1
