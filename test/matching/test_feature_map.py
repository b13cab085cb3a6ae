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

"""Satellite features on the matcher's grid."""

import cv2
import numpy as np
import pytest

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.matching.bev_config import FeatureConfig
from xview_loc.matching.feature_map import prepare_feature_map


def landmark_patch(x, y, shape=(300, 420), metres_per_pixel=0.2):
    """Return a dark patch with one bright disc of 1 m."""
    geometry = PatchGeometry(7.0, -3.0, metres_per_pixel, *shape)
    image = np.full((*shape, 3), 50, np.uint8)
    row, column = geometry.pixel_from_map(x, y)
    shift = 4
    centre = (round((float(column) - 0.5) * 2 ** shift), round((float(row) - 0.5) * 2 ** shift))
    cv2.circle(image, centre, round(1.0 / metres_per_pixel * 2 ** shift), (250, 250, 250), -1,
               cv2.LINE_AA, shift)
    return SatellitePatch(image, geometry, np.ones(shape, bool), Provenance('landmark'))


@pytest.mark.parametrize('metres_per_pixel', [0.1, 0.2, 0.23, 0.5, 0.7])
def test_landmark_stays_in_its_place(metres_per_pixel):
    """Resampling to the grid moves nothing by more than a tenth of a cell."""
    patch = landmark_patch(20.3, -9.8, (151, 260), metres_per_pixel)
    if not patch.geometry.contains(20.3, -9.8, 4.0):
        patch = landmark_patch(20.3, -9.8, (601, 800), metres_per_pixel)
    feature_map = prepare_feature_map(patch, FeatureConfig())
    lightness = np.clip(feature_map.channels[4], 0.0, None)
    x, y = feature_map.geometry.cell_centres()
    near = np.hypot(x - 20.3, y + 9.8) < 2.5
    mass = lightness * near
    assert (mass * x).sum() / mass.sum() == pytest.approx(20.3, abs=0.05)
    assert (mass * y).sum() / mass.sum() == pytest.approx(-9.8, abs=0.05)


def test_crop_is_the_map_inside_and_zero_outside():
    """Rows and columns beyond the map are empty; the rectangle is not square."""
    feature_map = prepare_feature_map(landmark_patch(7.0, -3.0), FeatureConfig())
    height = feature_map.geometry.height
    np.testing.assert_array_equal(
        feature_map.crop(10, 20, 30, 40), feature_map.channels[:, 10:40, 20:60])
    corner = feature_map.crop(-5, -8, 30, 40)
    assert not corner[:, :5].any() and not corner[:, :, :8].any()
    np.testing.assert_array_equal(corner[:, 5:, 8:], feature_map.channels[:, :25, :32])
    assert not feature_map.crop(10 * height, 0, 40, 20).any()
