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

import math

import pytest
import torch
from torch.nn import functional

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.ring_descriptor import equal_angle_columns, RingDescriptor
from xview_loc.learning.networks.rolling_match import RollingMatch


@pytest.mark.parametrize(('ring', 'arc', 'bins', 'shift', 'centred'), [
    (40, 40, 20, 2, False), (40, 7, 20, 2, True), (64, 16, 16, 4, False), (32, 16, 16, 4, False)])
def test_one_product_computes_what_a_loop_of_rolls_computes(
        ring, arc, bins, shift, centred) -> None:
    rings = torch.randn(3, ring, 4, 5, dtype=torch.float64)
    ground = torch.randn(3, arc, dtype=torch.float64)
    start = ring // 2 - arc // 2 if centred else 0
    expected = torch.stack([
        functional.cosine_similarity(
            rings.roll(-index * shift, dims=1)[:, start:start + arc],
            ground[:, :, None, None], dim=1) for index in range(bins)], dim=1)
    match = RollingMatch(ring, arc, bins, shift, centred).double()
    torch.testing.assert_close(match(rings, ground), expected)
    torch.testing.assert_close(match(rings[:1], ground)[:1], expected[:1])


def test_empty_cells_score_nothing() -> None:
    scores = RollingMatch(8, 4, 4, 2)(torch.zeros(1, 8, 2, 2), torch.zeros(1, 4))
    assert torch.equal(scores, torch.zeros(1, 4, 2, 2))


def test_arcs_longer_than_a_ring_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='an arc of 9 entries'):
        RollingMatch(8, 9, 4, 2)


def test_ring_descriptors_list_the_channels_of_a_column_together() -> None:
    head = RingDescriptor(6, 3, (4, 1))
    features = torch.rand(2, 6, 3, 5)
    first, second = head(features)
    assert tuple(first.shape) == (2, 20) and tuple(second.shape) == (2, 5)
    turned = head(features.roll(2, dims=3))
    torch.testing.assert_close(turned[0], first.roll(8, dims=1))
    torch.testing.assert_close(turned[1], second.roll(2, dims=1))
    reduced = torch.einsum(
        'oc,bchw,h->bwo', head.reduce.weight[:4, :, 0, 0], features, head.row_weight[0])
    bias = head.reduce.bias[:4] * head.row_weight[0].sum() + head.row_bias[0]
    torch.testing.assert_close(first, (reduced + bias).flatten(1))


@pytest.mark.parametrize(('rows', 'channels', 'parameters'), [
    (10, (64, 32, 16, 8, 4, 2), 161_472), (8, (16, 8, 4, 2, 1, 1), 41_046),
    (4, (32, 16, 8, 4, 2, 1), 80_733)])
def test_ring_descriptors_have_the_parameters_of_the_specification(
        rows, channels, parameters) -> None:
    head = RingDescriptor(1280, rows, channels)
    assert sum(weight.numel() for weight in head.parameters()) == parameters


def test_pinhole_columns_are_read_at_the_directions_of_the_ring() -> None:
    fov = math.radians(81.4)
    weights = equal_angle_columns(32, fov, 128)
    assert tuple(weights.shape) == (32, 29)
    torch.testing.assert_close(weights.sum(dim=0), torch.ones(29))
    focal = 16 / math.tan(fov / 2)
    bearing = torch.atan((torch.arange(32) + 0.5 - 16) / focal)
    wanted = (torch.arange(29) - 14) * 2 * math.pi / 128
    assert (bearing @ weights - wanted).abs()[1:-1].max() < math.radians(0.1)
    with pytest.raises(ConfigurationError, match='horizontal_fov'):
        equal_angle_columns(32, math.pi, 128)
