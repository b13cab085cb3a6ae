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

"""A street of 160 m with one crossing: enough of a world for tests, and quick."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xview_loc.simulation.city import City
from xview_loc.simulation.drive import Motion
from xview_loc.simulation.layout import LandUse, lane_route, Layout
from xview_loc.simulation.polyline import Polyline
from xview_loc.simulation.road import Road
from xview_loc.simulation.scenario import get_scenario, Scenario
from xview_loc.simulation.surface import Surface, SurfaceMap


def street_layout(rng: np.random.Generator) -> Layout:
    """Return a street to the east that another one crosses; ``rng`` is not used."""
    along = np.array([[-160.0, 0.0], [0.0, 0.0], [160.0, 0.0]])
    across = np.array([[0.0, -120.0], [0.0, 120.0]])
    roads = (Road(Polyline(along), parking_width=2.1), Road(Polyline(across)))
    route = lane_route([[-50.0, 0.0], [0.0, 0.0], [50.0, 0.0]], -1.625, 9.0)
    return Layout(roads, route, LandUse(), margin_m=35.0)


def street_scenario(duration_s: float = 1.0) -> Scenario:
    """Return the default scenario moved to the small street."""
    return replace(get_scenario('urban'), name='street', layout=street_layout,
                   motion=Motion(duration_s=duration_s), metres_per_pixel=0.2)


def bare(city: City, markings) -> City:
    """Return a city of which nothing is left but plain asphalt and some painted shapes."""
    labels = np.full(city.geometry.shape, Surface.ASPHALT, np.uint8)
    return replace(city, surface=SurfaceMap(labels, city.geometry), markings=tuple(markings),
                   buildings=(), trees=(), drive_cars=(), photo_cars=(), drive_patches=(),
                   photo_patches=(), layout=replace(city.layout, roads=()))
