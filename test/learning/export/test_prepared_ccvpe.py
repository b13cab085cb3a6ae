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

"""What is moved into the satellite graph leaves CCVPE's answers as they are."""

from dataclasses import replace
import math

import pytest
import torch

from xview_loc.learning.export.example_images import ExampleImages
from xview_loc.learning.export.prepared_ccvpe import PLACES, PreparedSatellite, TURNS
from xview_loc.learning.export.prepared_ccvpe_match import PreparedMatch
from xview_loc.learning.export.untrained import settle
from xview_loc.learning.networks.ccvpe import Ccvpe
from xview_loc.learning.networks.ccvpe_config import CcvpeConfig

TINY = CcvpeConfig(
    ground_shape=(64, 320), satellite_size=128, bins=10, rings=(640, 320, 160, 80, 40, 20),
    ups=(64, 40, 32, 24, 20, 16), orientation_channels=96)


@pytest.mark.parametrize('yaw_prior', [None, math.radians(40.0)])
@pytest.mark.parametrize('images', list(ExampleImages))
def test_split_and_whole_network_agree(images, yaw_prior) -> None:
    network = Ccvpe(replace(TINY, yaw_prior=yaw_prior)).eval()
    settle(network)
    # as large as trained ones: biases, and what the images have a share in
    for name, weight in network.match.named_parameters():
        if name.endswith('bias'):
            torch.nn.init.normal_(weight, std=0.1)
        else:
            weight.data.mul_(2.0)
    tile, views = images(1, 128, 128), images(2, 64, 320)
    with torch.no_grad():
        known = PreparedSatellite(network)(tile)
        logits, field, matches = PreparedMatch(network)(*network.ground(views), *known)
        whole = network(tile, views)
    assert len(known) == 1 + len(PLACES) + len(TURNS)
    assert (whole.logits[0] - whole.logits[1]).abs().max() > 0.05
    assert logits.shape == whole.logits.shape == (2, 1, 128, 128)
    torch.testing.assert_close(logits, whole.logits, rtol=0.0, atol=1e-5)
    torch.testing.assert_close(matches, whole.matches[0], rtol=0.0, atol=1e-6)
    # where a vector is short its direction is less certain
    apart = (field - whole.field).abs()
    assert apart.mean() < 1e-5 and apart.max() < 1e-3
