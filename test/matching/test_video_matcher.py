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

"""The video matcher with graphs whose answers are known, and with real ones of a small package."""

from dataclasses import replace
import math

import numpy as np
from plain_sessions import described
import pytest
from synthetic_scene import OPTICAL_AXES, patterned_patch, rendered_frame
from tiny_packages import tiny_package

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_records import GroundInput
from xview_loc.matching.onnx_session import OnnxSessions
from xview_loc.matching.video_matcher import VideoMatcher

SPEED, TURN_RATE = 10.0, 0.5
FORWARD = GroundInput('pinhole', (64, 128), 90.0)
PATCH = patterned_patch(seed=3)


def mounting(x=0.0, y=0.0, yaw=0.0, height=2.0):
    """Return a level camera with the field of view of the small package."""
    pose = np.eye(4)
    cosine, sine = math.cos(yaw), math.sin(yaw)
    turn = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    pose[:3, :3], pose[:3, 3] = turn @ OPTICAL_AXES, (x, y, height)
    return MountedCamera(PinholeCamera(64.0, 64.0, 63.5, 31.5, 64, 128), pose)


def video(newest: Pose2, camera=None, count=4, spacing=0.3, stamp=50.0) -> FrameWindow:
    """Return what a vehicle that drives a bend has seen."""
    frames, pose = [], newest
    camera = camera or mounting()
    for index in range(count):
        frames.append(rendered_frame(
            PATCH, pose, camera, stamp=stamp - index * spacing,
            window_from_base=newest.inverse() @ pose))
        pose = pose @ Pose2(-SPEED * spacing, 0.0, -TURN_RATE * spacing)
    return FrameWindow(tuple(frames))


class Displaced:
    """CVLNet that finds every camera at one displacement, and tells what it was asked."""

    def __init__(self, north_cells=0, east_cells=0):
        self.best = 3 - north_cells, 3 + east_cells
        self.asked = {}
        self.runs = 0

    def run(self, graph, inputs):
        self.asked[graph] = inputs
        if graph == 'satellite':
            return {'features': np.zeros((1, 4, 16, 16), np.float32),
                    'uncertainty': np.ones((1, 1, 7, 7), np.float32)}
        if graph == 'ground':
            self.runs += len(inputs['images'])
            return {'features': np.zeros((len(inputs['images']), 16, 4, 8), np.float32)}
        if graph == 'fuse':
            return {'map': np.zeros((len(inputs['motion']), 4, 16, 16), np.float32)}
        scores = np.zeros((1, len(inputs['map']), 7, 7), np.float32)
        scores[0, :, self.best[0], self.best[1]] = 1.0
        return {'scores': scores}


def plain(sessions):
    """Return a matcher with cells of 2 m, at most one tile away from its middle by 6 m."""
    return VideoMatcher(described('cvlnet', ground=FORWARD, kind='input', bins=1), sessions)


@pytest.fixture(scope='module')
def package(tmp_path_factory):
    return tiny_package(tmp_path_factory.mktemp('video') / 'a', 'cvlnet')


@pytest.mark.parametrize('yaw', [0.3, 1.6, -2.0])
@pytest.mark.parametrize('lever', [(0.0, 0.0), (1.7, -0.6)])
def test_real_graphs_find_the_place_of_base_link(package, yaw, lever) -> None:
    matcher = VideoMatcher(package, OnnxSessions(package, ('cpu',)))
    truth = Pose2(103.0, -41.5, yaw)
    prior = SearchPrior(Pose2(101.0, -38.5, yaw), 5.0, 0.1)
    likelihood = matcher.match(video(truth, mounting(*lever)), matcher.prepare(PATCH), prior)
    peak = likelihood.peak()
    # Its cells are 2 m.
    assert peak.distance_to(truth) < 2.0
    assert likelihood.source == package.name and likelihood.stamp == 50.0
    assert 0.0 < likelihood.confidence <= 1.0 and likelihood.score > 0.3


