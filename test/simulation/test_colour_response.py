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


"""Sensors darken, tint and fade as they say."""

import numpy as np
import pytest

from xview_loc.simulation.colour_response import ColourResponse, random_response

IMAGE = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)


def test_a_sensor_that_is_not_described_changes_nothing() -> None:
    np.testing.assert_array_equal(ColourResponse().seen(IMAGE), IMAGE)


def test_gains_scale_channels_and_too_bright_is_white() -> None:
    seen = ColourResponse((0.5, 1.0, 3.0)).seen(IMAGE)
    assert seen.dtype == np.uint8
    np.testing.assert_array_equal(seen[..., 0], np.rint(0.5 * IMAGE[..., 0]))
    np.testing.assert_array_equal(seen[..., 1], IMAGE[..., 1])
    np.testing.assert_array_equal(seen[..., 2], np.minimum(3 * IMAGE[..., 2].astype(int), 255))


def test_fading_leaves_the_grey_and_takes_the_colour() -> None:
    seen = ColourResponse(fading=0.5).seen(IMAGE).astype(float)
    np.testing.assert_allclose(seen.mean(axis=2), IMAGE.mean(axis=2), atol=0.5)
    assert np.ptp(seen, axis=2).sum() == pytest.approx(
        0.5 * np.ptp(IMAGE.astype(float), axis=2).sum(), rel=0.01)
    grey = ColourResponse(fading=1.0).seen(IMAGE)
    assert (np.ptp(grey, axis=2) == 0).all()


def test_drawn_sensors_keep_their_bounds() -> None:
    sensors = [random_response(np.random.default_rng(seed)) for seed in range(300)]
    gains = np.array([sensor.gains for sensor in sensors])
    assert 0.7 * 0.85 <= gains.min() < 0.65 and 1.05 < gains.max() <= 1.15
    tints = gains / gains.mean(axis=1, keepdims=True)
    assert tints.max() <= 1.15 / ((1.15 + 2 * 0.85) / 3)
    fading = np.array([sensor.fading for sensor in sensors])
    assert 0.0 <= fading.min() < 0.02 and 0.38 < fading.max() <= 0.4
