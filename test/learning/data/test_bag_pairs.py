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

"""Pairs from a simulated drive: bag, imagery and truth as a user's own drive would have them."""

from dataclasses import replace
import math
import pickle

import numpy as np
import pytest
from small_bag import ORIGIN, write_small_bag

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.errors import DataSetError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.learning.data.bag_pairs import BagPairs
from xview_loc.learning.data.open_pairs import open_pairs, recognise
from xview_loc.learning.data.prior_noise import PriorNoise
from xview_loc.learning.data.split_leak import split_leak
from xview_loc.matching.load_matcher import load_matcher
from xview_loc.matching.matcher import SearchPrior
from xview_loc.recordings.trajectory import read_tum
from xview_loc.simulation.scenario import get_scenario
from xview_loc.simulation.write_scenario import simulate


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    """Simulate three seconds with a panoramic camera and five images a second."""
    scenario = get_scenario('panorama')
    motion = replace(scenario.motion, duration_s=3.0)
    short = replace(scenario, camera_rate_hz=5.0, motion=motion)
    return simulate(short, 3, tmp_path_factory.mktemp('simulated')).bag.parent


@pytest.fixture
def opened(drive):
    """Return a function that opens the drive; all is closed at the end."""
    pairs = []

    def open_drive(*arguments, **options):
        pairs.append(BagPairs(drive, *arguments, **options))
        return pairs[-1]

    yield open_drive
    for source in pairs:
        source.close()


def test_a_simulated_drive_needs_no_options(drive):
    assert recognise(drive) == 'bag'
    pairs = open_pairs('bag', drive, 'all')
    assert len(pairs) > 5
    sample = pairs.sample(0)
    assert sample.satellite.shape == (512, 512, 3) and sample.ground.shape == (384, 1024, 3)
    assert (sample.position == pairs.positions[0]).all()
    pairs.close()


def test_the_camera_stands_where_the_truth_has_it(opened, drive):
    pairs = opened(spacing_m=0.0)
    truth = read_tum(drive / 'truth.tum')
    for index in (0, len(pairs) - 1):
        standing = pairs.drive.camera(index)
        pose = truth.at(pairs.drive.stamps[index])
        # the camera is 0.8 m in front of base_link
        expected = pose @ Pose2(0.8, 0.0, 0.0)
        assert (standing.x, standing.y) == pytest.approx((expected.x, expected.y), abs=0.05)
        assert wrap_angle(standing.yaw - pose.yaw) == pytest.approx(0.0, abs=0.01)


def test_the_matcher_finds_the_camera_where_the_pair_says(opened):
    """Offset, heading, scale and camera of the pairs must fit together for this."""
    pairs = opened(size=500, noise=PriorNoise(6.0))
    matcher = load_matcher('bev', 0.2)
    errors = []
    for index in range(len(pairs)):
        sample = pairs.sample(index)
        patch = SatellitePatch(sample.satellite, sample.geometry,
                               np.ones(sample.satellite.shape[:2], bool), Provenance('tile'))
        found = matcher.match(
            FrameWindow((Frame(sample.ground, 0.0, sample.camera),)), matcher.prepare(patch),
            SearchPrior(Pose2(0.0, 0.0, sample.yaw), 10.0, math.radians(6.0)))
        best = np.unravel_index(np.nanargmax(found.log_likelihood), found.log_likelihood.shape)
        x, y = found.geometry.map_from_pixel(best[1] + 0.5, best[2] + 0.5)
        errors.append((math.hypot(x - sample.east_m, y - sample.north_m),
                       abs(float(wrap_angle(found.yaws[best[0]] - sample.yaw)))))
    position, heading = np.median(errors, axis=0)
    assert position < 0.5 and math.degrees(heading) < 2.1


def test_noise_is_repeated_for_the_same_generator(opened):
    pairs = opened()
    assert pairs.sample(0).east_m == pairs.sample(0).east_m
    drawn = [pairs.sample(0, np.random.default_rng(seed)).east_m for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert abs(drawn[2]) <= 20.0


def test_sequences_move_with_the_camera(opened):
    pairs = opened(frames=3, gap_s=0.4, spacing_m=0.0)
    sample = pairs.sample(0)
    motion = sample.sequence.motion
    assert len(sample.sequence.images) == 3 and motion[0, :2].tolist() == [0.0, 0.0]
    np.testing.assert_array_equal(sample.sequence.images[0], sample.ground)
    # older frames lie behind the newest one
    forward = motion[:, 0] * math.cos(sample.yaw) + motion[:, 1] * math.sin(sample.yaw)
    assert (np.diff(forward) < -0.5).all()
    assert pairs.drive.log_ns[0] != int(pairs.identifiers[0])


def test_parts_of_a_drive_do_not_overlap(opened):
    parts = [set(opened(part, spacing_m=0.0).identifiers)
             for part in ('train', 'val', 'test')]
    assert all(parts) and not (parts[0] & parts[1] or parts[1] & parts[2])
    leak = split_leak(opened('train', spacing_m=0.0), opened('test', spacing_m=0.0))
    assert leak.shared_images == 0 and leak.nearest_m.min() > 0.5
    assert set().union(*parts) == set(opened(spacing_m=0.0).identifiers)


def test_workers_may_be_spawned(opened):
    pairs = opened()
    before = pairs.sample(0)
    again = pickle.loads(pickle.dumps(pairs))
    np.testing.assert_array_equal(before.satellite, again.sample(0).satellite)
    again.close()


def test_what_is_missing_is_named(opened, drive, tmp_path):
    bag = write_small_bag(tmp_path / 'bag', 1.0)
    with pytest.raises(DataSetError, match='state the option tiles'):
        BagPairs(bag)
    far = BagPairs(bag, tiles=drive / 'tiles.mbtiles', origin=ORIGIN)
    with pytest.raises(DataSetError, match='covers 0 % of the tile'):
        far.sample(0)
    far.close()
    with pytest.raises(DataSetError, match='use all, train, val, test'):
        opened('part')
    with pytest.raises(DataSetError, match='must be positive'):
        opened(size=0)
