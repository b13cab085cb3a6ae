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

"""The retrieval matcher describes no tile twice, and none that it has no time for."""

import math
import time

import numpy as np
from retrieval_scene import at, matcher_of, part, PATCH, TRUTH
from synthetic_scene import panorama_window

from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.descriptor_filling import FillBudget, UNHURRIED


def test_shared_cells_of_neighbouring_patches_are_described_once(tmp_path) -> None:
    matcher, sessions = matcher_of(tmp_path)
    first = matcher.prepare(part(100.0, -40.0))
    count = sessions.images['satellite'] - 1  # One black tile tells the length of a descriptor.
    assert count == first.window.rows * first.window.columns
    second = matcher.prepare(part(110.0, -40.0))
    shared = first.window.overlap(second.window)
    assert sessions.images['satellite'] - 1 == (
        2 * count - shared.rows * shared.columns) > count
    matcher.prepare(part(100.0, -40.0))
    matcher.match(panorama_window(PATCH, TRUTH), first, at(TRUTH))
    assert sessions.images['satellite'] - 1 == 2 * count - shared.rows * shared.columns


def test_second_frame_on_a_patch_is_at_least_five_times_as_fast(tmp_path) -> None:
    matcher, sessions = matcher_of(tmp_path)
    window, prior = panorama_window(PATCH, TRUTH), at(TRUTH, 8.0, 0.0)
    elapsed, patch = [], part(100.0, -40.0)
    for _ in range(4):
        start = time.perf_counter()
        matcher.match(window, matcher.prepare(patch), prior)
        elapsed.append(time.perf_counter() - start)
    assert sessions.images == {'satellite': 1 + 25 * 25, 'ground': 4}
    assert elapsed[0] > 5.0 * min(elapsed[1:])


def test_without_time_each_match_describes_the_nearest_missing_cell(tmp_path) -> None:
    matcher, sessions = matcher_of(tmp_path, budget=FillBudget(1e-9, 0.0))
    features = matcher.prepare(part(100.0, -40.0))
    assert sessions.images['satellite'] == 2
    window, prior = panorama_window(PATCH, TRUTH), at(TRUTH, 4.0, 0.0)
    known = []
    for _ in range(30):
        found = matcher.match(window, features, prior)
        known.append(np.isfinite(found.log_likelihood))
    counts = [int(seen.sum()) for seen in known]
    # The middle of the patch is a corner of the search; it was described when prepared.
    assert counts[:5] == [2, 3, 4, 5, 6] and counts[-1] == 25
    assert known[0][0, 2, 2] and known[4][0, 1:4, 2].all() and known[4][0, 2, 1:4].all()
    assert sessions.images['satellite'] == 1 + 25


def test_unhurried_a_match_describes_all_it_needs_and_no_more(tmp_path) -> None:
    matcher, sessions = matcher_of(tmp_path, budget=UNHURRIED)
    features = matcher.prepare(part(100.0, -40.0))
    assert sessions.images['satellite'] == 1
    found = matcher.match(panorama_window(PATCH, TRUTH), features, at(TRUTH, 6.0, 0.0))
    assert np.isfinite(found.log_likelihood).all()
    assert sessions.images['satellite'] == 1 + found.log_likelihood.size
    assert sessions.runs['satellite'] == 1 + math.ceil(found.log_likelihood.size / 8)


def test_ground_without_imagery_stays_unknown_and_is_not_tried_again(tmp_path) -> None:
    matcher, sessions = matcher_of(tmp_path)
    patch = part(100.0, -40.0)
    valid = np.array(patch.valid)
    valid[:, :120] = False
    patch = SatellitePatch(patch.image, patch.geometry, valid, patch.provenance)
    features = matcher.prepare(patch)
    count = sessions.images['satellite']
    found = matcher.match(panorama_window(PATCH, TRUTH), features, at(Pose2(88., -40., 0.0), 8.0))
    west = found.geometry.cell_centres()[0] - 16.0 < patch.geometry.centre_x - 40.0 + 24.0 - 6.4
    assert west.any() and np.isnan(found.log_likelihood[:, west]).all()
    assert np.isfinite(found.log_likelihood).any()
    assert sessions.images['satellite'] == count
