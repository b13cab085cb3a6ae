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
from xview_loc.learning.networks.thin_plate_spline import (
    bending, control_points, inverse_system, ThinPlateSplineGrid)

WAVY = {(0, 0): (-1.0258572, -1.0191050), (0, 308): (-0.0213497, -0.9519812),
        (0, 615): (0.9741137, -1.0190840), (55, 100): (-0.6774892, 0.0019836),
        (56, 308): (0.0043102, 0.0590623), (111, 0): (-0.9740945, 0.9808196),
        (111, 615): (1.0258665, 0.9809008)}
MOVED = {(0, 0): (-0.9997197, -1.0001255), (45, 400): (0.3020344, -0.1897966),
         (56, 308): (0.0010281, 0.0093066), (111, 615): (1.0001202, 0.9999679)}


@pytest.fixture(scope='module')
def spline() -> ThinPlateSplineGrid:
    """Return the 6x10 spline of CVUSA."""
    return ThinPlateSplineGrid(112, 616, control_points(6, 10))


def test_control_points_run_along_the_rows() -> None:
    points = control_points(6, 10)
    for index, expected in {0: (-.9, -.9), 1: (-.7, -.9), 9: (.9, -.9), 10: (-.9, -.54),
                            27: (.5, -.18), 59: (.9, .9)}.items():
        assert points[index].tolist() == pytest.approx(expected)


def test_bending_is_zero_where_points_coincide_and_half_r2_ln_r2_elsewhere() -> None:
    first, second = torch.tensor([[0.0, 0.0]]), torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    assert bending(first, second)[0].tolist() == pytest.approx([0.0, 12.5 * 3.2188758])


def test_inverse_of_the_system_has_the_entries_of_the_specification() -> None:
    inverse = inverse_system(control_points(6, 10))
    for entry, expected in {(0, 0): 7.8350019, (0, 1): -9.4952154, (5, 7): 3.5339520,
                            (60, 60): 1.3494555, (62, 62): 2.0714147}.items():
        assert inverse[entry].item() == pytest.approx(expected, rel=1e-3)


def test_undisturbed_points_give_the_regular_lattice(spline: ThinPlateSplineGrid) -> None:
    grid = spline(control_points(6, 10).float()[None])[0]
    x, y = torch.linspace(-1, 1, 616), torch.linspace(-1, 1, 112)
    assert (grid[..., 0] - x).abs().max() < 2e-5
    assert (grid[..., 1] - y[:, None]).abs().max() < 2e-5


def test_wavy_points_give_the_grid_of_the_specification(spline: ThinPlateSplineGrid) -> None:
    target = control_points(6, 10)
    wave = torch.stack([0.1 * torch.sin(3 * target[:, 1]), 0.05 * torch.cos(2 * target[:, 0])], 1)
    grid = spline((target + wave).float()[None])[0]
    for pixel, expected in WAVY.items():
        assert grid[pixel].tolist() == pytest.approx(expected, abs=2e-4)
    assert grid.mean(dim=(0, 1)).tolist() == pytest.approx([-0.0000045, 0.0227024], abs=2e-4)
    assert grid.flatten(0, 1).std(dim=0).tolist() == pytest.approx(
        [0.5826406, 0.5829546], abs=2e-4)


def test_one_moved_point_gives_the_grid_of_the_specification(spline: ThinPlateSplineGrid) -> None:
    points = control_points(6, 10).float()
    points[27] += torch.tensor([0.2, -0.1])
    grid = spline(points[None])[0]
    for pixel, expected in MOVED.items():
        assert grid[pixel].tolist() == pytest.approx(expected, abs=2e-4)


def test_spline_passes_through_its_control_points() -> None:
    points = control_points(3, 5, span=1.0)
    grid = ThinPlateSplineGrid(9, 17, points)
    moved = points.float() + 0.1 * torch.randn(15, 2)
    torch.testing.assert_close(grid(moved[None])[0, ::4, ::4].flatten(0, 1), moved)


def test_a_grid_of_one_row_is_refused() -> None:
    with pytest.raises(ConfigurationError, match='1x4'):
        ThinPlateSplineGrid(1, 4, control_points(2, 2))
