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

"""Tiles lie where they were asked for, at the resolution of the network."""

import cv2
import numpy as np
import pytest

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.matching.model_records import SatelliteInput
from xview_loc.matching.tile_cutter import TileCutter

LANDMARK = (23.0, -41.0)


def landmark_patch(metres_per_pixel: float, rotation: float = 0.0) -> SatellitePatch:
    """Return dark ground with one bright disc of 2 m, not square on purpose."""
    geometry = PatchGeometry(20.0, -38.0, metres_per_pixel, round(70 / metres_per_pixel),
                             round(90 / metres_per_pixel), rotation)
    x, y = geometry.cell_centres()
    bright = np.hypot(x - LANDMARK[0], y - LANDMARK[1]) < 2.0
    image = np.where(bright[..., None], np.uint8(250), np.uint8(20)).repeat(3, axis=2)
    return SatellitePatch(image, geometry, np.ones(geometry.shape, bool), Provenance('disc'))


@pytest.mark.parametrize('metres_per_pixel', [0.25, 0.1, 0.4])
@pytest.mark.parametrize('rotation', [0.0, 0.3])
def test_landmark_is_where_the_tile_says(metres_per_pixel, rotation) -> None:
    cutter = TileCutter(landmark_patch(metres_per_pixel, rotation), SatelliteInput(80, 0.25))
    positions = np.array([[20.0, -40.0], [25.1, -43.7], [23.0, -41.0]])
    tiles, covered = cutter.cut(positions)
    assert tiles.shape == (3, 80, 80, 3) and (covered == 1.0).all()
    for tile, (x, y) in zip(tiles, positions):
        moments = cv2.moments((tile[..., 0] > 130).astype(np.uint8))
        column, row = (moments[name] / moments['m00'] + 0.5 for name in ('m10', 'm01'))
        assert column == pytest.approx(40.0 + (LANDMARK[0] - x) / 0.25, abs=0.8)
        assert row == pytest.approx(40.0 - (LANDMARK[1] - y) / 0.25, abs=0.8)


def test_outside_the_patch_tiles_are_black_and_not_covered() -> None:
    cutter = TileCutter(landmark_patch(0.25), SatelliteInput(80, 0.25))
    tiles, covered = cutter.cut(np.array([[65.0, -38.0], [300.0, 0.0], [20.0, -38.0]]))
    np.testing.assert_allclose(covered, [0.5, 0.0, 1.0])
    assert not tiles[0][:, 40:].any() and tiles[0][:, :40].all()
    assert not tiles[1].any()


def test_holes_are_not_covered() -> None:
    patch = landmark_patch(0.25)
    valid = np.array(patch.valid)
    valid[:, 180:] = False
    cutter = TileCutter(
        SatellitePatch(patch.image, patch.geometry, valid, patch.provenance),
        SatelliteInput(80, 0.25))
    assert cutter.cut(np.array([[20.0, -38.0]]))[1] == pytest.approx(0.5)
