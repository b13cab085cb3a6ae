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

"""Changes of training keep ground image and tile in step."""

import math

import numpy as np
import pytest

from xview_loc.errors import LearningError
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.data.torch_pairs import InputSizes
from xview_loc.learning.training.sample_changes import (
    ChangedPairs, facing_north, mirrored, oriented_item, turned)


def sample(heading: float | None = 0.0) -> CrossViewSample:
    """Return a tile with a landmark in the north-east and a panorama that sees it there."""
    tile, ground = np.zeros((64, 64, 3), np.uint8), np.zeros((8, 72, 3), np.uint8)
    tile[10:14, 50:54] = 255
    azimuth = math.pi / 4
    column = round((azimuth - (heading or 0.0)) / (2 * math.pi) * 72 + 35.5) % 72
    ground[:, column] = 255
    return CrossViewSample('a', ground, tile, 0.5, 3.0, -2.0, heading)


def bright(image: np.ndarray) -> tuple[float, float]:
    rows, columns = np.nonzero(np.asarray(image)[..., 0])
    return float(rows.mean()), float(columns.mean())


class One:
    """A data set of one pair."""

    name, identifiers, positions = 'one', ('a',), None

    def __init__(self, pair: CrossViewSample) -> None:
        self.pair = pair

    def __len__(self) -> int:
        return 1

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        return self.pair


@pytest.mark.parametrize('heading', [0.0, 1.0, 3.0, 5.5])
def test_a_panorama_is_turned_to_north(heading: float) -> None:
    turned = facing_north(sample(heading))
    assert bright(turned.ground)[1] == pytest.approx(bright(sample(0.0).ground)[1], abs=1.0)
    assert turned.heading == 0.0
    with pytest.raises(LearningError, match='heading'):
        facing_north(sample(None))


def test_mirroring_moves_everything_to_the_other_side() -> None:
    image = mirrored(sample(0.5))
    assert bright(image.satellite)[1] == pytest.approx(63 - 51.5)
    assert (image.east_m, image.north_m) == (-3.0, -2.0)
    assert image.heading == pytest.approx(2 * math.pi - 0.5)
    twice = mirrored(image)
    assert np.array_equal(twice.ground, sample(0.5).ground)
    assert twice.heading == pytest.approx(0.5)


def azimuth_in_tile(image: CrossViewSample) -> float:
    """Return where the landmark lies, clockwise from the top of the tile [rad]."""
    row, column = bright(image.satellite)
    return math.atan2(column - 31.5, 31.5 - row) % (2 * math.pi)


def azimuth_in_panorama(image: CrossViewSample) -> float:
    """Return where the camera sees the landmark, clockwise from the top of the tile [rad]."""
    away = (bright(image.ground)[1] - 35.5) / 72 * 2 * math.pi
    return (away + image.heading) % (2 * math.pi)


@pytest.mark.parametrize('quarters', range(4))
@pytest.mark.parametrize('heading', [0.0, 1.0])
def test_what_is_turned_together_still_belongs_together(quarters: int, heading: float) -> None:
    image = turned(sample(heading), quarters)
    expected = (math.pi / 4 - quarters * math.pi / 2) % (2 * math.pi)
    assert azimuth_in_tile(image) == pytest.approx(expected, abs=0.05)
    assert azimuth_in_panorama(image) == pytest.approx(expected, abs=2 * math.pi / 72)
    assert image.heading == pytest.approx(heading)
    place = complex(3.0, -2.0) * 1j ** quarters
    assert (image.east_m, image.north_m) == pytest.approx((place.real, place.imag))


def test_symmetries_make_eight_pairs_of_one() -> None:
    seen = set()
    for epoch in range(60):
        varied = ChangedPairs(
            One(sample()), InputSizes((8, 72), 64), change='symmetries', vary=True)
        varied.set_epoch(epoch)
        item = varied[0]
        seen.add((item['satellite'].numpy().tobytes(), item['ground'].numpy().tobytes()))
    assert len(seen) == 8


def test_quarter_turns_leave_tests_alone_and_make_the_heading_unknown() -> None:
    sizes = InputSizes((8, 72), 64)
    still = ChangedPairs(One(sample()), sizes, change='quarter_turns')
    assert np.array_equal(still[0]['satellite'], sample().satellite)
    places = set()
    for epoch in range(30):
        varied = ChangedPairs(One(sample()), sizes, change='quarter_turns', vary=True)
        varied.set_epoch(epoch)
        item = varied[0]
        places.add(bright(item['satellite'].numpy()))
        assert math.isnan(item['heading'])
    assert len(places) == 4


def test_oricnn_says_how_it_changed_the_images() -> None:
    sizes = InputSizes((8, 72), 32)
    seen = set()
    for seed in range(40):
        item = oriented_item(sample(), sizes, 0, np.random.default_rng(seed))
        crop, turns, roll = (float(item[name]) for name in ('crop', 'turns', 'roll'))
        seen.add((crop < 1.0, turns))
        assert bright(item['ground'].numpy())[1] == pytest.approx(
            (bright(sample().ground)[1] - roll) % 72)
        tile = np.rot90(item['satellite'].numpy(), -int(turns))
        if tile.any():
            middle = np.array(bright(tile)) - 15.5
            expected = (np.array([11.5, 51.5]) - 31.5) / (64 * crop) * 32
            assert middle == pytest.approx(expected, abs=1.5)
    assert len(seen) == 8


def test_the_same_pair_and_epoch_are_changed_alike() -> None:
    first, second = (ChangedPairs(One(sample()), InputSizes((8, 72), 32), change='oricnn',
                                  seed=5, vary=True)[0] for _ in range(2))
    assert float(first['crop']) == float(second['crop'])
    assert np.array_equal(first['ground'], second['ground'])
