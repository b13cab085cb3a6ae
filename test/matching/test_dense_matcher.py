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

"""Dense matchers with graphs whose answers are known, and with real ones of small packages."""

from dataclasses import replace
import math

from bright_world import bright_patch, CENTRE, looking, matched, near, NORTH
import numpy as np
from plain_sessions import BrightPlaces, described, PANORAMA
import pytest
from synthetic_scene import panorama_window, patterned_patch
from tiny_packages import tiny_package

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.dense_matcher import DenseMatcher
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_records import GroundInput
from xview_loc.matching.onnx_session import OnnxSessions


@pytest.mark.parametrize('offset', [(0.0, 0.0), (9.0, -4.5), (-21.0, 13.0), (30.0, 20.0)])
@pytest.mark.parametrize('resolution', [0.5, 0.2])
def test_landmark_is_found_where_it_is_wherever_on_the_patch(offset, resolution) -> None:
    place = CENTRE[0] + offset[0], CENTRE[1] + offset[1]
    patch = bright_patch(place, metres_per_pixel=resolution, height=round(90 / resolution),
                         width=round(120 / resolution))
    likelihood = matched(BrightPlaces(), patch, near(place[0] + 2.0, place[1] - 3.0))
    peak = likelihood.peak()
    assert (peak.x, peak.y) == pytest.approx(place, abs=0.5)
    assert likelihood.geometry.contains(place[0] - 4.0, place[1] - 9.0)
    assert 0.25 <= likelihood.geometry.metres_per_pixel <= 1.0
    assert likelihood.log_likelihood.nbytes <= 500_000
    # The search encloses its square: no pose inside lies beyond the outer cell centres.
    corners = np.array([[-6.0, -6.0, 6.0, 6.0], [-6.0, 6.0, -6.0, 6.0]])
    assert np.isfinite(likelihood.at(place[0] + 2.0 + corners[0], place[1] - 3.0 + corners[1],
                                     np.full(4, NORTH))).all()


@pytest.mark.parametrize('yaw', [NORTH, 0.0, -2.3])
def test_likelihood_is_that_of_base_link_not_of_the_camera(yaw) -> None:
    camera = CENTRE[0] + 3.0, CENTRE[1] - 2.0
    base = Pose2(0.0, 0.0, yaw).transform(np.array([1.5, -1.0]))
    window = looking(x=1.5, y=-1.0)
    likelihood = matched(BrightPlaces(), bright_patch(camera), near(*camera, yaw), window)
    peak = likelihood.peak()
    assert (peak.x, peak.y) == pytest.approx((camera[0] - base[0], camera[1] - base[1]), abs=0.51)


def test_satellite_network_runs_once_for_a_patch() -> None:
    sessions, patch = BrightPlaces(), bright_patch(CENTRE)
    matcher = DenseMatcher(described('cvml'), sessions)
    for _ in range(3):
        features = matcher.prepare(patch)
        matcher.match(looking(), features, near(CENTRE[0] + 2.0, CENTRE[1]))
    assert sessions.runs == {'satellite': 1, 'ground': 3, 'match': 3}
    assert matcher.tiles_run == 1


def test_a_search_wider_than_a_tile_takes_several_and_ends_where_they_end() -> None:
    sessions = BrightPlaces()
    places = (CENTRE[0] + 17.0, CENTRE[1] + 16.0), (CENTRE[0] - 14.0, CENTRE[1] - 18.0)
    likelihood = matched(sessions, bright_patch(*places), near(*CENTRE, radius=20.0))
    assert sessions.runs['satellite'] == 5
    for place in places:
        assert likelihood.at(*(np.array([value]) for value in place), np.zeros(1))[0] == (
            pytest.approx(likelihood.log_likelihood.max(), abs=3.0))
    assert np.isfinite(likelihood.log_likelihood).all()
    wide = matched(sessions, bright_patch(*places), near(*CENTRE, radius=60.0))
    assert np.isnan(wide.at(np.array([CENTRE[0] + 50.0]), np.array([CENTRE[1]]), np.zeros(1)))


def test_ground_without_imagery_is_unknown() -> None:
    patch = bright_patch(CENTRE)
    valid = patch.valid.copy()
    valid[:, :118] = False
    patch = SatellitePatch(patch.image, patch.geometry, valid, patch.provenance)
    likelihood = matched(BrightPlaces(), patch, near(*CENTRE))
    x, _ = likelihood.geometry.cell_centres()
    assert np.isnan(likelihood.log_likelihood[0][x < CENTRE[0] - 1.5]).all()
    assert np.isfinite(likelihood.log_likelihood[0][x > CENTRE[0] - 0.5]).all()
    nothing = SatellitePatch(patch.image, patch.geometry, np.zeros_like(valid), patch.provenance)
    sessions = BrightPlaces()
    empty = matched(sessions, nothing, near(*CENTRE))
    assert np.isnan(empty.log_likelihood).all() and empty.confidence == 0.0
    assert not sessions.runs


def test_other_families_are_refused() -> None:
    with pytest.raises(MatchingError, match='a dense matcher takes cvml or ccvpe'):
        DenseMatcher(described('cvlnet', kind='input', ground=GroundInput(
            'pinhole', (32, 64), 70.0)), BrightPlaces())


def test_black_view_says_nothing() -> None:
    frame = looking().newest
    black = FrameWindow((replace(frame, image=np.zeros_like(frame.image)),))
    likelihood = matched(BrightPlaces(), bright_patch(CENTRE), near(*CENTRE), black)
    assert np.isnan(likelihood.log_likelihood).all()
    assert math.isnan(likelihood.score) and likelihood.confidence == 0.0
    assert likelihood.stamp == black.stamp


def test_confidence_is_the_mass_around_the_peak() -> None:
    one, two = CENTRE, (CENTRE[0] + 10.0, CENTRE[1])
    prior = near(CENTRE[0] + 5.0, CENTRE[1], radius=10.0)
    alone = matched(BrightPlaces(), bright_patch(one), prior)
    either = matched(BrightPlaces(), bright_patch(one, two), prior)
    assert alone.confidence > 0.99
    assert either.confidence == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize('family', ['cvml', 'ccvpe'])
@pytest.mark.parametrize('lever', [(0.0, 0.0), (1.5, -0.8)])
@pytest.mark.parametrize('yaw_range', [0.1, math.pi])
def test_real_graphs_find_the_pose(tmp_path, family, lever, yaw_range) -> None:
    package, patch = tiny_package(tmp_path / family, family), patterned_patch(seed=3)
    matcher = DenseMatcher(package, OnnxSessions(package, ('cpu',)))
    truth = Pose2(108.3, -35.6, math.radians(37.0))
    prior = SearchPrior(Pose2(106.0, -38.0, math.radians(37.0 + 13.0 * (yaw_range > 1.0))), 8.0,
                        yaw_range)
    likelihood = matcher.match(panorama_window(patch, truth, lever), matcher.prepare(patch), prior)
    peak = likelihood.peak()
    assert peak.distance_to(truth) < 1.6
    # Both tell headings by sectors of 22.5 degrees.
    assert abs(wrap_angle(peak.yaw - truth.yaw)) < math.radians(16.0)
    assert likelihood.confidence > 0.5 and likelihood.source == package.name


def test_view_of_the_network_is_what_the_package_asks_for() -> None:
    sessions = BrightPlaces()
    matched(sessions, bright_patch(CENTRE), near(*CENTRE, yaw_range=math.pi))
    assert sessions.images.shape == (16, *PANORAMA.shape, 3)
