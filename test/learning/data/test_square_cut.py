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

"""Cutting squares out of images."""

import math

import numpy as np
import pytest

from xview_loc.learning.data.square_cut import cut_square


def blob(row: float, column: float, shape: tuple[int, int] = (200, 300)) -> np.ndarray:
    """Return an image with a round spot at continuous coordinates."""
    rows, columns = np.mgrid[:shape[0], :shape[1]] + 0.5
    spot = 255.0 * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 18.0)
    return np.repeat(spot[..., None], 3, axis=2).astype(np.uint8)


def spot_of(image: np.ndarray) -> tuple[float, float]:
    """Return continuous row and column of the centre of brightness."""
    weight = image[..., 0].astype(np.float64)
    rows, columns = np.mgrid[:image.shape[0], :image.shape[1]] + 0.5
    return (float((rows * weight).sum() / weight.sum()),
            float((columns * weight).sum() / weight.sum()))


def test_whole_pixels_are_copied() -> None:
    image = np.random.default_rng(0).integers(0, 255, (50, 70, 3), dtype=np.uint8)
    np.testing.assert_array_equal(cut_square(image, (30.0, 20.0), 10), image[15:25, 25:35])
    np.testing.assert_array_equal(cut_square(image, (30.5, 20.5), 11), image[15:26, 25:36])


@pytest.mark.parametrize('degrees', [0.0, 33.0, 90.0, -150.0])
@pytest.mark.parametrize('centre', [(140.0, 100.0), (141.3, 97.8)])
def test_a_spot_moves_as_a_turned_map_would(
        degrees: float, centre: tuple[float, float]) -> None:
    heading = math.radians(degrees)
    east, south = 12.0, -7.0
    cut = cut_square(blob(centre[1] + south, centre[0] + east), centre, 64, heading)
    right = east * math.cos(heading) + south * math.sin(heading)
    down = south * math.cos(heading) - east * math.sin(heading)
    assert spot_of(cut) == pytest.approx((32 + down, 32 + right), abs=0.1)


@pytest.mark.parametrize('heading', [0.0, 0.4])
def test_beyond_the_image_it_is_black(heading: float) -> None:
    image = np.full((40, 40, 3), 255, np.uint8)
    cut = cut_square(image, (0.0, 0.0), 20, heading)
    assert cut[15, 15, 0] == 255 and cut[3, 3, 0] == 0
    assert not cut_square(image, (500.0, -500.0), 20, heading).any()
    assert not cut_square(image, (-500.0, 500.0), 20, heading).any()
