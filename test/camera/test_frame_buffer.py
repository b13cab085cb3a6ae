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

"""Windows of frames spaced in time and placed by the odometry."""

import math

import numpy as np
import pytest
from recorded_drive import frame_at, straight_odometry

from xview_loc.camera.frame_buffer import FrameBuffer, Intake
from xview_loc.errors import CameraError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer


def filled(buffer: FrameBuffer, stamps) -> FrameBuffer:
    """Add a frame for each stamp."""
    for stamp in stamps:
        buffer.add(frame_at(float(stamp)))
    return buffer


def stamps_of(window) -> list[float]:
    """Return the stamps of a window."""
    return [round(frame.stamp, 6) for frame in window.frames]


@pytest.mark.parametrize('rate_hz', [5.0, 10.0, 20.0, 30.0])
def test_the_window_is_spaced_by_the_stride_whatever_the_camera_rate(rate_hz):
    buffer = filled(FrameBuffer(4, 0.4), np.arange(0.0, 3.0, 1.0 / rate_hz))

    stamps = stamps_of(buffer.window(straight_odometry(0.0, 3.1)))

    assert len(stamps) == 4
    np.testing.assert_allclose(np.diff(stamps), -0.4, atol=0.101)
    np.testing.assert_allclose(stamps[0] - stamps[3], 1.2, atol=0.101)


def test_at_ten_hertz_the_spacing_is_exact():
    buffer = filled(FrameBuffer(3, 0.4), np.arange(20) * 0.1)

    assert stamps_of(buffer.window(straight_odometry(0.0, 2.0))) == [1.9, 1.5, 1.1]


def test_each_frame_lies_behind_the_newest_by_what_was_driven():
    buffer = filled(FrameBuffer(3, 0.4), np.arange(20) * 0.1)

    frames = buffer.window(straight_odometry(0.0, 2.0)).frames

    assert [frame.window_from_base.x for frame in frames] == pytest.approx([0.0, -4.0, -8.0])
    assert [frame.window_from_base.y for frame in frames] == pytest.approx([0.0] * 3)


def test_a_turn_is_seen_from_the_newest_frame():
    odometry = PoseBuffer()
    odometry.add(0.0, Pose2(0.0, 0.0, 0.0))
    odometry.add(0.4, Pose2(5.0, 0.0, math.pi / 2))
    buffer = filled(FrameBuffer(2, 0.4), (0.0, 0.4))

    older = buffer.window(odometry).frames[1].window_from_base

    # After the left turn the place of the older frame, 5 m to the west, lies to the left.
    assert (older.x, older.y, older.yaw) == pytest.approx((0.0, 5.0, -math.pi / 2))


def test_a_frame_without_odometry_is_left_out_and_the_newest_stays():
    buffer = filled(FrameBuffer(4, 0.4), np.arange(20) * 0.1)

    assert stamps_of(buffer.window(straight_odometry(1.0, 2.0))) == [1.9, 1.5, 1.1]
    assert stamps_of(buffer.window(PoseBuffer())) == [1.9]


def test_odometry_may_lag_a_little_behind_the_newest_image():
    buffer = filled(FrameBuffer(2, 0.4), np.arange(20) * 0.1)

    assert len(buffer.window(straight_odometry(0.0, 1.85)).frames) == 2
    assert len(buffer.window(straight_odometry(0.0, 1.75)).frames) == 1


def test_before_the_first_frame_there_is_no_window():
    assert FrameBuffer().window(PoseBuffer()) is None


def test_a_young_buffer_gives_the_frames_it_has():
    buffer = filled(FrameBuffer(5, 0.4), (0.0, 0.1, 0.2, 0.3, 0.4))

    assert stamps_of(buffer.window(straight_odometry(0.0, 1.0))) == [0.4, 0.0]


def test_a_gap_above_twice_the_stride_drops_what_was_before():
    buffer = filled(FrameBuffer(3, 0.4), (0.0, 0.4))

    assert buffer.add(frame_at(1.19)) is Intake.ADDED
    assert buffer.add(frame_at(2.0)) is Intake.RESET
    assert stamps_of(buffer.window(straight_odometry(0.0, 3.0))) == [2.0]


def test_a_jump_back_in_time_drops_what_was_before():
    buffer = filled(FrameBuffer(3, 0.4), (100.0, 100.4))

    assert buffer.add(frame_at(0.0)) is Intake.RESET
    assert buffer.add(frame_at(0.4)) is Intake.ADDED
    assert stamps_of(buffer.window(straight_odometry(0.0, 1.0))) == [0.4, 0.0]


def test_a_frame_that_comes_late_is_ignored_and_the_order_kept():
    buffer = filled(FrameBuffer(3, 0.4), (0.0, 0.4, 0.8))

    assert buffer.add(frame_at(0.7)) is Intake.LATE
    assert stamps_of(buffer.window(straight_odometry(0.0, 1.0))) == [0.8, 0.4, 0.0]


def test_a_frame_that_comes_twice_is_one():
    buffer = filled(FrameBuffer(3, 0.4), (0.0, 0.4, 0.4, 0.8, 0.8))

    assert stamps_of(buffer.window(straight_odometry(0.0, 1.0))) == [0.8, 0.4, 0.0]


def test_single_frames_know_no_gap():
    buffer = filled(FrameBuffer(), (0.0,))

    assert buffer.add(frame_at(50.0)) is Intake.ADDED
    assert stamps_of(buffer.window(PoseBuffer())) == [50.0]


@pytest.mark.parametrize('size', [1, 2, 5])
def test_the_number_of_frames_held_is_bounded_at_any_rate(size):
    buffer = filled(FrameBuffer(size, 0.4), np.arange(0.0, 10.0, 1.0 / 60.0))

    assert len(buffer) <= 4 * size


def test_a_stamp_that_is_no_time_is_refused_and_nothing_is_lost():
    buffer = filled(FrameBuffer(2, 0.4), (0.0, 0.4))

    with pytest.raises(CameraError):
        buffer.add(frame_at(math.nan))
    assert stamps_of(buffer.window(straight_odometry(0.0, 1.0))) == [0.4, 0.0]


@pytest.mark.parametrize('settings', [
    {'window_size': 0}, {'window_stride_s': 0.0}, {'window_stride_s': math.nan},
    {'max_extrapolation_s': -0.1}])
def test_settings_without_meaning_are_refused(settings):
    with pytest.raises(CameraError):
        FrameBuffer(**settings)
