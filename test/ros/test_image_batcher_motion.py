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

"""Frames of a window carry the attitude and motion of their instants."""

from image_intake import Intake, PIXELS
import pytest
import small_world

from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.model_records import FrameSequence

pytestmark = pytest.mark.ros


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
