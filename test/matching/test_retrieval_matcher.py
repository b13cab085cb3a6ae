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

"""The retrieval matcher finds places and headings, and refuses what it cannot do."""

from dataclasses import replace
import math

from counting_sessions import CountingSessions
import numpy as np
import pytest
from retrieval_scene import at, EVERYTHING, matcher_of, part, PATCH, TRUTH
from synthetic_scene import panorama_window
from tiny_packages import tiny_package

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.matching.descriptor_map import DescriptorMap
from xview_loc.matching.map_manifest import manifest_for
from xview_loc.matching.retrieval_matcher import RetrievalMatcher


@pytest.mark.parametrize('family', ['safa', 'stn_safa', 'oricnn'])
def test_finds_cell_and_heading_of_a_panorama(tmp_path, family) -> None:
    matcher, _ = matcher_of(tmp_path, family)
    features = matcher.prepare(part(100.0, -40.0))
    prior = at(Pose2(101.3, -40.2, math.radians(67.5)))
    found = matcher.match(panorama_window(PATCH, TRUTH), features, prior)
    assert len(found.yaws) == 16 and found.is_full_circle
    peak = found.peak()
    assert (peak.x, peak.y) == pytest.approx((TRUTH.x, TRUTH.y), abs=1e-6)
    assert abs(wrap_angle(peak.yaw - TRUTH.yaw)) < math.radians(12.0)
    assert found.score == pytest.approx(float(found.log_likelihood.max()) / 20.0, rel=1e-5)
    assert found.score > 0.9 and found.source == matcher.name and math.isnan(found.confidence)


def test_the_descriptor_of_a_cell_is_found_at_that_cell_with_cosine_one(tmp_path) -> None:
    matcher, sessions = matcher_of(tmp_path)
    features = matcher.prepare(part(100.0, -40.0))
    cell = np.array([[21, 49]])
    wanted = matcher.descriptor_map.descriptors_of(cell).astype(np.float32)
    sessions.answers['ground'] = lambda inputs: np.repeat(wanted, len(inputs['images']), axis=0)
    found = matcher.match(panorama_window(PATCH, TRUTH), features, at(TRUTH, 10.0, 0.0))
    peak = found.peak()
    assert (peak.x, peak.y, peak.yaw) == pytest.approx((98.0, -42.0, TRUTH.yaw))
    assert found.score == pytest.approx(1.0, abs=2e-3)
    assert np.sum(found.log_likelihood > 0.999 * found.log_likelihood.max()) == 1


def test_a_new_origin_of_the_map_does_not_move_what_is_known(tmp_path) -> None:
    matcher, _ = matcher_of(tmp_path)
    patch, window = part(100.0, -40.0), panorama_window(PATCH, TRUTH)
    first = LocalFrame(49.0, 8.4)
    # The map moves 30 m east and 20 m north: places lose as much.
    latitude, longitude, _ = first.geodetic_from_map(30.0, 20.0)
    second = LocalFrame(float(latitude), float(longitude))
    places = []
    for frame, east, north in ((first, 0.0, 0.0), (second, 30.0, 20.0)):
        geometry = replace(patch.geometry, centre_x=patch.geometry.centre_x - east,
                           centre_y=patch.geometry.centre_y - north)
        features = matcher.prepare(SatellitePatch(
            patch.image, geometry, patch.valid, patch.provenance, frame))
        prior = at(Pose2(TRUTH.x - east, TRUTH.y - north, TRUTH.yaw), 6.0, 0.1)
        peak = matcher.match(window, features, prior).peak()
        places.append((peak.x + east, peak.y + north))
    assert places[0] == pytest.approx((TRUTH.x, TRUTH.y), abs=1e-6)
    assert places[1] == pytest.approx(places[0], abs=1e-2)


@pytest.mark.parametrize('level', [0, 128])
def test_a_blank_view_knows_nothing(tmp_path, level) -> None:
    matcher, sessions = matcher_of(tmp_path)
    features = matcher.prepare(part(100.0, -40.0))
    frame = panorama_window(PATCH, TRUTH).newest
    blank = replace(frame, image=np.full_like(frame.image, level))
    found = matcher.match(FrameWindow((blank,)), features, at(TRUTH))
    assert np.isnan(found.log_likelihood).all() and math.isnan(found.score)
    assert sessions.images['ground'] == 0


