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

import pytest
import torch

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.spatial_transformer import (
    AffineTransformer, ComposedAffineTransformer, localisation_side, ResidualBlock, sampled,
    ThinPlateSplineTransformer)

CVUSA = (256, (112, 616))
VIGOR = (160, (160, 320))
THETA = [[0.8, 0.2, 0.1], [-0.1, 0.9, -0.2]]


def ramp() -> torch.Tensor:
    """Return the tile of the specification: channels row, column and 1."""
    row, column = torch.meshgrid(torch.arange(256.0), torch.arange(256.0), indexing='ij')
    return torch.stack([row, column, torch.ones(256, 256)])[None]


def assert_values(image: torch.Tensor, expected: dict, means: list, tolerance: float) -> None:
    """Compare some pixels and the channel means of a (1, 3, H, W) image."""
    for (row, column), values in expected.items():
        assert image[0, :, row, column].tolist() == pytest.approx(values, abs=tolerance)
    assert image.mean(dim=(0, 2, 3)).tolist() == pytest.approx(means, abs=tolerance)


@pytest.mark.parametrize(('transformer', 'sizes', 'count'), [
    (AffineTransformer, CVUSA, 113_704), (AffineTransformer, VIGOR, 36_904),
    (ThinPlateSplineTransformer, CVUSA, 932_442), (ThinPlateSplineTransformer, VIGOR, 318_042)])
def test_transformers_have_the_published_number_of_parameters(transformer, sizes, count) -> None:
    assert sum(weight.numel() for weight in transformer(*sizes).parameters()) == count


@pytest.mark.parametrize(('size', 'side'), [(256, 13), (160, 7), (54, 1)])
def test_localisation_ends_at_the_published_side(size, side) -> None:
    assert localisation_side(size) == side


@pytest.mark.parametrize('transformer', [AffineTransformer, ThinPlateSplineTransformer])
def test_a_tile_too_small_to_warp_is_refused(transformer) -> None:
    with pytest.raises(ConfigurationError, match='54 is the least'):
        transformer(53, (8, 16))


def test_first_affine_warp_gives_the_values_of_the_specification() -> None:
    image = AffineTransformer(*CVUSA).eval()(ramp())
    assert_values(image, {
        (0, 0): (0.4550, 0, 0.7078), (56, 308): (128.6429, 127.7078, 1),
        (111, 615): (180.0325, 180.4875, 0.7078), (10, 100): (23.5, 41.2662, 1)},
        [127.3790, 127.3790, 0.99905], 1e-4)


def test_given_affine_warp_has_the_grid_and_values_of_the_specification() -> None:
    grid = AffineTransformer(*CVUSA).grid(torch.tensor([THETA]))
    for pixel, expected in {(0, 0): (-0.8969156, -0.9921266), (56, 308): (0.1030844, -0.1921266),
                            (10, 100): (-0.6014611, -0.8638799)}.items():
        assert grid[0][pixel].tolist() == pytest.approx(expected, abs=2e-7)
    assert_values(sampled(ramp(), grid, align_corners=False), {
        (0, 0): (0.5078, 12.6948, 1), (56, 308): (102.9078, 140.6948, 1),
        (111, 615): (0, 0, 0), (10, 100): (16.9234, 50.5130, 1)},
        [100.9510, 129.9008, 0.93667], 1e-4)


def test_affine_grid_is_the_one_of_torch() -> None:
    theta = torch.randn(2, 2, 3)
    expected = torch.nn.functional.affine_grid(theta, [2, 3, 7, 12], align_corners=False)
    torch.testing.assert_close(AffineTransformer(54, (7, 12)).grid(theta), expected)


def test_first_spline_warp_of_the_reference_gives_the_values_of_the_specification() -> None:
    image = ThinPlateSplineTransformer(*CVUSA, reference=True).eval()(ramp())
    # The published values carry the 5e-5 of a float32 inverse: 0.0065 px.
    assert_values(image, {
        (56, 308): (128.6539, 127.7063, 1), (10, 100): (22.5658, 41.1274, 1)},
        [126.1288, 126.1250, 0.98923], 7e-3)
    # Half a pixel past the border a share of a pixel is a share of its value.
    assert image[0, :, 0, 0].tolist() == pytest.approx([0, 0, 0.2514], abs=7e-3)
    assert image[0, 1:, 0, 308].tolist() == pytest.approx([63.8914, 0.5003], rel=7e-3)


def test_first_spline_warp_is_the_identity_up_to_the_border_when_corrected() -> None:
    image = ThinPlateSplineTransformer(*CVUSA).eval()(ramp())
    rows, columns = torch.linspace(0, 255, 112), torch.linspace(0, 255, 616)
    inside = image[0, :, 1:-1, 1:-1]
    assert (inside[0] - rows[1:-1, None]).abs().max() < 0.01
    assert (inside[1] - columns[None, 1:-1]).abs().max() < 0.01
    assert image[0, 2].min() > 0.99


def test_bounded_spline_starts_as_the_identity_too_and_stays_within_the_tile() -> None:
    transformer = ThinPlateSplineTransformer(60, (24, 40), bounded=True).eval()
    free = ThinPlateSplineTransformer(60, (24, 40)).eval()
    images = torch.rand(1, 3, 60, 60)
    torch.testing.assert_close(transformer(images), free(images), atol=1e-3, rtol=0)
    with torch.no_grad():
        transformer.localisation[-1].bias.fill_(50.0)
    assert transformer(images).isfinite().all()


def test_residual_block_adds_zero_channels_or_leaves_channels_out() -> None:
    images = torch.rand(2, 3, 6, 9)
    wider, narrower = ResidualBlock(3, 8).eval(), ResidualBlock(8, 3).eval()
    for block in (wider, narrower):
        for weight in block.convolutions.parameters():
            torch.nn.init.zeros_(weight)
    wide = wider(images)
    scale = (1 + wider.norm.eps) ** -0.5
    torch.testing.assert_close(wide[:, :3], images * scale)
    assert torch.equal(wide[:, 3:], torch.zeros(2, 5, 6, 9))
    torch.testing.assert_close(narrower(wide), images * scale ** 2)


def test_composed_warps_keep_the_tile_until_the_last_which_makes_the_strip() -> None:
    transformer = ComposedAffineTransformer(60, (16, 40)).eval()
    tiles = torch.rand(2, 3, 60, 60)
    shapes = []
    for stage in transformer:
        tiles = stage(tiles)
        shapes.append(tuple(tiles.shape))
    assert shapes == [(2, 3, 60, 60), (2, 8, 60, 60), (2, 8, 60, 60), (2, 3, 60, 60),
                      (2, 3, 16, 40)]


@pytest.mark.parametrize('transformer', [
    AffineTransformer(54, (8, 16)), ThinPlateSplineTransformer(54, (8, 16)),
    ComposedAffineTransformer(54, (8, 16))])
def test_loss_reaches_every_prediction(transformer) -> None:
    (transformer(torch.rand(2, 3, 54, 54)) ** 2).mean().backward()
    last = [layer for layer in transformer.modules() if isinstance(layer, torch.nn.Linear)
            and layer.out_features in (6, 120)]
    assert last and all(layer.bias.grad.abs().max() > 0 for layer in last)
