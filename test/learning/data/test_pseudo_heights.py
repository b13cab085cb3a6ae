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

"""What is made to stand on an orthophoto."""

from made_orthophotos import street_scene
import numpy as np
import pytest

from xview_loc.learning.data.pseudo_heights import furnish, plant, vegetation


def test_lawns_grow_and_asphalt_does_not_even_with_a_green_cast() -> None:
    image = np.full((60, 60, 3), (100, 108, 98), np.uint8)
    image[20:40, 20:40] = (70, 130, 60)
    growth = vegetation(image)
    assert growth[25:35, 25:35].min() > 0.9
    assert growth[:15].max() < 0.1


def test_plants_stand_where_it_is_green_and_most_is_lawn() -> None:
    image = np.full((100, 100, 3), (100, 100, 100), np.uint8)
    image[:, 50:] = (70, 130, 60)
    heights = plant(vegetation(image), 0.2, np.random.default_rng(0))
    assert not heights[:, :48].any()
    standing = heights[:, 52:] > 0.0
    assert 0.02 < standing.mean() < 0.6
    assert heights.max() <= 8.0 and heights[heights > 0].min() >= 0.5


def test_nothing_stands_right_at_the_camera() -> None:
    image = street_scene()
    growth = vegetation(image)
    for seed in range(8):
        scenery = furnish(image, growth, 0.2, (200.0, 210.0), np.random.default_rng(seed))
        rows, columns = np.mgrid[:400, :400] + 0.5
        near = np.hypot(rows - 200.0, columns - 210.0) * 0.2 < 4.0
        assert not scenery.heights[near].any()
        assert scenery.heights.max() > 0.0


def test_the_same_seed_furnishes_alike_and_the_picture_itself_is_kept() -> None:
    image = street_scene()
    before = image.copy()
    first = furnish(image, vegetation(image), 0.2, (200.0, 200.0), np.random.default_rng(5))
    second = furnish(image, vegetation(image), 0.2, (200.0, 200.0), np.random.default_rng(5))
    np.testing.assert_array_equal(first.colours, second.colours)
    np.testing.assert_array_equal(first.heights, second.heights)
    np.testing.assert_array_equal(image, before)
    with pytest.raises(ValueError):
        first.heights[0, 0] = 1.0
