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

"""Small images keep their content in place for the camera model that comes with them."""

import math

import numpy as np
import pytest

from xview_loc.camera.image_shrinking import pixels_per_radian, shrink, shrink_to_resolution
from xview_loc.errors import CameraError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera

MODEL = PinholeCamera(300.0, 300.0, 200.0, 100.0, 200, 400)


def test_a_landmark_is_found_where_the_smaller_model_projects_it():
    image = np.zeros((200, 400, 3), np.uint8)
    image[60:64, 300:304] = 255
    landmark = MODEL.rays(np.array([301.5, 61.5]))

    small, model = shrink(image, MODEL, 100)

    assert small.shape == (50, 100, 3) and model.shape == (50, 100)
    rows, columns = np.nonzero(small[..., 0])
    np.testing.assert_allclose(model.project(landmark)[0], (columns.mean(), rows.mean()),
                               atol=1e-9)


@pytest.mark.parametrize('max_width', [400, 1000])
def test_an_image_that_is_small_enough_comes_back_untouched(max_width):
    image = np.zeros((200, 400, 3), np.uint8)

    small, model = shrink(image, MODEL, max_width)

    assert small is image and model is MODEL


def test_the_smallest_image_still_has_a_row():
    small, model = shrink(np.zeros((200, 400, 3), np.uint8), MODEL, 1)

    assert small.shape == (1, 1, 3) and model.shape == (1, 1)


def test_a_width_of_zero_is_refused():
    with pytest.raises(CameraError, match='positive'):
        shrink(np.zeros((200, 400, 3), np.uint8), MODEL, 0)


def test_resolution_is_the_focal_length_in_the_middle():
    assert pixels_per_radian(PinholeCamera(300.0, 200.0, 199.5, 99.5, 200, 400)) == pytest.approx(
        (200.0, 300.0), rel=1e-5)
    assert pixels_per_radian(EquirectangularCamera(100, 400, rows_per_radian=50.0)) == (
        pytest.approx((50.0, 200.0 / math.pi), rel=1e-5))


def test_each_direction_is_shrunk_for_itself_and_never_enlarged():
    image = np.zeros((200, 400, 3), np.uint8)
    small, model = shrink_to_resolution(image, MODEL, PinholeCamera(150.0, 900.0, 1, 1, 9, 9))
    assert small.shape == (200, 200, 3) and model.shape == (200, 200)
    same, model = shrink_to_resolution(image, MODEL, PinholeCamera(400.0, 300.0, 1, 1, 3, 3))
    assert same is image and model is MODEL
