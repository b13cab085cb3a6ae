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

"""Images and calibrations from messages."""

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from xview_loc.errors import CameraError
from xview_loc.ros.image_conversion import (
    camera_from_message, rgb_from_compressed, rgb_from_image, same_calibration)


def picture(height=5, width=7):
    """Return a picture whose pixels all differ."""
    return np.arange(height * width * 3, dtype=np.uint8).reshape(height, width, 3)


def image_message(pixels, encoding='rgb8', padding=0):
    """Return a raw image with padded rows."""
    height, width = pixels.shape[:2]
    rows = np.pad(pixels.reshape(height, -1), ((0, 0), (0, padding)), constant_values=99)
    message = Image(height=height, width=width, step=rows.shape[1], encoding=encoding)
    message.data.frombytes(memoryview(np.ascontiguousarray(rows)).cast('B'))
    return message


def calibration(**changes):
    """Return a calibration of a 640 x 480 camera."""
    info = CameraInfo(width=640, height=480, distortion_model='plumb_bob')
    info.d = [-0.3, 0.1, 0.0, 0.0, 0.0]
    info.k = np.array([500.0, 0.0, 319.5, 0.0, 510.0, 239.5, 0.0, 0.0, 1.0])
    info.p = np.array([450.0, 0.0, 319.5, 0.0, 0.0, 450.0, 239.5, 0.0, 0.0, 0.0, 1.0, 0.0])
    for name, value in changes.items():
        setattr(info, name, value)
    return info


def test_padded_rows_are_read_by_their_step():
    np.testing.assert_array_equal(rgb_from_image(image_message(picture(), padding=3)), picture())


def test_blue_first_images_come_out_red_first():
    result = rgb_from_image(image_message(picture()[..., ::-1].copy(), 'bgr8'))
    np.testing.assert_array_equal(result, picture())


def test_compressed_images_come_out_red_first():
    message = CompressedImage(format='png')
    encoded = cv2.imencode('.png', picture()[..., ::-1])[1]
    message.data.frombytes(memoryview(encoded).cast('B'))
    np.testing.assert_array_equal(rgb_from_compressed(message), picture())


def test_the_pixels_do_not_depend_on_the_message_any_more():
    message = image_message(picture())
    result = rgb_from_image(message)
    message.data[0] = 255
    assert result[0, 0, 0] == 0


def test_a_calibration_is_scaled_to_the_image():
    model = camera_from_message(calibration(), (240, 320))
    assert model.shape == (240, 320)
    assert model.fx == pytest.approx(250.0)


def test_rectified_images_use_the_projection_matrix_without_distortion():
    model = camera_from_message(calibration(), (480, 640), rectified=True)
    assert model.fx == pytest.approx(450.0)
    pixels, seen = model.project(np.array([0.4, 0.0, 1.0]))
    assert seen
    assert pixels[0] == pytest.approx(319.5 + 0.4 * 450.0)


def test_a_region_of_interest_shifts_the_centre():
    info = calibration(d=[])
    info.roi.x_offset, info.roi.y_offset, info.roi.width, info.roi.height = 100, 40, 320, 200
    model = camera_from_message(info, (200, 320))
    assert (model.cx, model.cy) == pytest.approx((219.5, 199.5))


def test_an_unknown_distortion_model_is_refused():
    with pytest.raises(CameraError, match='distortion'):
        camera_from_message(calibration(distortion_model='mystery'), (480, 640))


@pytest.mark.parametrize('changes', [
    {'width': 641}, {'k': np.eye(3).ravel()}, {'d': [0.0]}, {'binning_x': 2},
    {'distortion_model': 'equidistant'}, {'p': np.zeros(12)}])
def test_a_changed_calibration_is_noticed(changes):
    assert same_calibration(calibration(), calibration())
    assert not same_calibration(calibration(), calibration(**changes))
