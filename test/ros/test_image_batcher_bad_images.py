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

"""Images that are damaged, missing or cannot be used become sentences."""

from image_intake import Intake, iter_images, PIXELS
import pytest
from sensor_msgs.msg import Image
import small_world

from xview_loc.ros.qos import RESULT

pytestmark = pytest.mark.ros


def truncated():
    message = small_world.raw_image(PIXELS, 1.0)
    del message.data[-100:]
    return message


def zero_sized():
    return Image(encoding='rgb8')


def unknown_encoding():
    return small_world.raw_image(PIXELS, 1.0, encoding='yuv999')


def wrong_step():
    message = small_world.raw_image(PIXELS, 1.0)
    message.step = 100
    return message


@pytest.mark.parametrize('bad, sentence', [
    (truncated, 'cut short'), (zero_sized, 'empty'), (unknown_encoding, "'yuv999'"),
    (wrong_step, 'step is 100')])
def test_a_bad_image_is_reported_and_the_next_good_one_is_used(intake, bad, sentence):
    intake.send(bad())
    intake.bench.until_diagnosed('image_batcher: image', sentence)
    assert intake.windows == []
    intake.bench.until(lambda: len(intake.windows) > 0, 'a window',
                       meanwhile=iter_images(intake, 2.0))
    intake.bench.until(lambda: sentence not in intake.bench.diagnostics[
        'image_batcher: image'].message, 'the complaint ends',
        meanwhile=iter_images(intake, 100.0))


@pytest.mark.parametrize('bad', [b'', b'\xff\xd8\xff\xe0 not a jpeg', b'\x00' * 100])
def test_a_damaged_compressed_image_is_reported(bench, bad):
    intake = Intake(bench, image_transport='compressed')
    message = small_world.compressed_image(PIXELS, 1.0)
    del message.data[:]
    message.data.frombytes(bad)
    intake.send(message)
    bench.until(lambda: 'image_batcher: image' in bench.diagnostics and bench.value(
        'image_batcher: image', 'images refused') == '1', 'one refused image')
    intake.send(small_world.compressed_image(PIXELS, 2.0))
    intake.until_windows(1)


def test_a_camera_in_the_ground_is_refused_with_what_to_check(bench):
    intake = Intake(bench, camera__z=0.0)
    intake.send(small_world.raw_image(PIXELS, 1.0))
    bench.until_diagnosed('image_batcher: image', 'Check base_height and the camera extrinsics')


def test_a_silent_publisher_is_reported_with_the_cure(intake):
    intake.bench.tester.create_publisher(
        Image, 'image', RESULT)
    status = intake.bench.until_diagnosed('image_batcher: image', 'fastdds_large_images.xml')
    assert status.level == b'\x02'


def test_missing_images_are_counted_and_reported(intake):
    stamps = [100.0 + 0.1 * index for index in range(60) if index % 5 != 3]
    for count, stamp in enumerate(stamps):
        intake.send(small_world.raw_image(PIXELS, stamp))
        intake.bench.until(lambda: intake.node.images_seen == count + 1, 'the image arrives')
    intake.bench.until_diagnosed('image_batcher: image', '20 percent of the images are missing')


def test_nobody_publishing_is_a_warning(intake):
    status = intake.bench.until_diagnosed('image_batcher: image', 'Nobody publishes image')
    assert status.level == b'\x01'
