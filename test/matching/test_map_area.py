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

"""The cells of an area and of a corridor, and the refusal of what is too much."""

import numpy as np
import pytest

from xview_loc.errors import GeometryError, ImageryError, MatchingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.matching.cell_window import positions_of
from xview_loc.matching.map_area import area_along, area_of_bounds, CellCost

FRAME = LocalFrame(49.01, 8.42)
COST = CellCost(0.3, 8192)


def geodetic(x, y):
    """Return latitudes and longitudes of places in ``map``."""
    latitude, longitude, _ = FRAME.geodetic_from_map(np.asarray(x, float), np.asarray(y, float))
    return np.stack([latitude, longitude], axis=1)


def test_cells_of_bounds_enclose_them() -> None:
    corners = geodetic([-100.0, 140.0], [-60.0, 30.0])
    bounds = (corners[0, 1], corners[0, 0], corners[1, 1], corners[1, 0])
    area = area_of_bounds(bounds, 5.0, COST, frame=FRAME)
    places = positions_of(area.cells, 5.0)
    np.testing.assert_allclose(places.min(axis=0), [-100.0, -60.0], atol=5.01)
    np.testing.assert_allclose(places.max(axis=0), [140.0, 30.0], atol=5.01)
    assert len(np.unique(area.cells, axis=0)) == len(area.cells) >= 49 * 19
    middle = area_of_bounds(bounds, 5.0, COST)
    assert middle.frame.latitude_deg == pytest.approx(corners[:, 0].mean())


def test_corridor_holds_exactly_what_is_near_the_route() -> None:
    route = geodetic([0.0, 200.0, 200.0], [0.0, 0.0, -150.0])
    area = area_along(route, 20.0, 4.0, COST, frame=FRAME)
    x, y = positions_of(area.cells, 4.0).T
    first = np.hypot(x - np.clip(x, 0.0, 200.0), y)
    second = np.hypot(x - 200.0, y - np.clip(y, -150.0, 0.0))
    distance = np.minimum(first, second)
    # The route is followed in steps of half a cell: a metre aside at most 0.05 m too far.
    assert distance.max() <= 20.0 + 1e-3
    everywhere = np.stack(np.meshgrid(np.arange(-60, 80), np.arange(-60, 80)), -1).reshape(-1, 2)
    px, py = positions_of(everywhere, 4.0).T
    near = np.minimum(np.hypot(px - np.clip(px, 0.0, 200.0), py),
                      np.hypot(px - 200.0, py - np.clip(py, -150.0, 0.0))) <= 19.9
    assert set(map(tuple, everywhere[near])) <= set(map(tuple, area.cells.tolist()))
    assert area.text == '20 m around a route of 350 m'


def test_positions_that_are_not_finite_are_left_out() -> None:
    route = np.insert(geodetic([0.0, 100.0], [0.0, 0.0]), 1, np.nan, axis=0)
    assert len(area_along(route, 10.0, 5.0, COST).cells) > 60


def test_too_much_is_refused_with_an_estimate() -> None:
    with pytest.raises(MatchingError, match=r'GB and \d+ hours on this machine; at most 100000'):
        area_of_bounds((8.3, 48.9, 8.5, 49.1), 5.0, COST)
    with pytest.raises(MatchingError, match=r'0\.\d+ GB and \d+ minutes'):
        area_along(geodetic([0.0, 2000.0], [0.0, 0.0]), 50.0, 5.0, COST, most_cells=1000)


@pytest.mark.parametrize(('bounds', 'error'), [
    ((8.5, 49.0, 8.5, 49.1), ImageryError), ((8.0, 48.0, 12.0, 52.0), GeometryError)])
def test_areas_that_are_none_or_too_wide_are_refused(bounds, error) -> None:
    with pytest.raises(error):
        area_of_bounds(bounds, 5.0, COST, most_cells=10 ** 12)


def test_a_route_without_positions_is_refused() -> None:
    with pytest.raises(MatchingError, match='holds nothing'):
        area_along([(np.nan, 8.0)], 10.0, 5.0, COST)
