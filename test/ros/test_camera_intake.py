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


"""Several cameras of one vehicle become one window, and none can stop the others."""

import math

import numpy as np
import pytest
from ros_bench import overrides
from sensor_msgs.msg import CameraInfo
import small_world

from xview_loc.errors import ConfigurationError
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros.handover import Handover
from xview_loc.ros.image_batcher import ImageBatcher

pytestmark = pytest.mark.ros

PIXELS = {'front': np.full((48, 64, 3), 50, np.uint8), 'rear': np.full((48, 64, 3), 200, np.uint8)}
TWO = {'cameras': ['front', 'rear'], 'odometry_wait': 0.02,
       'front.camera.x': 1.5, 'front.camera.z': 1.6,
       'rear.camera.x': -1.0, 'rear.camera.z': 1.4, 'rear.camera.yaw': math.pi}


def info(focal_length, model='plumb_bob', coefficients=5):
    """Return the calibration of a camera of 64 x 48 pixels."""
    message = CameraInfo(width=64, height=48, distortion_model=model)
    message.d = [0.0] * coefficients
    message.k = np.array([focal_length, 0.0, 31.5, 0.0, focal_length, 23.5, 0.0, 0.0, 1.0])
    return message


class Vehicle:
    """A batcher and the cameras that talk to it."""

    def __init__(self, bench, **changes):
        self.bench = bench
        self.windows = []
        handover = Handover(take_window=lambda window, odometry: self.windows.append(window))
        self.node = bench.add(ImageBatcher(
            handover, parameter_overrides=overrides(**{**TWO, **changes})))
        self.seen = 0

    def calibrate(self, **infos):
        """Send calibrations and wait until they are known."""
        for name, message in infos.items():
            self.bench.publish(f'{name}/camera_info', message)
        self.bench.until(lambda: set(infos) <= set(self.node.calibrated_cameras), 'calibration')

    def look(self, name, stamp, pixels=None):
        """Send an image and wait until it has arrived."""
        image = small_world.raw_image(PIXELS[name] if pixels is None else pixels, stamp)
        self.bench.publish(f'{name}/image', image)
        self.seen += 1
        self.bench.until(lambda: self.node.images_seen == self.seen, 'the image arrives')

    def until_windows(self, count):
        """Wait for windows."""
        self.bench.until(lambda: len(self.windows) >= count, f'{count} windows')


@pytest.fixture
def vehicle(bench):
    """Return a vehicle with a front and a rear camera."""
    made = Vehicle(bench)
    made.calibrate(front=info(40.0), rear=info(30.0))
    return made


def by_camera(window):
    """Return the frames of a window by what their camera shows."""
    return {next(name for name in PIXELS if frame.image[0, 0, 0] == PIXELS[name][0, 0, 0]): frame
            for frame in window.frames}


def test_images_of_one_stamp_become_one_window_with_both_cameras(vehicle):
    vehicle.look('front', 10.0)
    vehicle.look('rear', 10.0)
    vehicle.until_windows(1)
    frames = by_camera(vehicle.windows[0])
    assert {name: frame.camera.model.fx for name, frame in frames.items()} == {
        'front': 40.0, 'rear': 30.0}
    np.testing.assert_allclose(
        frames['front'].camera.base_from_camera, camera_mounting(1.5, 0.0, 1.6), atol=1e-9)
    np.testing.assert_allclose(
        frames['rear'].camera.base_from_camera, camera_mounting(-1.0, 0.0, 1.4, yaw=math.pi),
        atol=1e-9)


def test_images_nearly_at_once_are_placed_by_the_odometry(bench):
    vehicle = Vehicle(bench, odometry_wait=2.0, camera_wait=2.0)
    vehicle.calibrate(front=info(40.0), rear=info(30.0))
    vehicle.look('rear', 10.04)
    vehicle.look('front', 10.0)
    for stamp in (9.9, 10.0, 10.1):
        bench.publish('odometry/filtered',
                      small_world.odometry(Pose2(20.0 * (stamp - 9.9), 0.0, 0.0), stamp))
    vehicle.until_windows(1)
    window, = vehicle.windows
    assert window.stamp == pytest.approx(10.04)
    motion = by_camera(window)['front'].window_from_base
    assert (motion.x, motion.y, motion.yaw) == pytest.approx((-0.8, 0.0, 0.0), abs=1e-6)


def test_a_camera_that_never_speaks_does_not_stop_the_other(bench):
    vehicle = Vehicle(bench)
    vehicle.calibrate(front=info(40.0))
    for index in range(6):
        vehicle.look('front', 10.0 + 0.1 * index)
        vehicle.until_windows(index + 1)
    assert [len(window.frames) for window in vehicle.windows] == [1] * 6
    bench.until_diagnosed('image_batcher: image', 'Nobody publishes rear/image')


def test_a_camera_that_falls_silent_does_not_stop_the_other_and_may_return(vehicle):
    both_until, alone_until, end = 3, 8, 12
    for index in range(end):
        stamp = 10.0 + 0.1 * index
        if not both_until <= index < alone_until:
            vehicle.look('rear', stamp)
        vehicle.look('front', stamp)
        vehicle.until_windows(index + 1)
    counts = [len(window.frames) for window in vehicle.windows]
    assert counts == [2] * 3 + [1] * 5 + [2] * 4


