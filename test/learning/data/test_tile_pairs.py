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

"""Pairs out of tiles alone."""

from dataclasses import replace
import math

from made_orthophotos import Scenes, write_chips
import numpy as np
import pytest

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.errors import DataSetError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.learning.data.open_orthophotos import open_orthophotos
from xview_loc.learning.data.open_pairs import open_pairs, recognise
from xview_loc.learning.data.split_leak import split_leak
from xview_loc.learning.data.tile_pairs import TilePairs
from xview_loc.learning.data.tile_placing import TilePairSettings, ViewKind
from xview_loc.matching.load_matcher import load_matcher
from xview_loc.matching.matcher import SearchPrior

EXACT = TilePairSettings(vary_appearance=False, vary_geometry=False, size=300)


def errors_of(pairs: TilePairs, indices, yaw_range: float) -> np.ndarray:
    """Return position [m] and heading [rad] errors of the training-free matcher."""
    matcher = load_matcher('bev', 0.2)
    errors = []
    for index in indices:
        sample = pairs.sample(index)
        patch = SatellitePatch(sample.satellite, sample.geometry,
                               np.ones(sample.satellite.shape[:2], bool), Provenance('tile'))
        found = matcher.match(
            FrameWindow((Frame(sample.ground, 0.0, sample.camera),)), matcher.prepare(patch),
            SearchPrior(Pose2(0.0, 0.0, sample.yaw), 12.0, yaw_range))
        best = np.unravel_index(np.nanargmax(found.log_likelihood), found.log_likelihood.shape)
        x, y = found.geometry.map_from_pixel(best[1] + 0.5, best[2] + 0.5)
        errors.append((math.hypot(x - sample.east_m, y - sample.north_m),
                       abs(float(wrap_angle(found.yaws[best[0]] - sample.yaw)))))
    return np.array(errors)


@pytest.mark.parametrize('kind, solved', [(ViewKind.PANORAMA, 4), (ViewKind.FORWARD, 2)])
def test_the_matcher_finds_the_camera_where_the_pair_says(kind: ViewKind, solved: int) -> None:
    """By chance a place is met within 0.3 m once in two thousand times."""
    errors = errors_of(TilePairs(Scenes(), settings=replace(EXACT, kind=kind)), range(6),
                       math.radians(20.0))
    met = (errors[:, 0] < 0.3) & (errors[:, 1] < math.radians(2.1))
    assert met.sum() >= solved


def test_real_orthophotos_are_hard_but_solvable(shared_data) -> None:
    chips = open_orthophotos(shared_data / 'orthophotos' / 'usgs_urban_us')
    errors = errors_of(TilePairs(chips), range(0, 700, 70), math.pi)
    assert (errors[:, 0] < 1.5).mean() >= 0.6


def test_a_pair_is_the_same_for_the_same_generator() -> None:
    pairs = TilePairs(Scenes())
    first, second = pairs.sample(1), pairs.sample(1)
    np.testing.assert_array_equal(first.ground, second.ground)
    np.testing.assert_array_equal(first.satellite, second.satellite)
    other = pairs.sample(1, np.random.default_rng(3))
    assert other.heading != first.heading


def test_both_kinds_of_view_have_their_size() -> None:
    panorama = TilePairs(Scenes()).sample(0)
    assert panorama.ground.shape == (152, 616, 3) and panorama.satellite.shape == (256, 256, 3)
    forward = TilePairs(Scenes(), settings=TilePairSettings(kind=ViewKind.FORWARD)).sample(0)
    assert forward.ground.shape == (160, 320, 3)
    assert forward.camera is not None and forward.camera.model.shape == (160, 320)


def test_the_believed_camera_errs_only_when_asked_to() -> None:
    def heights(settings: TilePairSettings) -> list[float]:
        pairs = TilePairs(Scenes(), settings=replace(settings, height_m=(2.0, 2.0)))
        return [pairs.sample(index).camera.height for index in range(6)]

    assert heights(EXACT) == [2.0] * 6
    wrong = np.array(heights(replace(EXACT, vary_geometry=True)))
    assert np.ptp(wrong) > 0.02 and (np.abs(wrong - 2.0) <= 0.12).all()


def test_finer_imagery_is_brought_to_the_resolution_of_the_tile() -> None:
    errors = errors_of(TilePairs(Scenes(metres_per_pixel=0.1), settings=replace(
        EXACT, size=200, noise=replace(EXACT.noise, size_m=3.0))), range(4), math.radians(20.0))
    assert np.median(errors[:, 0]) < 0.3


def test_splits_are_made_of_whole_groups() -> None:
    scenes = Scenes(40)
    train, val = TilePairs(scenes, 'train'), TilePairs(scenes, 'val')
    assert len(train) == 34 and len(val) == 6
    groups = [{scenes.groups[int(name.split('/')[1])] for name in part.identifiers}
              for part in (train, val)]
    assert not groups[0] & groups[1]
    assert split_leak(train, val).shared_images == 0


def test_tiles_open_by_name(tmp_path) -> None:
    root = write_chips(tmp_path / 'chips')
    assert recognise(root) == 'tiles'
    pairs = open_pairs('tiles', root, 'all', view='forward', size=200)
    assert pairs.sample(0).satellite.shape == (200, 200, 3)
    with pytest.raises(DataSetError, match='use panorama, forward'):
        open_pairs('tiles', root, 'all', view='fisheye')
    with pytest.raises(DataSetError, match='use all, train, val'):
        open_pairs('tiles', root, 'test')
    with pytest.raises(DataSetError, match='is empty'):
        TilePairs(Scenes(2), 'val')


@pytest.mark.parametrize('kind', list(ViewKind))
def test_pairs_know_where_their_view_shows_the_ground(kind: ViewKind) -> None:
    pairs = TilePairs(Scenes(), settings=TilePairSettings(kind=kind))
    shares = []
    for index in range(3):
        sample = pairs.sample(index)
        assert sample.ground_seen.shape == sample.ground.shape[:2]
        rows = sample.ground_seen.shape[0]
        assert not sample.ground_seen[:rows // 4].any()
        shares.append(sample.ground_seen[rows // 2:].mean())
    assert 0.3 < np.mean(shares) < 1.0
