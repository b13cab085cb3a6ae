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

"""The record that all data sets give."""

from dataclasses import replace
import math

import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.cross_view_sample import (
    CrossViewSample, FrameSequence, positive_angle, SatelliteTile)

IMAGE = np.zeros((20, 40, 3), np.uint8)
SAMPLE = CrossViewSample('a', IMAGE, IMAGE, 0.5, 3.0, 2.0, heading=-math.pi / 2)


def test_camera_pixel_counts_from_the_corner_of_a_tile_that_is_not_square() -> None:
    assert SAMPLE.camera_pixel == (10.0 - 2.0 / 0.5, 20.0 + 3.0 / 0.5)


def test_heading_is_kept_positive_and_yaw_counts_from_the_right() -> None:
    assert SAMPLE.heading == pytest.approx(1.5 * math.pi)
    assert SAMPLE.yaw == pytest.approx(math.pi)
    assert replace(SAMPLE, heading=None).yaw is None


@pytest.mark.parametrize('angle', [-1e-20, 2 * math.pi, -2 * math.pi, 0.0, 7.0, -7.0])
def test_positive_angle_lies_in_one_turn(angle: float) -> None:
    turned = positive_angle(angle)
    assert 0.0 <= turned < 2 * math.pi
    assert math.cos(turned) == pytest.approx(math.cos(angle))


def test_arrays_cannot_be_written() -> None:
    with pytest.raises(ValueError):
        SAMPLE.ground[0] = 1
    with pytest.raises(ValueError):
        SatelliteTile('t', IMAGE, 0.5).image[0] = 1


@pytest.mark.parametrize('wrong', [
    {'ground': IMAGE[..., 0]}, {'satellite': IMAGE.astype(np.float32)},
    {'metres_per_pixel': 0.0}, {'metres_per_pixel': math.nan}, {'east_m': math.inf},
    {'heading': math.nan}, {'position': (math.nan, 0.0)}, {'ground': IMAGE[:0]}])
def test_impossible_values_are_refused(wrong: dict) -> None:
    with pytest.raises(DataSetError):
        replace(SAMPLE, **wrong)


def test_a_sequence_needs_a_motion_for_each_image() -> None:
    assert FrameSequence((IMAGE, IMAGE), np.zeros((2, 3))).motion.shape == (2, 3)
    with pytest.raises(DataSetError, match=r'\(2, 3\)'):
        FrameSequence((IMAGE, IMAGE), np.zeros((1, 3)))
