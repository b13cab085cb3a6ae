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

"""The frames of the real drive lie where their truth says in the mosaic."""

import math
from pathlib import Path

import numpy as np

from xview_loc.learning.data.kitti_mosaic import KittiMosaicPairs


def test_tiles_show_the_mosaic_around_the_prior(shared_data: Path) -> None:
    pairs = KittiMosaicPairs(shared_data / 'kitti_raw_0001')
    assert len(pairs) == len(pairs.identifiers) == len(pairs.priors) > 20
    frame, truth = pairs.frame(5)
    sample = pairs.sample(5)
    assert sample.satellite.shape == (1024, 1024, 3)
    assert math.hypot(sample.east_m, sample.north_m) < 15.0
    assert abs(sample.yaw - truth.yaw % (2 * math.pi)) < 1e-9
    # The pixel of the camera's place is the same one in tile and mosaic.
    row, column = (math.floor(value) for value in sample.camera_pixel)
    high, wide = (math.floor(float(value)) for value in pairs.mosaic.geometry.pixel_from_map(
        truth.x, truth.y))
    here = sample.satellite[row - 20:row + 20, column - 20:column + 20]
    np.testing.assert_array_equal(
        here, pairs.mosaic.image[high - 20:high + 20, wide - 20:wide + 20])
    assert here.any()


def test_the_same_seed_gives_the_same_priors(shared_data: Path) -> None:
    folder = shared_data / 'kitti_raw_0001'
    first, again, other = (KittiMosaicPairs(folder, seed) for seed in (0, 0, 1))
    assert first.priors == again.priors != other.priors
