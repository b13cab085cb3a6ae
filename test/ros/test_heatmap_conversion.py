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

"""Likelihoods survive the way through a message."""

import math

import numpy as np
import pytest
from sensor_msgs.msg import PointField

from xview_loc.errors import MatchingError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.ros.heatmap_conversion import (
    heatmap_message, LEVEL_STEP, likelihood_from_heatmap, MAX_BYTES)


def likelihood(yaws=5, height=9, width=14, step=0.1, yaw=0.3, cell=0.25, rotation=0.0, **changes):
    """Return a volume with one peak off centre, a slope around it and some unknown cells."""
    geometry = PatchGeometry(1234.5, -678.9, cell, height, width, rotation)
    k, i, j = np.meshgrid(np.arange(yaws), np.arange(height), np.arange(width), indexing='ij')
    volume = -0.5 * ((k - 1) ** 2 + (i - 2.0) ** 2 + (j - 10.0) ** 2)
    volume[:, -1, 0] = np.nan
    volume[0, 0, :3] = np.nan
    fields = {'stamp': 1.7e9 + 0.25, 'score': 0.625, 'confidence': 0.75, **changes}
    return PoseLikelihood(volume.astype(np.float32), geometry, yaw + step * np.arange(yaws),
                          **fields)


def best_of(volume):
    """Return the best over yaw, -inf where nothing is known."""
    return np.where(np.isnan(volume), -np.inf, volume).max(axis=0)


def round_trip(original, max_bytes=MAX_BYTES):
    """Return what arrives."""
    return likelihood_from_heatmap(heatmap_message(original, 'map', max_bytes))


def test_values_within_the_range_come_back_to_half_a_level():
    original = likelihood()
    back = round_trip(original)
    near = original.log_likelihood > best_of(original.log_likelihood) - 25.4
    assert near.sum() > 100
    assert np.abs(back.log_likelihood - original.log_likelihood)[near].max() <= (
        0.5 * LEVEL_STEP + 1e-4)


def test_the_best_of_each_cell_comes_back_exactly():
    original = likelihood()
    best = np.nanmax(original.log_likelihood[:, :-1], axis=0)
    back = np.nanmax(round_trip(original).log_likelihood[:, :-1], axis=0)
    np.testing.assert_array_equal(back, best)


def test_unknown_cells_stay_unknown_and_no_other_becomes_so():
    original = likelihood()
    np.testing.assert_array_equal(np.isnan(round_trip(original).log_likelihood),
                                  np.isnan(original.log_likelihood))


def test_values_far_below_the_best_end_at_the_floor_and_stay_known():
    original = likelihood()
    steep = PoseLikelihood(original.log_likelihood * 100.0, original.geometry, original.yaws, 1.0)
    back = round_trip(steep).log_likelihood
    below = best_of(back) - back
    assert np.nanmax(below[np.isfinite(below)]) == pytest.approx(25.4, abs=1e-3)
    np.testing.assert_array_equal(np.isnan(back), np.isnan(original.log_likelihood))


@pytest.mark.parametrize('rotation', [0.0, 0.4])
def test_geometry_and_scalars_come_back(rotation):
    original = likelihood(rotation=rotation)
    back = round_trip(original)
    assert back.geometry.shape == original.geometry.shape
    assert back.geometry.centre_x == pytest.approx(original.geometry.centre_x, abs=1e-3)
    assert back.geometry.centre_y == pytest.approx(original.geometry.centre_y, abs=1e-3)
    assert back.geometry.metres_per_pixel == pytest.approx(0.25, rel=1e-4)
    assert back.geometry.rotation == pytest.approx(rotation, abs=1e-3)
    np.testing.assert_allclose(back.yaws, original.yaws, atol=1e-6)
    assert (back.score, back.confidence) == (0.625, 0.75)
    assert back.stamp == original.stamp


def test_a_single_yaw_comes_back():
    back = round_trip(likelihood(yaws=1, yaw=2.0))
    assert back.yaws == pytest.approx([2.0])
    assert back.log_likelihood.shape == (1, 9, 14)


