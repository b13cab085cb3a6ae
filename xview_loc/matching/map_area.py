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

"""Which cells a descriptor map of an area or along a route consists of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math

import numpy as np

from xview_loc.errors import MatchingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.imagery.bounds import Bounds, centre_of, check_bounds
from xview_loc.matching.cell_window import CellWindow

MOST_CELLS = 100_000


@dataclass(frozen=True)
class MapArea:
    """
    Cells to describe.

    :param frame: what their grid is anchored to.
    :param spacing_m: its step [m].
    :param cells: ``(N, 2)`` int64 row and column, by row and column.
    :param text: what was asked for, in words.
    """

    frame: LocalFrame
    spacing_m: float
    cells: np.ndarray
    text: str


@dataclass(frozen=True)
class CellCost:
    """
    What a cell costs.

    :param seconds: to describe it [s].
    :param size: on disk [bytes].
    """

    seconds: float
    size: int

    def text(self, cells: float) -> str:
        """
        Return time and space in words.

        :param cells: how many there are.
        """
        minutes, gigabytes = cells * self.seconds / 60.0, cells * self.size / 1e9
        time = f'{minutes:.0f} minutes' if minutes < 120.0 else f'{minutes / 60.0:.0f} hours'
        return f'{gigabytes:.2g} GB and {time} on this machine'


def area_of_bounds(bounds: Bounds, spacing_m: float, cost: CellCost,
                   most_cells: int = MOST_CELLS, frame: LocalFrame | None = None) -> MapArea:
    """
    Return the cells of a rectangle in latitude and longitude.

    :param bounds: west, south, east, north [deg].
    :param spacing_m: step of the grid [m].
    :param cost: of a cell, for the message.
    :param most_cells: refuse more.
    :param frame: what the grid is anchored to; the middle of the bounds when ``None``.
    :raises ImageryError: when the bounds are no area on the earth.
    :raises MatchingError: when there are more cells than allowed.
    :raises GeometryError: when the area reaches more than 50 km from the datum.
    """
    west, south, east, north = check_bounds(bounds)
    frame = frame or LocalFrame(*centre_of(bounds))
    part = np.linspace(0.0, 1.0, 9)
    width = east - west if east > west else east - west + 360.0
    longitudes, latitudes = np.meshgrid(west + width * part, south + (north - south) * part)
    x, y, _ = frame.map_from_geodetic(latitudes, longitudes)
    rows = [math.floor(-y.max() / spacing_m), math.ceil(-y.min() / spacing_m)]
    columns = [math.floor(x.min() / spacing_m), math.ceil(x.max() / spacing_m)]
    window = CellWindow(spacing_m, rows[0], columns[0], rows[1] - rows[0] + 1,
                        columns[1] - columns[0] + 1)
    _check_count(window.rows * window.columns, most_cells, spacing_m, cost)
    return MapArea(frame, spacing_m, window.cells,
                   f'west {west:.6f} south {south:.6f} east {east:.6f} north {north:.6f}')


def area_along(positions: Sequence[tuple[float, float]], corridor_m: float, spacing_m: float,
               cost: CellCost, most_cells: int = MOST_CELLS,
               frame: LocalFrame | None = None) -> MapArea:
    """
    Return the cells near a route.

    :param positions: latitudes and longitudes in driving order [deg]; those that are not finite
        are left out.
    :param corridor_m: how far to both sides of the route, and beyond its ends [m].
    :param spacing_m: step of the grid [m].
    :param cost: of a cell, for the message.
    :param most_cells: refuse more.
    :param frame: what the grid is anchored to; the first position when ``None``.
    :raises MatchingError: when there is no position, or more cells than allowed.
    :raises GeometryError: when the route leads more than 50 km from the datum.
    """
    places = np.asarray(positions, np.float64).reshape(-1, 2)
    places = places[np.isfinite(places).all(axis=1)]
    if len(places) == 0 or not corridor_m > 0.0:
        raise MatchingError(
            f'A route of {len(places)} positions with a corridor of {corridor_m} m holds nothing; '
            'it needs a position and a positive corridor.')
    frame = frame or LocalFrame(float(places[0, 0]), float(places[0, 1]))
    x, y, _ = frame.map_from_geodetic(*places.T)
    route, length = _resampled(np.stack([x, y], axis=1), 0.5 * spacing_m)
    reach = math.ceil(corridor_m / spacing_m) + 1
    span = np.mgrid[-reach:reach + 1, -reach:reach + 1].reshape(2, -1).T
    nearest = np.rint(np.stack([-route[:, 1], route[:, 0]], axis=1) / spacing_m).astype(np.int64)
    crossed = np.unique(nearest, axis=0)
    _check_count(len(crossed) * corridor_m / spacing_m, most_cells, spacing_m, cost)
    cells = np.unique((crossed[:, None] + span).reshape(-1, 2), axis=0)
    cells = cells[_distance(cells, route, spacing_m) <= corridor_m]
    _check_count(len(cells), most_cells, spacing_m, cost)
    return MapArea(frame, spacing_m, cells,
                   f'{corridor_m:g} m around a route of {length:.0f} m')


def _check_count(cells: float, most_cells: int, spacing_m: float, cost: CellCost) -> None:
    if cells > most_cells:
        raise MatchingError(
            f'The area holds about {cells:.0f} cells of {spacing_m:g} m, which takes '
            f'{cost.text(cells)}; at most {most_cells} are allowed: choose a smaller area or '
            'corridor or a larger spacing, or allow more cells.')


def _resampled(points: np.ndarray, step_m: float) -> tuple[np.ndarray, float]:
    """Return points at most a step apart along a polyline, and its length [m]."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    wanted = np.linspace(0.0, along[-1], math.ceil(along[-1] / step_m) + 1)
    places = np.stack([np.interp(wanted, along, axis) for axis in points.T], axis=1)
    return places, float(along[-1])


def _distance(cells: np.ndarray, route: np.ndarray, spacing_m: float) -> np.ndarray:
    """Return how far cells are from the nearest point of a route [m]."""
    from scipy.spatial import cKDTree

    places = np.stack([cells[:, 1], -cells[:, 0]], axis=1) * spacing_m
    return cKDTree(route).query(places)[0]