@pytest.mark.parametrize('yaw', [0.3, -1.4])
def test_real_graphs_find_the_heading(package, yaw) -> None:
    matcher = VideoMatcher(package, OnnxSessions(package, ('cpu',)))
    truth = Pose2(103.0, -41.5, yaw)
    prior = SearchPrior(Pose2(103.5, -42.0, yaw + 0.4), 4.0, math.pi)
    likelihood = matcher.match(video(truth), matcher.prepare(PATCH), prior)
    assert likelihood.is_full_circle
    assert abs(wrap_angle(likelihood.peak().yaw - yaw)) < math.radians(16.0)


def test_a_camera_of_another_height_is_made_up_for(package) -> None:
    matcher = VideoMatcher(package, OnnxSessions(package, ('cpu',)))
    truth = Pose2(103.0, -41.5, 0.3)
    prior = SearchPrior(truth, 5.0, 0.1)
    scores = [matcher.match(video(truth, mounting(height=height)), matcher.prepare(PATCH),
                            prior).score for height in (2.0, 3.0)]
    package = replace(package, description=replace(package.description, camera_height_m=1.0))
    blind = VideoMatcher(package, OnnxSessions(package, ('cpu',)))
    wrong = blind.match(video(truth), blind.prepare(PATCH), prior).score
    assert scores[1] > scores[0] - 0.1 and wrong < scores[0] - 0.15


@pytest.mark.parametrize(('north', 'east'), [(0, 0), (3, -2), (-1, 3)])
@pytest.mark.parametrize('offset', [(0.0, 0.0), (1.3, -2.1), (14.0, -14.0), (-17.0, 25.0)])
def test_displacements_are_places_in_the_map(north, east, offset) -> None:
    sessions = Displaced(north, east)
    matcher = plain(sessions)
    middle = PATCH.geometry.centre_x, PATCH.geometry.centre_y
    place = Pose2(middle[0] + offset[0], middle[1] + offset[1], 0.7)
    likelihood = matcher.match(video(place), matcher.prepare(PATCH), SearchPrior(place, 9.0, 0.0))
    # Every block of the lattice has its own best place: 14 m apart.
    x, y = likelihood.geometry.cell_centres()
    best = likelihood.log_likelihood[0] > likelihood.log_likelihood.max() - 0.01
    blocks = np.stack([(x[best] - middle[0] - 2.0 * east) / 14.0,
                       (y[best] - middle[1] - 2.0 * north) / 14.0])
    assert best.any() and np.abs(blocks - np.round(blocks)).max() < 0.26 / 14.0
    assert np.isfinite(likelihood.log_likelihood).all()
    asked = abs(x - place.x).max() + 2.0
    assert matcher.tiles_run <= math.ceil(2.0 * asked / 14.0 + 1.0) ** 2 + 1


def test_motion_is_that_of_the_camera_turned_by_each_yaw() -> None:
    sessions = Displaced()
    matcher = plain(sessions)
    newest = Pose2(100.0, -40.0, 0.4)
    camera = mounting(1.5, -0.5, yaw=0.2)
    window = video(newest, camera)
    matcher.match(window, matcher.prepare(PATCH), SearchPrior(newest, 5.0, 0.3))
    motion = sessions.asked['fuse']['motion']
    yaws = newest.yaw + np.linspace(-0.3, 0.3, len(motion))
    for yaw, cameras in zip(yaws, motion):
        vehicle = Pose2(0.0, 0.0, yaw)
        origin = vehicle.transform(np.array([1.5, -0.5]))
        for index, frame in enumerate(window.frames):
            pose = vehicle @ frame.window_from_base
            expected = [*(pose.transform(np.array([1.5, -0.5])) - origin), pose.yaw + 0.2]
            np.testing.assert_allclose(cameras[index], expected, atol=1e-5)
            assert pose.yaw == pytest.approx(yaw - index * 0.3 * TURN_RATE, abs=1e-9)
    np.testing.assert_allclose(
        sessions.asked['fuse']['intrinsics'][0], [64.0, 64.0 * 2.0 / 1.65, 64.0, 32.0], rtol=1e-5)


