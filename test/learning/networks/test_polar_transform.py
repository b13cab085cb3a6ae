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

import numpy as np
from onnx_parity import assert_parity
from patterned_tile import patterned_tile
import pytest
import torch

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.polar_transform import (
    polar_coordinates, PolarTransform, stretched)

COORDINATES = {
    (750, 112, 616): {
        (0, 0): (746.651786, 375), (0, 154): (375, 3.348214), (0, 308): (3.348214, 375),
        (0, 462): (375, 746.651786), (56, 77): (505.214976, 244.785024), (111, 9): (375, 375),
        (0, 615): (746.632453, 378.790774)},
    (1200, 112, 616): {
        (0, 0): (1194.642857, 600), (0, 154): (600, 5.357143), (0, 308): (5.357143, 600),
        (0, 462): (600, 1194.642857), (56, 77): (808.343962, 391.656038), (111, 600): (600, 600),
        (0, 615): (1194.611924, 606.065238)},
    (640, 320, 640): {
        (0, 0): (639, 320), (0, 160): (320, 1), (0, 320): (1, 320), (0, 480): (320, 639),
        (0, 639): (638.984627, 323.131725), (160, 80): (432.429978, 207.570022),
        (319, 50): (320, 320)}}
PATTERN = [
    ((750, 112, 616), 26451283.15397, {
        (10, 100): (42.178276, 110.753506, 144.619558),
        (56, 205): (134.439311, 151.475827, 159.564334),
        (107, 615): (224.859504, 21.881728, 143.038312), (111, 5): (184, 184, 81)}),
    ((1200, 112, 616), 26384207.35785, {(10, 100): (16.285241, 177.205609, 142.748914)}),
    ((640, 320, 640), 77688913.70306, {
        (10, 100): (234.965267, 176.774304, 81.915265),
        (315, 639): (12.195768, 28.037920, 2.705376)})]
SMALL = [[74, 63.0918831, 41, 20.6654762, 14, 24.9081169, 47, 67.3345238],
         [64, 56.7279221, 42, 28.4436508, 24, 31.2720779, 46, 59.5563492],
         [54, 50.363961, 43, 36.2218254, 34, 37.636039, 45, 51.7781746], [44] * 8]


@pytest.mark.parametrize('sizes', COORDINATES)
def test_strip_pixels_look_where_the_specification_says(sizes) -> None:
    rows, columns = polar_coordinates(*sizes)
    for pixel, expected in COORDINATES[sizes].items():
        assert (rows[pixel].item(), columns[pixel].item()) == pytest.approx(expected, abs=5.1e-7)


@pytest.mark.parametrize(('sizes', 'total', 'pixels'), PATTERN)
def test_patterned_tile_gives_the_values_of_the_specification(sizes, total, pixels) -> None:
    strip = PolarTransform(*sizes, dtype=torch.float64)(patterned_tile(sizes[0]))[0]
    assert strip.sum().item() == pytest.approx(total, abs=1e-4)
    for (row, column), expected in pixels.items():
        assert strip[:, row, column].tolist() == pytest.approx(expected, abs=5.1e-7)


def test_patterned_tile_has_the_channel_means_of_the_specification() -> None:
    means = PolarTransform(750, 112, 616)(patterned_tile(750).float())[0].mean(dim=(1, 2))
    assert means.tolist() == pytest.approx([129.145359, 129.036110, 125.214913], abs=2e-5)
    strip = PolarTransform(640, 320, 640)(patterned_tile(640).float())[0]
    assert strip.mean(dim=(1, 2)).tolist() == pytest.approx(
        [127.062781, 127.092914, 125.184704], abs=2e-5)


def test_small_tile_gives_the_values_of_the_specification() -> None:
    tile = 10.0 * torch.arange(8.0)[:, None] + torch.arange(8.0)[None, :]
    strip = PolarTransform(8, 4, 8, dtype=torch.float64)(tile[None, None].double())
    assert strip[0, 0].numpy() == pytest.approx(np.array(SMALL), abs=6e-8)


def test_a_neighbour_outside_the_tile_counts_as_zero() -> None:
    assert PolarTransform(8, 8, 8)(torch.ones(1, 1, 8, 8)).min().item() == 0.5


def test_contrast_stretch_gives_the_values_of_the_specification() -> None:
    tile = torch.floor(60 + patterned_tile(750) * 100 / 255)
    plain = PolarTransform(750, 112, 616, dtype=torch.float64)(tile)
    wide = PolarTransform(750, 112, 616, stretch=True, dtype=torch.float64)(tile)
    assert plain[0, :, 10, 100].tolist() == pytest.approx(
        [75.673878, 102.961492, 116.059298], abs=5.1e-7)
    assert wide[0, :, 10, 100].tolist() == [40, 110, 143]
    assert plain.mean().item() == pytest.approx(109.632780, abs=1e-6)
    assert wide.mean().item() == pytest.approx(126.678591, abs=1e-6)


def test_every_image_of_a_batch_is_stretched_by_itself_and_a_uniform_one_is_zero() -> None:
    images = torch.stack([torch.full((3, 2, 4), 7.0), torch.full((3, 2, 4), 10.0)])
    images[1, 2, 1, 3] = 20.0
    result = stretched(images)
    assert torch.equal(result[0], torch.zeros(3, 2, 4))
    assert result[1].unique().tolist() == [0.0, 255.0] and result[1, 2, 1, 3] == 255.0


def test_one_landmark_north_of_the_centre_appears_in_the_centre_column() -> None:
    tile = torch.zeros(1, 1, 200, 200)
    tile[0, 0, 40:44, 98:103] = 1.0
    row, column = divmod(int(PolarTransform(200, 50, 120)(tile).argmax()), 120)
    assert abs(column - 60) <= 1 and abs(row - (49 - 50 * 58 / 100)) <= 1.5


def test_tiles_of_another_size_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='made for 8x8'):
        PolarTransform(8, 4, 8)(torch.zeros(1, 3, 8, 9))
    with pytest.raises(ConfigurationError, match='is empty'):
        PolarTransform(8, 0, 8)


@pytest.mark.parametrize('stretch', [False, True])
def test_exported_strips_are_those_of_torch(tmp_path, stretch: bool) -> None:
    tiles = patterned_tile(40).float().expand(3, -1, -1, -1).clone()
    tiles[1] += 20.0 * torch.rand(3, 40, 40)
    assert_parity(PolarTransform(40, 12, 34, stretch=stretch), [[tiles], [tiles[:1]]], tmp_path)
