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

"""Where made-up pairs have their tile and camera."""

import math

from made_orthophotos import street_scene
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.orthophotos import Orthophoto
from xview_loc.learning.data.prior_noise import PriorNoise
from xview_loc.learning.data.pseudo_heights import vegetation
from xview_loc.learning.data.tile_placing import coherence, place_pair, TilePairSettings

PHOTO = Orthophoto(street_scene(), 0.2)
GROWTH = vegetation(PHOTO.image)


def test_the_label_is_the_way_from_the_centre_to_the_camera() -> None:
    settings = TilePairSettings(vary_geometry=False)
    for seed in range(20):
        placing = place_pair(PHOTO, GROWTH, settings, np.random.default_rng(seed))
        north = -(placing.camera[0] - placing.centre[0]) * 0.2
        east = (placing.camera[1] - placing.centre[1]) * 0.2
        right = math.cos(placing.up) * east - math.sin(placing.up) * north
        above = math.sin(placing.up) * east + math.cos(placing.up) * north
        assert placing.offset == pytest.approx((right, above))
        assert max(map(abs, placing.offset)) <= 10.0


def test_the_scale_is_wrong_by_at_most_five_per_cent() -> None:
    scales = [place_pair(PHOTO, GROWTH, TilePairSettings(), np.random.default_rng(seed)).scale
              for seed in range(50)]
    assert 0.95 <= min(scales) < 0.97 and 1.03 < max(scales) <= 1.05


def test_cameras_avoid_what_grows() -> None:
    growth = np.zeros((400, 400), np.float32)
    growth[:, 200:] = 1.0
    columns = [place_pair(PHOTO, growth, TilePairSettings(), np.random.default_rng(seed)).camera[1]
               for seed in range(20)]
    assert max(columns) < 215.0


def test_a_tile_lies_inside_a_piece_that_is_large_enough() -> None:
    for seed in range(20):
        centre = place_pair(PHOTO, GROWTH, TilePairSettings(size=200),
                            np.random.default_rng(seed)).centre
        assert 94.0 < min(centre) and max(centre) < 306.0


def test_a_piece_that_is_too_small_is_refused() -> None:
    small = Orthophoto(street_scene(40), 0.2)
    with pytest.raises(DataSetError, match='40 x 40 pixels is too small'):
        place_pair(small, np.zeros((40, 40), np.float32),
                   TilePairSettings(noise=PriorNoise(500.0)), np.random.default_rng(0))


def half_striped() -> np.ndarray:
    """Return stripes at 30 degrees on the left and blots on the right."""
    rows, columns = np.mgrid[:400, :400].astype(np.float64)
    stripes = 128 + 100 * np.sign(np.sin((0.5 * rows + 0.866 * columns) / 6.0))
    blots = np.random.default_rng(0).integers(0, 255, (50, 50)).repeat(8, 0).repeat(8, 1)
    grey = np.where(columns < 200, stripes, blots).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def test_edges_that_run_one_way_are_told_from_those_that_run_every_way() -> None:
    found = coherence(half_striped(), 0.2)
    assert found.shape == (400, 400)
    assert found[60:-60, 60:140].min() > 0.9
    assert np.median(found[60:-60, 260:340]) < 0.6
    assert coherence(np.full((50, 50, 3), 90, np.uint8), 0.2).max() < 1e-6


def test_cameras_prefer_places_where_edges_run_one_way_when_asked_to() -> None:
    photo = Orthophoto(half_striped(), 0.2)
    growth = np.zeros((400, 400), np.float32)
    shares = []
    for on_roads in (0.0, 1.0):
        settings = TilePairSettings(size=100, on_roads=on_roads)
        columns = [place_pair(photo, growth, settings, np.random.default_rng(seed)).camera[1]
                   for seed in range(30)]
        shares.append(np.mean(np.array(columns) < 200))
    assert 0.2 < shares[0] < 0.8 and shares[1] > 0.95
