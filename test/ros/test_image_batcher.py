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

"""Images become windows of the size and rate that are asked for."""

from image_intake import Intake, iter_images, PIXELS
import numpy as np
import pytest
from ros_bench import overrides
from sensor_msgs.msg import CameraInfo
import small_world

from xview_loc.errors import ConfigurationError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros.handover import Handover
from xview_loc.ros.image_batcher import ImageBatcher
from xview_loc.ros.qos import SENSOR

pytestmark = pytest.mark.ros


def test_an_image_becomes_a_window_with_its_stamp_and_pixels(intake):
    pixels = np.random.default_rng(0).integers(0, 255, PIXELS.shape, dtype=np.uint8)
    intake.send(small_world.raw_image(pixels, 100.25))
    intake.until_windows(1)
    frame = intake.windows[0].newest
    assert frame.stamp == pytest.approx(100.25)
    np.testing.assert_array_equal(frame.image, pixels)
    assert frame.camera.height == pytest.approx(2.0)


def test_compressed_images_are_taken_by_parameter(bench):
    intake = Intake(bench, image_transport='compressed')
    intake.send(small_world.compressed_image(PIXELS, 7.0))
    intake.until_windows(1)
    assert abs(int(intake.windows[0].newest.image[5, 5, 0]) - 120) < 5


def test_a_fast_camera_is_thinned_to_the_match_rate(bench):
    intake = Intake(bench, match_rate=5.0)
    for index in range(31):
        intake.send(small_world.raw_image(PIXELS, 50.0 + index / 30.0))
        bench.until(lambda: intake.node.images_seen == index + 1, 'the image arrives')
    intake.until_windows(5)
    stamps = [window.stamp for window in intake.windows]
    assert len(stamps) <= 7
    assert min(np.diff(stamps)) > 0.12


def test_at_standstill_nothing_is_matched_when_a_distance_is_set(bench):
    intake = Intake(bench, match_distance=1.0)
    for index in range(30):
        stamp = 60.0 + 0.1 * index
        way = 0.5 * max(0, index - 15)
        intake.send(small_world.odometry(Pose2(way, 0.0, 0.0), stamp))
        bench.until(lambda: intake.node.newest_motion == pytest.approx(stamp), 'odometry')
        intake.send(small_world.raw_image(PIXELS, stamp))
        bench.until(lambda: intake.node.images_seen == index + 1, 'the image arrives')
    bench.until(lambda: len(intake.windows) >= 6, 'windows while moving')
    standing = [window for window in intake.windows if window.stamp < 61.5]
    assert len(standing) == 1


def test_large_images_are_shrunk_with_their_camera(bench):
    intake = Intake(bench, image_max_width=256)
    intake.send(small_world.raw_image(PIXELS, 5.0))
    intake.until_windows(1)
    frame = intake.windows[0].newest
    assert frame.image.shape == (64, 256, 3)
    assert frame.camera.model.shape == (64, 256)


def test_calibrated_images_wait_for_their_calibration(bench):
    intake = Intake(bench, camera__projection='camera_info')
    intake.send(small_world.raw_image(PIXELS, 5.0))
    bench.until_diagnosed('image_batcher: image', 'No camera_info')
    info = CameraInfo(width=512, height=128, distortion_model='plumb_bob')
    info.d = [0.0] * 5
    info.k = np.array([300.0, 0.0, 255.5, 0.0, 300.0, 63.5, 0.0, 0.0, 1.0])
    intake.send(info)
    bench.until(lambda: len(intake.windows) > 0, 'a window', meanwhile=iter_images(intake, 6.0))
    assert intake.windows[0].newest.camera.model.fx == pytest.approx(300.0)


def test_a_best_effort_camera_is_heard(bench):
    intake = Intake(bench)
    bench.publish('image', small_world.raw_image(PIXELS, 3.0), SENSOR)
    intake.until_windows(1)


def test_it_can_be_stopped_and_started_again(intake):
    node = intake.node
    for _ in range(2):
        node.trigger_deactivate()
        node.trigger_cleanup()
        node.trigger_configure()
        node.trigger_activate()
    intake.bench.until(lambda: len(intake.windows) > 0, 'a window',
                       meanwhile=iter_images(intake, 2.0))


@pytest.mark.parametrize('name, value, sentence', [
    ('match_rate', 0.0, r'match_rate is 0.0; it must be in \[0.01, 200\] Hz'),
    ('image_transport', 'theora', 'image_transport is "theora"; it must be one of raw'),
    ('window__size', 0, r'window.size is 0; it must be in \[1, 32\]'),
    ('camera__z', 'high', "camera.z is 'high'; it must be a floating point number")])
def test_a_bad_parameter_is_refused_at_the_start(bench, name, value, sentence):
    with pytest.raises(ConfigurationError, match=f'image_batcher: {sentence}'):
        ImageBatcher(Handover(), parameter_overrides=overrides(**{name: value}))
