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

"""Successive frames share patches."""

import numpy as np
import pytest

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.ros.patch_store import PatchStore


def patch_of(geometry):
    """Return a grey patch."""
    return SatellitePatch(np.zeros((*geometry.shape, 3), np.uint8), geometry,
                          np.ones(geometry.shape, bool), Provenance('test'))


@pytest.mark.parametrize('x, y', [(0.0, 0.0), (7.9, -7.9), (8.1, 0.0), (-1234.4, 5678.9)])
@pytest.mark.parametrize('radius', [5.0, 33.0, 48.0, 71.5])
def test_the_patch_for_a_place_holds_the_square_around_it(x, y, radius):
    geometry = PatchStore(16.0, 4).geometry_for(x, y, radius, 0.25)
    assert geometry.contains(x, y, radius)
    for corner_x in (x - radius, x + radius):
        for corner_y in (y - radius, y + radius):
            assert geometry.contains(corner_x, corner_y)


def test_places_near_the_same_grid_point_ask_for_the_same_patch():
    store = PatchStore(16.0, 4)
    assert store.geometry_for(30.0, -3.0, 20.0, 0.5) == store.geometry_for(35.0, 5.0, 20.0, 0.5)


def test_a_kept_patch_serves_while_the_square_fits():
    store = PatchStore(16.0, 4)
    patch = patch_of(store.geometry_for(0.0, 0.0, 20.0, 0.5))
    store.add(patch)
    half = 0.5 * patch.geometry.extent_m[0]
    assert store.find(half - 20.1, 0.0, 20.0, 0.5) is patch
    assert store.find(half - 19.9, 0.0, 20.0, 0.5) is None
    assert store.find(0.0, 0.0, 20.0, 0.25) is None


def test_the_patch_not_used_for_longest_is_forgotten():
    store = PatchStore(16.0, 2)
    first, second, third = (patch_of(PatchGeometry(x, 0.0, 1.0, 20, 20)) for x in (0, 100, 200))
    store.add(first)
    store.add(second)
    assert store.find(0.0, 0.0, 5.0, 1.0) is first
    store.add(third)
    assert store.find(100.0, 0.0, 5.0, 1.0) is None
    assert store.find(0.0, 0.0, 5.0, 1.0) is first
    assert len(store) == 2
