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

"""Images become windows with attitude and motion; bad ones become sentences."""

import numpy as np
import pytest
from ros_bench import overrides
from sensor_msgs.msg import CameraInfo, Image
import small_world

from xview_loc.errors import ConfigurationError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.model_records import FrameSequence
from xview_loc.ros.handover import Handover
from xview_loc.ros.image_batcher import ImageBatcher
from xview_loc.ros.qos import RESULT, SENSOR

pytestmark = pytest.mark.ros

PIXELS = np.full((*small_world.SHAPE, 3), 120, np.uint8)
PANORAMA = {'camera__projection': 'equirectangular', 'camera__z': 2.0, 'odometry_wait': 0.02}


class Intake:
    """An image batcher whose windows are collected."""

    def __init__(self, bench, frames=None, **parameters):
        self.bench = bench
        self.windows = []
        handover = Handover(
            take_window=lambda window, odometry: self.windows.append(window), frames=frames)
        self.node = bench.add(ImageBatcher(
            handover, parameter_overrides=overrides(**{**PANORAMA, **parameters})))

    def send(self, message):
        """Send a message on the topic of its type."""
        topics = {'Image': 'image', 'CompressedImage': 'image/compressed', 'Imu': 'imu',
                  'CameraInfo': 'camera_info', 'Odometry': 'odometry/filtered'}
        self.bench.publish(topics[type(message).__name__], message)

    def until_windows(self, count):
        """Wait for windows."""
        self.bench.until(lambda: len(self.windows) >= count, f'{count} windows')


@pytest.fixture
def intake(bench):
    """Return an active batcher of raw panoramas."""
    return Intake(bench)


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


def test_attitude_comes_from_the_imu_at_the_stamp_of_the_image(intake):
    for stamp, pitch in ((9.9, 0.0), (10.0, 0.02), (10.1, 0.04)):
        intake.send(small_world.imu(stamp, pitch))
        intake.send(small_world.odometry(small_world.START, stamp))
    intake.send(small_world.raw_image(PIXELS, 10.05))
    intake.until_windows(1)
    assert intake.windows[0].newest.pitch == pytest.approx(0.03, abs=1e-3)
    intake.bench.until(
        lambda: 'image_batcher: motion' in intake.bench.diagnostics
        and intake.bench.value('image_batcher: motion', 'attitude from') == 'imu',
        'attitude from imu')


def test_an_imu_without_orientation_is_not_believed(intake):
    message = small_world.imu(10.0, 0.3)
    message.orientation_covariance[0] = -1.0
    intake.send(message)
    intake.send(small_world.odometry(small_world.START, 10.0))
    intake.send(small_world.raw_image(PIXELS, 10.0))
    intake.until_windows(1)
    assert intake.windows[0].newest.pitch == pytest.approx(0.0, abs=1e-6)


def test_without_any_attitude_the_image_is_level_and_that_is_said(intake):
    intake.send(small_world.raw_image(PIXELS, 10.0))
    intake.until_windows(1)
    assert (intake.windows[0].newest.roll, intake.windows[0].newest.pitch) == (0.0, 0.0)
    intake.bench.until_diagnosed('image_batcher: motion', 'taken as level')


def test_frames_of_a_window_carry_their_motion(bench):
    intake = Intake(bench, window__size=3, window__stride=0.4, match_rate=20.0)
    for step in range(33):
        stamp = 20.0 + 0.05 * step
        intake.send(small_world.odometry(Pose2(10.0 * (stamp - 20.0), 0.0, 0.0), stamp))
        bench.until(lambda: intake.node.newest_motion == pytest.approx(stamp), 'odometry')
        if step % 2 == 0:
            intake.send(small_world.raw_image(PIXELS, stamp))
            intake.until_windows(step // 2 + 1)
    bench.until(lambda: intake.windows and len(intake.windows[-1].frames) == 3, 'three frames')
    window = intake.windows[-1]
    for frame in window.frames:
        behind = 10.0 * (frame.stamp - window.stamp)
        assert frame.window_from_base.x == pytest.approx(behind, abs=1e-6)
    assert window.frames[-1].window_from_base.x == pytest.approx(-8.0, abs=0.6)


def test_a_model_that_takes_several_frames_gets_them_without_a_parameter(bench):
    intake = Intake(bench, frames=FrameSequence(3, 0.2), match_rate=20.0)
    for step in range(9):
        stamp = 20.0 + 0.1 * step
        intake.send(small_world.odometry(Pose2(10.0 * (stamp - 20.0), 0.0, 0.0), stamp))
        bench.until(lambda: intake.node.newest_motion == pytest.approx(stamp), 'odometry')
        intake.send(small_world.raw_image(PIXELS, stamp))
        intake.until_windows(step + 1)
    stamps = [frame.stamp for frame in intake.windows[-1].frames]
    assert stamps == pytest.approx([20.8, 20.6, 20.4], abs=1e-6)


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


def iter_images(intake, start):
    """Return a function that sends one more image each time."""
    stamps = iter(np.arange(start, start + 1000.0, 0.2))
    return lambda: intake.send(small_world.raw_image(PIXELS, float(next(stamps))))


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


def test_odometry_in_another_frame_is_reported_and_not_used(intake):
    intake.send(small_world.odometry(small_world.START, 1.0, frame_id='world'))
    status = intake.bench.until_diagnosed('image_batcher: motion', 'is in frame "world"')
    assert status.level == b'\x02'
    intake.send(small_world.odometry(small_world.START, 1.1))
    intake.bench.until(lambda: 'world' not in intake.bench.diagnostics[
        'image_batcher: motion'].message, 'the complaint ends')


def test_after_time_went_back_new_images_are_used(intake):
    for stamp in (1000.0, 1000.1, 10.0, 10.1):
        intake.send(small_world.odometry(small_world.START, stamp))
        intake.bench.until(lambda: intake.node.newest_motion == stamp, 'odometry')
        intake.send(small_world.raw_image(PIXELS, stamp))
        intake.bench.until(lambda: intake.windows and intake.windows[-1].stamp == stamp, 'window')
    assert [round(window.stamp, 1) for window in intake.windows] == [1000.0, 1000.1, 10.0, 10.1]


def test_an_image_a_little_older_than_the_one_before_makes_no_window(intake):
    for count, stamp in enumerate((100.0, 99.95, 100.2)):
        intake.send(small_world.raw_image(PIXELS, stamp))
        intake.bench.until(lambda: intake.node.images_seen == count + 1, 'the image arrives')
    intake.until_windows(2)
    assert [window.stamp for window in intake.windows] == pytest.approx([100.0, 100.2])
    intake.bench.until(lambda: 'image_batcher: image' in intake.bench.diagnostics and (
        intake.bench.value('image_batcher: image', 'out of order') == '1'), 'it is counted')


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