def test_yaws_follow_the_prior(tmp_path) -> None:
    matcher, sessions = matcher_of(tmp_path)
    features = matcher.prepare(part(100.0, -40.0))
    window = panorama_window(PATCH, TRUTH)
    for yaw_range, count in ((0.0, 1), (0.1, 3), (0.5, 5), (3.0, 16)):
        sessions.images.clear()
        found = matcher.match(window, features, at(TRUTH, 4.0, yaw_range))
        assert len(found.yaws) == sessions.images['ground'] == count
        assert sessions.runs['ground'] >= 1
        np.testing.assert_allclose(np.diff(found.yaws), np.diff(found.yaws)[:1].repeat(count - 1))
        assert abs(found.yaws[count // 2] - TRUTH.yaw) < 1e-9


def test_a_map_of_another_datum_gives_the_same_places(tmp_path) -> None:
    package = tiny_package(tmp_path / 'package', 'safa')
    sessions = CountingSessions(package)
    run, grid = LocalFrame(49.0, 8.4, 110.0), LocalFrame(49.05, 8.3, 110.0)
    stored = DescriptorMap(manifest_for(package, 48, frame=grid))
    matcher = RetrievalMatcher(package, sessions, stored, EVERYTHING)
    patch = part(100.0, -40.0)
    features = matcher.prepare(
        SatellitePatch(patch.image, patch.geometry, patch.valid, patch.provenance, run))
    found = matcher.match(panorama_window(PATCH, TRUTH), features, at(TRUTH))
    assert abs(found.geometry.rotation) > 1e-4
    peak = found.peak()
    assert math.hypot(peak.x - TRUTH.x, peak.y - TRUTH.y) <= 1.5
    # The best cell, on the earth, is a cell of the grid.
    latitude, longitude, _ = run.geodetic_from_map(peak.x, peak.y)
    x, y, _ = grid.map_from_geodetic(latitude, longitude)
    for axis in (float(x), float(y)):
        assert axis / 2.0 == pytest.approx(round(axis / 2.0), abs=5e-3)
    with pytest.raises(MatchingError, match='the imagery has none'):
        matcher.prepare(patch)


def test_what_cannot_be_done_is_refused(tmp_path) -> None:
    aligned = tiny_package(tmp_path / 'aligned', 'safa', projection='pinhole')
    with pytest.raises(MatchingError, match='a pinhole view cannot be turned'):
        RetrievalMatcher(aligned, CountingSessions(aligned))
    dense = tiny_package(tmp_path / 'dense', 'cvml')
    with pytest.raises(MatchingError, match='no descriptors of tiles'):
        RetrievalMatcher(dense, CountingSessions(dense))
    safa, other = (tiny_package(tmp_path / family, family) for family in ('safa', 'oricnn'))
    with pytest.raises(MatchingError, match='was made by untrained_oricnn'):
        RetrievalMatcher(safa, CountingSessions(safa), DescriptorMap(manifest_for(other, 48)))


def test_a_patch_smaller_than_a_tile_is_named(tmp_path) -> None:
    matcher, _ = matcher_of(tmp_path)
    features = matcher.prepare(part(100.0, -40.0, 30.0))
    with pytest.raises(MatchingError, match='The patch of 30 m by 30 m holds no whole tile of 32'):
        matcher.match(panorama_window(PATCH, TRUTH), features, at(TRUTH))


def test_patch_needs_follow_the_package(tmp_path) -> None:
    matcher, _ = matcher_of(tmp_path)
    assert matcher.metres_per_pixel == 0.5
    assert matcher.view_radius_m == pytest.approx(16.0 + 2.0)
    with pytest.raises(MatchingError, match='no coarser than twice'):
        geometry = PatchGeometry(0.0, 0.0, 1.1, 100, 100)
        matcher.prepare(SatellitePatch(np.zeros((100, 100, 3), np.uint8), geometry,
                                       np.ones((100, 100), bool), Provenance('coarse')))
