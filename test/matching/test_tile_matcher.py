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

"""What is common to matchers of tiles: what they ask for, and that tiles are run once."""

import numpy as np
from synthetic_scene import patterned_patch
from tiny_packages import tiny_package

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.tile_matcher import TileMatcher


def test_it_asks_for_what_its_package_says_and_runs_a_tile_once(tmp_path) -> None:
    package = tiny_package(tmp_path / 'cvml', 'cvml')
    seen = []
    matcher = TileMatcher(package, lambda images: seen.append(images) or {})
    satellite = package.description.satellite
    assert (matcher.name, matcher.metres_per_pixel) == (
        'untrained_cvml', satellite.metres_per_pixel)
    patch = patterned_patch(seed=3)
    matcher.prepare(patch)
    matcher.prepare(patch)
    assert matcher.tiles_run == 1
    assert [images.shape for images in seen] == [(1, satellite.size, satellite.size, 3)]


def test_where_nothing_is_known_the_likelihood_says_so(tmp_path) -> None:
    matcher = TileMatcher(tiny_package(tmp_path / 'cvml', 'cvml'), lambda images: {})
    found = matcher._nothing_known(
        PatchGeometry(3.0, 4.0, 0.5, 7, 9), np.array([0.1, 0.2]), 12.5)
    assert found.log_likelihood.shape == (2, 7, 9) and np.isnan(found.log_likelihood).all()
    assert (found.stamp, found.confidence, found.source) == (12.5, 0.0, 'untrained_cvml')
