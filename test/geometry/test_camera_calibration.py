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

"""The rules of CameraInfo: distortion models, regions, binning, and images of another size."""

import numpy as np
import pytest

from xview_loc.errors import CameraError, GeometryError
from xview_loc.geometry.camera_calibration import (
    camera_from_info, rectified_camera_from_info)
from xview_loc.geometry.fisheye_camera import FisheyeCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera

WIDTH, HEIGHT = 1280, 720
K = (900.0, 0.0, 640.0, 0.0, 920.0, 370.0, 0.0, 0.0, 1.0)
POINT = np.array([0.6, 0.3, 2.0])


def info(**changes):
    """Return the arguments of a usual camera, with changes."""
    return {'width': WIDTH, 'height': HEIGHT, 'k': K, 'd': (-0.3, 0.1, 0.0, 0.0, 0.0),
            'distortion_model': 'plumb_bob', **changes}


def test_plumb_bob_is_a_pinhole_camera_with_its_distortion():
    assert camera_from_info(**info()) == PinholeCamera(
        900.0, 920.0, 640.0, 370.0, HEIGHT, WIDTH, (-0.3, 0.1, 0.0, 0.0, 0.0))


def test_equidistant_is_a_fisheye_even_when_its_coefficients_are_zero():
    model = camera_from_info(**info(d=(0.0,) * 4, distortion_model='equidistant'))

    assert model == FisheyeCamera(900.0, 920.0, 640.0, 370.0, HEIGHT, WIDTH, (0.0,) * 4)


@pytest.mark.parametrize('d', [(), (0.0,) * 5])
@pytest.mark.parametrize('name', ['', 'plumb_bob', 'rational_polynomial'])
def test_coefficients_of_zero_are_no_distortion_whatever_the_model_is_called(d, name):
    model = camera_from_info(**info(d=d, distortion_model=name))

    assert model == PinholeCamera(900.0, 920.0, 640.0, 370.0, HEIGHT, WIDTH, (), '')


def test_a_region_moves_the_optical_axis():
    region = camera_from_info(**info(roi=(100, 50, 400, 800)))

    whole, _ = camera_from_info(**info()).project(POINT)
    part, _ = region.project(POINT)
    assert region.shape == (400, 800)
    np.testing.assert_allclose(whole - part, (100.0, 50.0))


def test_binned_pixels_are_the_average_of_whole_ones():
    binned = camera_from_info(**info(binning=(2, 4)))

    whole, _ = camera_from_info(**info()).project(POINT)
    pixel, _ = binned.project(POINT)
    assert binned.shape == (180, 640)
    np.testing.assert_allclose(pixel, (whole + 0.5) / (2.0, 4.0) - 0.5)


def test_binning_that_leaves_a_rest_keeps_its_scale():
    binned = camera_from_info(**info(width=1281, binning=(2, 2)))

    assert binned.shape == (360, 640)
    assert binned.fx == 450.0


def test_a_region_is_cut_out_before_it_is_binned():
    both = camera_from_info(**info(roi=(100, 50, 400, 800), binning=(2, 2)))

    region, _ = camera_from_info(**info(roi=(100, 50, 400, 800))).project(POINT)
    np.testing.assert_allclose(both.project(POINT)[0], (region + 0.5) / 2.0 - 0.5)
    assert both.shape == (200, 400)


@pytest.mark.parametrize('unset', [(0, 0), (1, 1), (0, 1)])
def test_binning_of_zero_and_one_both_mean_none(unset):
    assert camera_from_info(**info(binning=unset, roi=(0, 0, 0, 0))) == camera_from_info(**info())


def test_the_image_that_arrives_decides_the_size():
    model = camera_from_info(**info(image_shape=(360, 640)))

    assert model == camera_from_info(**info()).resized(360, 640)


def test_an_image_size_that_was_never_set_is_that_of_the_image():
    model = camera_from_info(**info(width=0, height=0, image_shape=(HEIGHT, WIDTH)))

    assert model == camera_from_info(**info())


def test_a_rectified_image_follows_p_and_has_no_distortion():
    p = (800.0, 0.0, 630.0, -40.0, 0.0, 810.0, 365.0, 0.0, 0.0, 0.0, 1.0, 0.0)

    model = rectified_camera_from_info(WIDTH, HEIGHT, p)

    assert model == PinholeCamera(800.0, 810.0, 630.0, 365.0, HEIGHT, WIDTH, (), '')


@pytest.mark.parametrize('changes, match', [
    ({'distortion_model': 'wide_angle'}, "'wide_angle' is not supported"),
    ({'distortion_model': ''}, 'not supported'),
    ({'k': (1.0, 2.0)}, '9 entries'),
    ({'roi': (1000, 0, 400, 800)}, 'exceeds'),
    ({'image_shape': (HEIGHT, HEIGHT)}, 'aspect ratio'),
    ({'image_shape': (0, 0)}, 'empty')])
def test_fields_that_contradict_each_other_are_refused_in_a_sentence(changes, match):
    with pytest.raises(CameraError, match=match):
        camera_from_info(**info(**changes))


@pytest.mark.parametrize('changes, match', [
    ({'k': (0.0,) * 9}, 'not calibrated'), ({'width': 0, 'height': 0}, 'empty'),
    ({'d': (0.1, 0.2, 0.3)}, '3')])
def test_a_camera_that_is_not_calibrated_is_refused_in_a_sentence(changes, match):
    with pytest.raises(GeometryError, match=match):
        camera_from_info(**info(**changes))


def test_a_projection_matrix_of_another_length_is_refused():
    with pytest.raises(CameraError, match='12 entries'):
        rectified_camera_from_info(WIDTH, HEIGHT, K)
