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

from onnx_parity import assert_parity, DESCRIPTOR_TOLERANCE, random_images, structured_images
import pytest
import torch

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.oricnn import (
    generalised_mean, OriCnn, OriCnnConfig, OriCnnEncoder, resampled)
from xview_loc.learning.networks.orientation_maps import ground_orientation
from xview_loc.learning.networks.unit_length import unit_length

SMALL = OriCnnConfig(ground_shape=(154, 250), satellite_size=136)


def settled(model: OriCnn) -> OriCnn:
    """Return a small network for inference, with statistics as after a first batch."""
    for norm in (*model.satellite.encoder.norms, *model.ground.encoder.norms):
        if norm.running_mean is not None:
            norm.running_mean.normal_(std=0.1)
            norm.running_var.uniform_(0.05, 0.2)
    return model.eval()


@pytest.mark.parametrize(('size', 'sizes'), [
    ((224, 1232), [(112, 616), (56, 308), (28, 154), (14, 77), (7, 39), (4, 20), (2, 10)]),
    ((512, 512), [(256,) * 2, (128,) * 2, (64,) * 2, (32,) * 2, (16,) * 2, (8,) * 2, (4,) * 2])])
def test_every_layer_halves_and_rounds_up(size, sizes) -> None:
    encoder = OriCnnEncoder().to('meta')
    images = torch.empty(2, 5, *size, device='meta')
    assert [tuple(level.shape[2:]) for level in encoder.levels(images)] == sizes
    assert tuple(encoder(images).shape) == (2, 1536)


def test_layers_have_the_published_number_of_parameters() -> None:
    encoder = OriCnnEncoder()
    convolutions = [sum(p.numel() for p in layer.parameters()) for layer in encoder.convolutions]
    norms = [sum(p.numel() for p in layer.parameters()) for layer in encoder.norms]
    assert convolutions == [5_184, 131_200, 524_544, 2_097_664, *[4_194_816] * 3]
    assert norms == [256, 512, 1_024, 1_024, 1_024, 1_024]
    assert sum(p.numel() for p in OriCnn(SMALL).parameters()) == 30_695_808


def test_an_odd_side_is_padded_by_one_before_and_two_after() -> None:
    layer = OriCnnEncoder().convolutions[0]
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[:, 0] = 1.0
    image = torch.zeros(1, 5, 7, 8)
    image[0, 0] = 1.0
    result = layer(image)[0, 0]
    assert torch.equal(result[:, 1] / 4, torch.tensor([3.0, 4.0, 4.0, 2.0]))
    assert torch.equal(result[1] / 4, torch.tensor([3.0, 4.0, 4.0, 3.0]))


def test_scales_are_sampled_at_the_centres_of_the_coarsest_cells() -> None:
    row, column = torch.meshgrid(torch.arange(7.0), torch.arange(39.0), indexing='ij')
    result = resampled((100 * row + column)[None, None], (2, 10))[0, 0]
    expected = torch.tensor([1.25, 4.75])[:, None] * 100 + 1.45 + 3.9 * torch.arange(10.0)
    torch.testing.assert_close(result, expected)
    assert result[0, [0, 1, 9]].tolist() == pytest.approx([126.45, 130.35, 161.55])
    ramp = torch.arange(16.0).expand(1, 1, 16, 16)
    assert resampled(ramp, (4, 4))[0, 0, 0].tolist() == [1.5, 5.5, 9.5, 13.5]


def test_generalised_mean_is_that_of_the_specification() -> None:
    features = torch.tensor(
        [[[-1, .2, 3], [.5, .4, -2]], [[2, .6, 0], [1, .8, 1]]], dtype=torch.float64)
    pooled = generalised_mean(features.permute(2, 0, 1)[None])
    assert pooled[0].tolist() == pytest.approx([1.3164094, 0.5848035, 1.9129312], abs=6e-8)
    assert unit_length(pooled)[0].tolist() == pytest.approx(
        [0.5497348, 0.2442150, 0.7988433], abs=6e-8)


def test_descriptor_of_an_image_does_not_depend_on_its_neighbours_in_the_batch() -> None:
    model = settled(OriCnn(SMALL))
    tiles = random_images(3, 136, 136)
    with torch.no_grad():
        torch.testing.assert_close(
            model.satellite(tiles)[:1], model.satellite(tiles[:1]), atol=1e-6, rtol=1e-5)


def test_reference_descriptor_does_depend_on_its_neighbours_even_at_test() -> None:
    model = OriCnn(OriCnnConfig((154, 250), 136, batch_statistics_at_test=True)).eval()
    tiles = random_images(3, 136, 136)
    with torch.no_grad():
        whole, pair = model.satellite(tiles), model.satellite(tiles[:2])
    assert (whole[:2] - pair).abs().max() > 1e-4
    assert OriCnnConfig.reference(1200).batch_statistics_at_test
    assert OriCnnConfig.reference(1200).raw_satellite_size == 1200


def test_heading_reaches_the_network_through_the_orientation_map_alone() -> None:
    model = settled(OriCnn(SMALL))
    images = random_images(2, 154, 250)
    with torch.no_grad():
        north = model.ground(images)
        torch.testing.assert_close(model.ground(images, torch.zeros(2)), north)
        west = model.ground(images, torch.tensor([0.0, -math.pi / 2]))
        by_map = model.ground.describe(images, torch.stack(
            [model.ground.orientation, ground_orientation(154, 250)]))
    torch.testing.assert_close(west[0], north[0])
    torch.testing.assert_close(by_map, north)
    assert (west[1] - north[1]).abs().max() > 1e-4
    torch.testing.assert_close(north.norm(dim=1), torch.ones(2))


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='horizontal_fov'):
        OriCnnConfig(horizontal_fov=7.0)
    with pytest.raises(ConfigurationError, match='at least 2'):
        OriCnnConfig(satellite_size=1)


def test_exported_branches_are_those_of_torch(tmp_path) -> None:
    model = settled(OriCnn(SMALL))
    assert_parity(model.satellite, [
        [random_images(2, 136, 136)], [structured_images(1, 136, 136)],
        [structured_images(5, 136, 136)]], tmp_path, DESCRIPTOR_TOLERANCE)
    heading = torch.tensor([0.3, -2.0, 5.0])
    assert_parity(model.ground, [
        [random_images(3, 154, 250), heading],
        [structured_images(1, 154, 250), heading[:1]]], tmp_path, DESCRIPTOR_TOLERANCE)
