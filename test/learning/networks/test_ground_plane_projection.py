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
from xview_loc.learning.networks.ground_plane_projection import (
    GroundPlaneProjection, REFERENCE_RAW_SHAPE, scaled_intrinsics)

RAW = torch.tensor([[721.5377, 721.5377, 609.5593, 172.854]], dtype=torch.float64)
CELL = 16 * 0.1958285087
YAW = -2.6087069803847


@pytest.fixture
def projection() -> GroundPlaneProjection:
    """Return the grid of the specification in float64."""
    grid = GroundPlaneProjection(32, CELL, reference=True).double()
    offset = (torch.arange(32, dtype=torch.float64) - 16) * CELL
    grid.south[:], grid.east[:] = offset[:, None], offset[None, :]
    return grid


def camera() -> torch.Tensor:
    """Return the intrinsics of 2011_09_26 as the network sees them."""
    return scaled_intrinsics(RAW, REFERENCE_RAW_SHAPE)


def motion(east: float, north: float, yaw: float) -> torch.Tensor:
    """Return one motion, (1, 3) float64."""
    return torch.tensor([[east, north, yaw]], dtype=torch.float64)


def ramp() -> torch.Tensor:
    """Return the synthetic features x + 100 y, (1, 1, 16, 64)."""
    row, column = torch.meshgrid(
        torch.arange(16.0, dtype=torch.float64), torch.arange(64.0, dtype=torch.float64),
        indexing='ij')
    return (column + 100 * row)[None, None]


def test_scaled_intrinsics_are_those_of_the_specification_and_leave_their_input() -> None:
    before = RAW.clone()
    assert camera()[0].tolist() == pytest.approx(
        [594.890986, 492.569737, 502.567410, 118.001664], abs=6e-7)
    assert (camera()[0] / 16).tolist() == pytest.approx(
        [37.180687, 30.785609, 31.410463, 7.375104], abs=6e-7)
    assert torch.equal(RAW, before)


def test_another_date_is_scaled_by_its_real_size() -> None:
    raw = torch.tensor([707.0912, 707.0912, 601.8873, 183.1104], dtype=torch.float64)
    assert scaled_intrinsics(raw, REFERENCE_RAW_SHAPE).tolist() == pytest.approx(
        [582.98, 482.71, 496.24, 125.00], abs=6e-3)
    assert scaled_intrinsics(raw, (370, 1226)).tolist() == pytest.approx(
        [590.59, 489.23, 502.72, 126.69], abs=6e-3)


@pytest.mark.parametrize(('pose', 'cell', 'seen', 'depth'), [
    ((0, 0, 0), (16, 20), (31.41046, 11.42810), 12.53302),
    ((0, 0, 0), (14, 24), (22.11529, 9.40160), 25.06605),
    ((0, 0, 0), (18, 30), (36.72199, 8.53310), 43.86559),
    ((-2, 1, .3), (16, 20), (45.77593, 11.11331), 13.58841),
    ((-2, 1, .3), (14, 24), (35.43494, 9.22807), 27.41355),
    ((0, 0, YAW), (16, 12), (53.33963, 12.08053), 10.79525),
    ((0, 0, YAW), (20, 10), (29.35910, 9.62672), 22.55992),
    ((2.6, 1.5, YAW), (16, 12), (48.64659, 11.05685), 13.79678)])
def test_cells_are_seen_where_the_specification_says(projection, pose, cell, seen, depth) -> None:
    found = projection.coordinates(camera(), motion(*pose))[0, cell[0], cell[1]]
    assert found.tolist() == pytest.approx([*seen, depth], abs=6e-6)


def test_projected_ramp_is_that_of_the_specification(projection) -> None:
    maps = [projection(ramp(), camera(), motion(*pose))[0, 0]
            for pose in ((0, 0, 0), (-2, 1, .3), (0, 0, YAW))]
    sums = [value.sum().item() for value in maps]
    assert sums == pytest.approx([186146.98444, 206150.24755, 208426.68704], abs=2e-3)
    assert [int((value != 0).sum()) for value in maps] == [209, 234, 236]
    assert maps[0].max().item() == pytest.approx(1547.60970, abs=6e-6)
    assert maps[0][16, 20].item() == pytest.approx(1123.72011, abs=6e-6)
    assert maps[0][14, 24].item() == pytest.approx(911.77532, abs=6e-6)
    assert maps[2][20, 10].item() == pytest.approx(941.53099, abs=6e-6)


def test_nothing_behind_the_camera_is_seen(projection) -> None:
    for yaw in (0.0, math.pi / 2):
        value = projection(torch.ones(1, 1, 16, 64).double(), camera(), motion(0, 0, yaw))[0, 0]
        behind = value[:, :17] if yaw == 0.0 else value[16:]
        assert value.isfinite().all() and value.any() and not behind.any()


def test_cells_stand_for_their_middle_unless_for_parity() -> None:
    for reference, expected in ((False, (15.5, -10.5)), (True, (15.0, -11.0))):
        grid = GroundPlaneProjection(32, 1.0, reference=reference)
        assert (grid.east[5, 31].item(), grid.south[5, 31].item()) == expected


def test_impossible_grids_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='0.0 m'):
        GroundPlaneProjection(32, 0.0)
