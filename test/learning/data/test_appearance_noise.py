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

"""Other seasons, shadows and cameras."""

import math

from made_orthophotos import street_scene
import numpy as np
import pytest

from xview_loc.learning.data.appearance_noise import photographed, shadow, weathered
from xview_loc.learning.data.pseudo_heights import vegetation


def post(height: float = 3.0) -> np.ndarray:
    """Return heights with one block of four pixels in the middle."""
    heights = np.zeros((101, 101), np.float32)
    heights[48:52, 48:52] = height
    return heights


@pytest.mark.parametrize('heading, row, column', [
    (0.0, 60, 50), (math.pi / 2, 50, 40), (math.pi, 40, 50), (-math.pi / 2, 50, 60)])
def test_shadows_fall_away_from_the_sun(heading: float, row: int, column: int) -> None:
    dark = shadow(post(), 0.2, heading, math.radians(45.0))
    assert dark[row, column] == 1.0
    assert dark[100 - row, 100 - column] == 0.0


def test_a_shadow_is_as_long_as_the_sun_is_low() -> None:
    # 3 m at 45 degrees are 3 m, at 30 degrees 5.2 m; the block itself is 0.8 m
    for degrees, length in ((45.0, 3.0), (30.0, 3.0 * math.sqrt(3.0))):
        dark = shadow(post(), 0.2, 0.0, math.radians(degrees))
        rows = np.nonzero(dark[:, 50])[0]
        assert (rows.max() - 51) * 0.2 == pytest.approx(length, abs=0.5)
    assert not shadow(post(0.0), 0.2, 0.0, 0.5).any()


def test_the_season_changes_what_grows_more_than_what_does_not() -> None:
    image = np.full((80, 80, 3), (110, 110, 110), np.uint8)
    image[:, 40:] = (70, 130, 60)
    growth = vegetation(image)
    changes = []
    for seed in range(12):
        other = weathered(image, growth, np.zeros((80, 80), np.float32), 0.2,
                          np.random.default_rng(seed))
        change = np.abs(other.astype(float) - image).mean(axis=(0, 2))
        changes.append((change[45:].mean(), change[:35].mean()))
    growing, bare = np.mean(changes, axis=0)
    assert growing > 1.3 * bare


def test_strength_is_felt() -> None:
    image = street_scene(120)
    change = [np.abs(weathered(image, vegetation(image), np.zeros((120, 120), np.float32), 0.2,
                               np.random.default_rng(3), strength).astype(float) - image).mean()
              for strength in (0.0, 1.0, 2.0)]
    assert change[0] < change[1] < change[2]


def test_the_same_seed_gives_the_same_picture() -> None:
    image, growth, flat = street_scene(120), np.zeros((120, 120)), np.zeros((120, 120), np.float32)
    for change in (photographed,
                   lambda pixels, rng: weathered(pixels, growth, flat, 0.2, rng)):
        first, second = (change(image, np.random.default_rng(7)) for _ in range(2))
        np.testing.assert_array_equal(first, second)
        assert not np.array_equal(first, change(image, np.random.default_rng(8)))


def test_a_photograph_keeps_what_is_where() -> None:
    image = street_scene(200)
    grey = image.mean(axis=2)
    for seed in range(6):
        other = photographed(image, np.random.default_rng(seed)).mean(axis=2)
        assert np.corrcoef(grey.ravel(), other.ravel())[0, 1] > 0.8