def test_earlier_frames_are_not_seen_twice() -> None:
    sessions = Displaced()
    matcher = plain(sessions)
    place = Pose2(100.0, -40.0, 0.4)
    frames = video(place, count=6, spacing=0.3).frames
    prior = SearchPrior(place, 5.0, 0.1)
    features = matcher.prepare(PATCH)
    for start, runs in ((2, 4), (1, 5), (0, 6), (0, 6)):
        matcher.match(FrameWindow(frames[start:start + 4]), features, prior)
        assert sessions.runs == matcher.frames_run == runs


def test_sequence_is_chosen_by_time_from_a_window_that_holds_more() -> None:
    sessions = Displaced()
    matcher = plain(sessions)
    place = Pose2(100.0, -40.0, 0.4)
    window = video(place, count=12, spacing=0.1)
    matcher.match(window, matcher.prepare(PATCH), SearchPrior(place, 5.0, 0.0))
    travelled = np.hypot(*sessions.asked['fuse']['motion'][1, :, :2].T)
    np.testing.assert_allclose(travelled, [0.0, 3.0, 6.0, 9.0], rtol=0.08)


def test_too_few_frames_are_refused_with_a_sentence() -> None:
    matcher = plain(Displaced())
    place = Pose2(100.0, -40.0, 0.4)
    features, prior = matcher.prepare(PATCH), SearchPrior(place, 5.0)
    with pytest.raises(MatchingError, match='holds 3 of the 4 frames, 0.3 s apart'):
        matcher.match(video(place, count=3), features, prior)
    gap = [frame for index, frame in enumerate(video(place, count=6).frames) if index != 2]
    with pytest.raises(MatchingError, match='holds 2 of the 4 frames'):
        matcher.match(FrameWindow(tuple(gap)), features, prior)


def test_black_frames_and_missing_imagery_say_nothing() -> None:
    matcher = plain(Displaced())
    place = Pose2(100.0, -40.0, 0.4)
    prior = SearchPrior(place, 5.0, 0.1)
    window = video(place)
    black = FrameWindow(tuple(replace(frame, image=np.zeros_like(frame.image))
                              for frame in window.frames))
    nothing = SatellitePatch(PATCH.image, PATCH.geometry, np.zeros_like(PATCH.valid),
                             PATCH.provenance)
    for seen, patch in ((black, PATCH), (window, nothing)):
        likelihood = matcher.match(seen, matcher.prepare(patch), prior)
        assert np.isnan(likelihood.log_likelihood).all() and likelihood.confidence == 0.0
    half = PATCH.valid.copy()
    x, _ = PATCH.geometry.cell_centres()
    half[x < 100.0] = False
    patch = SatellitePatch(PATCH.image, PATCH.geometry, half, PATCH.provenance)
    likelihood = matcher.match(window, matcher.prepare(patch), prior)
    x, _ = likelihood.geometry.cell_centres()
    assert np.isnan(likelihood.log_likelihood[:, x < 98.0]).all()
    assert np.isfinite(likelihood.log_likelihood[:, x > 100.6]).all()


def test_far_searches_end_where_nine_tiles_end() -> None:
    matcher = plain(Displaced())
    place = Pose2(100.0, -40.0, 0.4)
    likelihood = matcher.match(video(place), matcher.prepare(PATCH), SearchPrior(place, 60.0, 0.0))
    assert matcher.tiles_run == 9
    known = likelihood.at(np.array([100.0, 118.0, 125.0]), np.full(3, -40.0), np.full(3, 0.4))
    assert np.isfinite(known).tolist() == [True, True, False]


def test_other_families_are_refused() -> None:
    with pytest.raises(MatchingError, match='a video matcher takes cvlnet'):
        VideoMatcher(described('cvml'), Displaced())
