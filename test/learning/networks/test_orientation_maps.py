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

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.orientation_maps import (
    aerial_orientation, ground_orientation, resized_aerial_orientation, turned, with_orientation)

GROUND = {(0, 0): (-1, -0.18115353), (50, 300): (-0.5125914, -0.0999188),
          (111, 615): (-0.0008123, -0.0008123), (112, 616): (0.0008123, 0.0008123),
          (223, 1231): (1, 0.18115353)}
AERIAL = {(0, 255): (-0.00062291, 0.99609757), (255, 255): (-0.25, -0.99447573),
          (256, 256): (0.75, -0.99447573), (255, 511): (0.49937709, 0.99609757),
          (511, 255): (-0.99937709, 0.99609757), (256, 0): (-0.50062291, 0.99609757),
          (128, 384): (0.25124339, 0.41422435), (0, 0): (-0.25, 1)}


def test_ground_map_of_cvusa_is_that_of_the_published_file() -> None:
    orientation = ground_orientation(224, 1232, dtype=torch.float64)
    for (row, column), expected in GROUND.items():
        assert orientation[:, row, column].tolist() == pytest.approx(expected, abs=6e-8)
    assert orientation.mean(dim=(1, 2)).tolist() == pytest.approx([0, 0], abs=1e-12)
    assert orientation.flatten(1).std(dim=1, correction=0).tolist() == pytest.approx(
        [0.5778191, 0.1050570], abs=6e-8)
    step = (orientation[0, 0, 1] - orientation[0, 0, 0]).item() * math.pi
    assert step == pytest.approx(0.005104131, abs=6e-10)


def test_cropped_map_of_cvact_has_the_inferred_range() -> None:
    cropped = ground_orientation(832, 1664, dtype=torch.float64)[:, 208:624]
    assert cropped[1].max().item() == pytest.approx(0.24955, abs=6e-6)


def test_aerial_map_is_that_of_the_specification() -> None:
    orientation = aerial_orientation(512, torch.float64)
    for (row, column), expected in AERIAL.items():
        assert orientation[:, row, column].tolist() == pytest.approx(expected, abs=6e-9)
    small = aerial_orientation(8, torch.float64)
    assert small[0, 0].tolist() == pytest.approx(
        [-.25, -.1974315, -.1288811, -.0451672, .0451672, .1288811, .1974315, .25], abs=6e-8)
    assert small[1, 3].tolist() == pytest.approx(
        [.767767, .2747549, -.2094306, -.6464466, -.6464466, -.2094306, .2747549, .767767],
        abs=3e-7)


def test_rolled_panorama_says_its_true_direction_in_the_first_column() -> None:
    rolled = ground_orientation(224, 1232, dtype=torch.float64).roll(-100, dims=2)
    assert rolled[0, 5, 0].item() == pytest.approx(-1 + 200 / 1231, abs=1e-12)


def test_turning_equals_rolling_up_to_the_doubled_column() -> None:
    orientation = ground_orientation(8, 65, dtype=torch.float64)
    heading = torch.tensor([10 * 2 * math.pi / 64], dtype=torch.float64)
    result = turned(orientation, heading)[0]
    rolled = orientation.roll(-10, dims=2)
    torch.testing.assert_close(result[:, :, :55], rolled[:, :, :55])
    torch.testing.assert_close(result[0, :, 56:], rolled[0, :, 57:].new_tensor(
        [-1 + 2 * k / 64 for k in range(2, 11)]).expand(8, 9))
    assert result.abs().max() <= 1


def test_turning_takes_any_number_of_turns_and_north_changes_nothing() -> None:
    orientation = ground_orientation(4, 9, dtype=torch.float64)
    heading = torch.tensor([0.0, 0.7, 0.7 + 6 * math.pi, 0.7 - 2 * math.pi], dtype=torch.float64)
    result = turned(orientation, heading)
    assert torch.equal(result[0], orientation)
    torch.testing.assert_close(result[2], result[1])
    torch.testing.assert_close(result[3], result[1])


def test_tile_turned_counter_clockwise_has_north_at_its_left_edge() -> None:
    turned_map = torch.rot90(aerial_orientation(512), 1, dims=(1, 2))
    assert abs(turned_map[0, 255, 0].item()) < 1e-3


@pytest.mark.parametrize(('raw', 'blends'), [(80, False), (81, True)])
def test_map_shrunk_from_a_raw_tile_blends_directions_at_the_south_seam_of_odd_tiles_only(
        raw: int, blends: bool) -> None:
    exact, shrunk = aerial_orientation(64), resized_aerial_orientation(raw, 64)
    away = (exact[0].abs() < 0.9) & (exact[1].abs() < 0.9)
    assert (exact - shrunk)[:, away].abs().max() < 0.02
    blended = (exact - shrunk)[0, 60, 31:33].abs().max().item()
    assert blended > 0.5 if blends else blended < 0.01


def test_shrinking_by_a_whole_number_is_the_mean_of_squares() -> None:
    raw = aerial_orientation(12, torch.float64)
    expected = raw.view(2, 4, 3, 4, 3).mean(dim=(2, 4))
    torch.testing.assert_close(resized_aerial_orientation(12, 4, torch.float64), expected)


def test_forward_camera_sees_only_its_own_directions() -> None:
    orientation = ground_orientation(10, 41, math.radians(90), torch.float64)
    assert orientation[0, 0, [0, 20, 40]].tolist() == pytest.approx([-0.25, 0.0, 0.25])


def test_one_map_serves_all_images_and_one_map_each_is_kept_apart() -> None:
    colours = torch.zeros(2, 3, 4, 9)
    orientation = ground_orientation(4, 9)
    shared = with_orientation(colours, orientation)
    assert torch.equal(shared[0], shared[1]) and torch.equal(shared[1, 3:], orientation)
    each = with_orientation(colours, torch.stack([orientation, -orientation]))
    assert torch.equal(each[1, 3:], -orientation)


@pytest.mark.parametrize('call', [
    lambda: ground_orientation(4, 1), lambda: aerial_orientation(1),
    lambda: resized_aerial_orientation(10, 11),
    lambda: with_orientation(torch.zeros(1, 3, 4, 8), torch.zeros(2, 4, 9))])
def test_impossible_sizes_are_refused(call) -> None:
    with pytest.raises(ConfigurationError):
        call()