def test_a_full_circle_stays_one():
    original = likelihood(yaws=24, step=2.0 * math.pi / 24, yaw=-math.pi)
    assert round_trip(original).is_full_circle


def test_display_fields_name_the_best_yaw_of_each_cell():
    message = heatmap_message(likelihood(), 'map')
    field = next(field for field in message.fields if field.name == 'yaw')
    assert field.datatype == PointField.FLOAT32
    rows = np.frombuffer(message.data, np.uint8).reshape(9, 14, message.point_step)
    yaw = rows[:, :, field.offset:field.offset + 4].copy().view(np.float32)[..., 0]
    assert yaw[2, 10] == pytest.approx(0.4)
    assert np.isnan(yaw[-1, 0])


@pytest.mark.parametrize('shape', [(120, 96, 110), (1, 400, 300), (37, 81, 81), (5, 200, 41)])
def test_a_large_volume_is_coarsened_below_the_limit_and_keeps_its_peak(shape):
    yaws, height, width = shape
    original = likelihood(yaws, height, width, step=2.0 * math.pi / 130)
    message = heatmap_message(original, 'map')
    assert len(message.data) <= MAX_BYTES
    back = likelihood_from_heatmap(message)
    expected, found = original.peak(), back.peak()
    assert expected.distance_to(found) <= 1.5 * back.geometry.metres_per_pixel
    step = np.diff(back.yaws)[0] if len(back.yaws) > 1 else 1.0
    assert abs(expected.yaw - found.yaw) <= 1.01 * step


def test_coarsening_keeps_the_mean_likelihood():
    original = likelihood(yaws=4, height=8, width=8)
    full = len(heatmap_message(original, 'map').data)
    coarse = round_trip(original, max_bytes=full // 2)
    assert coarse.geometry.metres_per_pixel == pytest.approx(0.5)
    known = np.exp(original.log_likelihood[1, 2:4, 2:4])
    assert np.exp(coarse.log_likelihood[1, 1, 1]) == pytest.approx(known.mean(), rel=0.06)


def test_data_is_filled_without_padding_surprises():
    message = heatmap_message(likelihood(), 'map')
    assert message.point_step % 4 == 0
    assert message.row_step == message.width * message.point_step
    assert len(message.data) == message.height * message.row_step
    assert message.header.frame_id == 'map'
    assert not message.is_dense


def test_row_padding_of_another_sender_is_skipped():
    message = heatmap_message(likelihood(), 'map')
    rows = np.array(message.data, np.uint8).reshape(message.height, -1)
    padded = np.pad(rows, ((0, 0), (0, 12)), constant_values=7)
    expected = likelihood_from_heatmap(message).log_likelihood
    del message.data[:]
    message.data.frombytes(memoryview(padded).cast('B'))
    message.row_step += 12
    np.testing.assert_array_equal(likelihood_from_heatmap(message).log_likelihood, expected)


def cut_short(message):
    del message.data[-10:]


def without_levels(message):
    message.fields = message.fields[:-1]


def with_integers(message):
    message.fields[3].datatype = PointField.INT32


def too_narrow(message):
    message.point_step = 8


def one_row(message):
    message.height = 1


def without_yaw_step(message):
    points = np.frombuffer(message.data, np.uint8).reshape(-1, message.point_step).copy()
    points[:, 24:28] = 0
    del message.data[:]
    message.data.frombytes(memoryview(points).cast('B'))


@pytest.mark.parametrize('damage', [
    cut_short, without_levels, with_integers, too_narrow, one_row, without_yaw_step])
def test_a_damaged_message_is_refused_with_a_sentence(damage):
    message = heatmap_message(likelihood(), 'map')
    damage(message)
    with pytest.raises(MatchingError, match='heatmap'):
        likelihood_from_heatmap(message)


def test_uneven_yaws_are_refused():
    original = likelihood(yaws=3)
    uneven = PoseLikelihood(original.log_likelihood, original.geometry, [0.0, 0.1, 0.3], 1.0)
    with pytest.raises(MatchingError, match='uniform'):
        heatmap_message(uneven, 'map')
