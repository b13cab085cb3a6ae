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

"""The retrieval matcher finds places and headings, and describes no tile twice."""

from dataclasses import replace
import math
import time

from counting_sessions import CountingSessions
import numpy as np
import pytest
from synthetic_scene import OPTICAL_AXES, panorama_window, patterned_patch, rendered_frame
from tiny_packages import tiny_package

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.matching.descriptor_filling import FillBudget, UNHURRIED
from xview_loc.matching.descriptor_map import DescriptorMap
from xview_loc.matching.map_manifest import manifest_for
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.retrieval_matcher import RetrievalMatcher

PATCH = patterned_patch(seed=3)
# On the grid of 2 m, heading 67.5 degrees: three of the sixteen bins east of north.
TRUTH = Pose2(104.0, -38.0, math.radians(22.5))
EVERYTHING = FillBudget(60.0, 60.0)


def matcher_of(tmp_path, family='safa', budget=EVERYTHING, **options):
    """Return a matcher of a small package, and its sessions."""
    package = tiny_package(tmp_path / 'package', family, **options)
    sessions = CountingSessions(package)
    return RetrievalMatcher(package, sessions, budget=budget), sessions


def at(pose: Pose2, radius=8.0, yaw_range=math.pi) -> SearchPrior:
    return SearchPrior(pose, radius, yaw_range)


def part(x, y, side=80.0) -> SatellitePatch:
    """Return a square of the patterned ground."""
    pixels = round(side / 0.2)
    row, column = PATCH.geometry.pixel_from_map(x, y)
    top, left = round(float(row)) - pixels // 2, round(float(column)) - pixels // 2
    centre = PATCH.geometry.map_from_pixel(top + pixels / 2, left + pixels / 2)
    square = np.s_[top:top + pixels, left:left + pixels]
    return SatellitePatch(
        PATCH.image[square], PatchGeometry(*map(float, centre), 0.2, pixels, pixels),
        PATCH.valid[square], PATCH.provenance)


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


def slope_matcher(tmp_path, heading='aligned'):
    """Return a matcher whose score is 0.01 per metre east of x = 100."""
    axis = PATCH.geometry.map_from_pixel(0.0, np.arange(800) + 0.5)[0]
    image = np.zeros((600, 800, 3), np.uint8)
    image[:, :, 0] = np.clip(np.round(axis), 0, 255)
    package = tiny_package(tmp_path / 'slope', 'safa', heading=heading, metres_per_pixel=0.2)
    sessions = CountingSessions(
        package, satellite=lambda inputs: 0.01 * inputs['images'][..., 0].mean(axis=(1, 2))[
            :, None].astype(np.float32) - 1.0,
        ground=lambda inputs: np.ones((len(inputs['images']), 1), np.float32))
    patch = SatellitePatch(image, PATCH.geometry, PATCH.valid, Provenance('slope'))
    matcher = RetrievalMatcher(package, sessions, budget=EVERYTHING)
    return matcher, matcher.prepare(patch)


@pytest.mark.parametrize('yaw_range', [0.0, 0.3, math.pi])
@pytest.mark.parametrize('heading', ['aligned', 'invariant'])
def test_the_likelihood_is_that_of_base_link_in_every_yaw(tmp_path, yaw_range, heading) -> None:
    matcher, features = slope_matcher(tmp_path, heading)
    window = panorama_window(PATCH, TRUTH, offset_xy=(2.6, -1.1))
    found = matcher.match(window, features, at(TRUTH, 6.0, yaw_range))
    for yaw in found.yaws:
        camera = Pose2(103.0, -39.0, yaw).transform(np.array([2.6, -1.1]))
        value = found.at(np.array([103.0]), np.array([-39.0]), np.array([yaw]))
        # float16 holds descriptors of 0.1 to 5e-5, tiles lie within half a pixel of 0.2 m.
        assert value[0] / 20.0 == pytest.approx(0.01 * (camera[0] - 100.0), abs=2e-3)


def test_lever_arm_of_a_real_view(tmp_path) -> None:
    matcher, _ = matcher_of(tmp_path)
    features = matcher.prepare(part(100.0, -40.0))
    camera = TRUTH @ Pose2(3.0, 0.0, 0.0)
    base = Pose2(2.0 * TRUTH.x - camera.x, 2.0 * TRUTH.y - camera.y, TRUTH.yaw)
    found = matcher.match(panorama_window(PATCH, base, (3.0, 0.0)), features,
                          at(Pose2(101.0, -40.0, TRUTH.yaw), 8.0, 0.1))
    peak = found.peak()
    assert (peak.x, peak.y) == pytest.approx((base.x, base.y), abs=0.4)


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


def forward_window(pose: Pose2) -> FrameWindow:
    """Return what a level camera of 90 degrees sees ahead."""
    mounting = np.eye(4)
    mounting[:3, :3] = OPTICAL_AXES
    mounting[2, 3] = 2.0
    camera = MountedCamera(PinholeCamera(320.0, 320.0, 319.5, 179.5, 360, 640), mounting)
    return FrameWindow((rendered_frame(PATCH, pose, camera),))


@pytest.mark.parametrize('family', ['safa', 'oricnn'])
def test_a_forward_camera_tells_a_panorama_model_something(tmp_path, family) -> None:
    """A quarter of the directions does not single out a cell, but turned it says nothing."""
    matcher, _ = matcher_of(tmp_path, family)
    features = matcher.prepare(part(100.0, -40.0, 100.0))
    random = np.random.default_rng(0)
    below = []
    for _ in range(8):
        pose = Pose2(*(np.array([100.0, -40.0]) + 2.0 * random.integers(-4, 5, 2)),
                     random.uniform(-3.0, 3.0))
        found = matcher.match(forward_window(pose), features, at(pose, 12.0, 0.3))
        value = found.at(*(np.array([number]) for number in pose.as_array()))
        below.append(np.mean(found.log_likelihood.max(axis=0) < value))
    assert np.mean(below) > 0.75


def test_an_invariant_forward_camera_is_the_same_in_every_yaw(tmp_path) -> None:
    matcher, sessions = matcher_of(tmp_path, projection='pinhole', heading='invariant')
    features = matcher.prepare(part(100.0, -40.0))
    found = matcher.match(forward_window(TRUTH), features, at(TRUTH))
    assert sessions.images['ground'] == 1 and len(found.yaws) == 8
    np.testing.assert_array_equal(
        found.log_likelihood, np.broadcast_to(found.log_likelihood[0], found.log_likelihood.shape))


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