def test_a_camera_without_calibration_does_not_stop_the_other(bench):
    vehicle = Vehicle(bench)
    vehicle.calibrate(front=info(40.0))
    for index in range(5):
        vehicle.look('rear', 10.0 + 0.1 * index)
        vehicle.look('front', 10.0 + 0.1 * index)
        vehicle.until_windows(index + 1)
    assert all(set(by_camera(window)) == {'front'} for window in vehicle.windows)
    bench.until_diagnosed('image_batcher: image', 'Camera rear: No camera_info has arrived yet.')


def test_a_camera_in_the_ground_is_named_and_does_not_stop_the_other(bench):
    vehicle = Vehicle(bench, **{'rear.camera.z': -1.0})
    vehicle.calibrate(front=info(40.0), rear=info(30.0))
    vehicle.look('front', 10.0)
    vehicle.look('rear', 10.0)
    vehicle.until_windows(1)
    assert set(by_camera(vehicle.windows[0])) == {'front'}
    bench.until_diagnosed('image_batcher: image', 'Camera rear: The camera is -1.000 m')


def test_cameras_of_different_kinds_ride_together(bench):
    vehicle = Vehicle(bench)
    vehicle.calibrate(front=info(20.0, 'equidistant', 4), rear=info(30.0))
    vehicle.look('front', 10.0)
    vehicle.look('rear', 10.0)
    vehicle.until_windows(1)
    kinds = {name: type(frame.camera.model).__name__
             for name, frame in by_camera(vehicle.windows[0]).items()}
    assert kinds == {'front': 'FisheyeCamera', 'rear': 'PinholeCamera'}


def test_fast_cameras_are_thinned_to_the_same_instants(bench):
    vehicle = Vehicle(bench, match_rate=5.0, camera_wait=2.0)
    vehicle.calibrate(front=info(40.0), rear=info(30.0))
    for index in range(1, 31):
        vehicle.look('front', 50.0 + index / 30.0)
        if index > 1:  # its first image is lost
            vehicle.look('rear', 50.0 + index / 30.0)
    vehicle.until_windows(5)
    assert len(vehicle.windows) <= 7
    for window in vehicle.windows[1:]:
        assert len({frame.stamp for frame in window.frames}) == 1
        assert len(window.frames) == 2


def test_the_mounting_of_a_named_camera_can_be_corrected_while_running(vehicle):
    parameters = overrides(front__camera__pitch_offset=0.1)
    assert vehicle.node.set_parameters(parameters)[0].successful
    vehicle.look('front', 10.0)
    vehicle.look('rear', 10.0)
    vehicle.until_windows(1)
    np.testing.assert_allclose(
        by_camera(vehicle.windows[0])['front'].camera.base_from_camera,
        camera_mounting(1.5, 0.0, 1.6, pitch=0.1), atol=1e-9)
    refused, = vehicle.node.set_parameters(overrides(front__camera__pitch_offset=3.0))
    assert not refused.successful


def test_cameras_can_be_added_while_unconfigured(vehicle):
    node = vehicle.node
    refused, = node.set_parameters(overrides(cameras=['front', 'left']))
    assert 'only while the node is unconfigured' in refused.reason
    node.trigger_deactivate()
    node.trigger_cleanup()
    assert node.set_parameters(overrides(cameras=['front', 'left']))[0].successful
    assert node.set_parameters(overrides(left__camera__y=0.9))[0].successful
    node.trigger_configure()
    node.trigger_activate()
    assert node.config.mounting('left').y == 0.9
    assert node.config.mounting('front').z == 1.6


@pytest.mark.parametrize('names, sentence', [
    (['front', 'front'], 'each name must be given once'),
    (['front/left'], r"cameras is \['front/left'\]; it must be a list of names"),
    (['1st'], 'it must be a list of names')])
def test_impossible_names_are_refused(bench, names, sentence):
    with pytest.raises(ConfigurationError, match=f'image_batcher: .*{sentence}'):
        ImageBatcher(Handover(), parameter_overrides=overrides(cameras=names))


@pytest.mark.parametrize('names', [[''], [], None])
def test_no_name_is_the_single_camera_without_prefix(bench, names):
    changes = overrides() if names is None else overrides(cameras=names)
    node = bench.add(ImageBatcher(Handover(), parameter_overrides=changes))
    topics = [name for name, _ in node.get_topic_names_and_types()]
    assert node.config.camera_names == ('',)
    assert {'/image', '/camera_info'} <= set(topics)


def test_a_limit_of_a_named_camera_is_checked_at_the_start(bench):
    changes = overrides(**{**TWO, 'rear.camera.pitch': 4.0})
    with pytest.raises(ConfigurationError, match=r'rear\.camera\.pitch is 4\.0; it must be in'):
        ImageBatcher(Handover(), parameter_overrides=changes)
