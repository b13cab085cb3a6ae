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

"""From a bag to topics, parameters, tracks and images."""

import math

import numpy as np
import pytest
from small_bag import (
    BASE_FROM_CAMERA, FIX_SIGMA_M, image, ORIGIN, pose_at, SHAPE, START, write_small_bag)
import yaml

from xview_loc.cli.bag_drive import first_fix, read_drive, read_images
from xview_loc.cli.bag_parameters import bag_parameters, write_parameters
from xview_loc.cli.blackout import write_blacked_out
from xview_loc.cli.prior_only import prior_only_track
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.bag_topics import choose_topics
from xview_loc.recordings.trajectory import Trajectory, write_tum
from xview_loc.report import metrics


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    """Return a small bag."""
    return write_small_bag(tmp_path_factory.mktemp('bags') / 'bag')


def test_tracks_are_in_the_map(bag):
    with BagReader(bag) as reader:
        topics = choose_topics(reader)
        drive = read_drive(reader, topics, LocalFrame(*ORIGIN))
        assert first_fix(reader, topics.fix)[:2] == pytest.approx(ORIGIN[:2], abs=1e-9)
    pose = pose_at(2.0)
    assert drive.truth.at([START + 2.0])[0] == pytest.approx(pose.as_array(), abs=1e-6)
    assert drive.gnss.at([START + 2.0])[0, :2] == pytest.approx((pose.x, pose.y), abs=1e-3)
    assert np.isnan(drive.gnss.poses[:, 2]).all()
    assert drive.gnss.covariances[0, :2, :2] == pytest.approx(FIX_SIGMA_M ** 2 * np.eye(2))
    assert drive.odometry.at([START + 2.0])[0] == pytest.approx([10.0, 0.0, 0.0], abs=1e-6)


def test_a_truth_file_wins_over_the_topic(bag, tmp_path):
    write_tum(tmp_path / 'truth.tum', Trajectory(np.array([START, START + 9.0]),
                                                 np.array([[7.0, 7.0, 0.0], [7.0, 7.0, 0.0]])))
    with BagReader(bag) as reader:
        drive = read_drive(reader, choose_topics(reader), LocalFrame(*ORIGIN),
                           tmp_path / 'truth.tum')
    assert len(drive.truth) == 2


@pytest.mark.parametrize('raw', [True, False])
def test_images_are_found_by_their_stamp(tmp_path, raw):
    path = write_small_bag(tmp_path / 'bag', 1.0, raw=raw)
    with BagReader(path) as reader:
        found = read_images(reader, choose_topics(reader), [START + 0.3, START + 0.35])
    assert list(found) == [START + 0.3]
    assert np.array_equal(found[START + 0.3], image(3))


def test_the_mounting_comes_from_the_transforms(bag):
    with BagReader(bag) as reader:
        parameters = bag_parameters(reader, choose_topics(reader))
    camera = parameters['camera']
    assert camera_mounting(**camera) == pytest.approx(BASE_FROM_CAMERA, abs=1e-9)
    assert parameters['image_transport'] == 'compressed'


def test_parameters_are_for_every_node(tmp_path):
    path = write_parameters(tmp_path / 'p.yaml', {'camera': {'z': 1.5}})
    assert yaml.safe_load(path.read_text()) == {
        '/**': {'ros__parameters': {'camera': {'z': 1.5}}}}


@pytest.mark.parametrize('raw', [True, False])
def test_a_blacked_out_bag_differs_in_its_pixels_only(tmp_path, raw):
    path = write_small_bag(tmp_path / 'bag', 1.0, raw=raw)
    black = write_blacked_out(path, tmp_path / 'black')
    with BagReader(path) as before, BagReader(black) as after:
        topics = choose_topics(before)
        assert {n: t.message_count for n, t in before.topics.items()} == {
            n: t.message_count for n, t in after.topics.items()}
        assert after.topics['/tf_static'].latched
        for old, new in zip(before.serialized(), after.serialized()):
            assert (old.topic, old.log_ns) == (new.topic, new.log_ns)
            assert (old.topic == topics.image) or old.data == new.data
        images = read_images(after, topics, [START + 0.1 * i for i in range(10)])
    assert len(images) == 10
    assert all(found.shape == (*SHAPE, 3) and found.max() == 0 for found in images.values())


def test_gnss_and_odometry_alone_follow_the_drive(bag):
    with BagReader(bag) as reader:
        drive = read_drive(reader, choose_topics(reader), LocalFrame(*ORIGIN))
    track = prior_only_track(drive)
    assert track.stamps[-1] - track.stamps[0] > 3.0
    reference = drive.truth.at(track.stamps)
    assert metrics.median(metrics.position_errors(track.poses, reference)) < 3.0 * FIX_SIGMA_M
    assert math.isfinite(track.covariances.sum())


def test_nothing_to_start_from_gives_an_empty_track(bag):
    with BagReader(bag) as reader:
        topics = choose_topics(reader)
        drive = read_drive(reader, topics, None)
    assert len(drive.gnss) == 0
    assert len(prior_only_track(drive)) == 0
