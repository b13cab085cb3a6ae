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

"""Odometry by stamp."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xview_loc.filtering.odometry_track import OdometryTrack
from xview_loc.geometry.pose2 import Pose2


def track_along_x(stamps, speed=2.0):
    track = OdometryTrack(60.0)
    for stamp in stamps:
        track.add(stamp, Pose2(speed * stamp, 0.0, 0.0))
    return track


def silence(motions):
    return sum(motion.duration for motion in motions if motion.increment is None)


def test_poses_are_interpolated_and_not_extrapolated():
    track = track_along_x([0.0, 0.5])
    assert track.at(0.25).x == pytest.approx(0.5)
    assert track.at(-0.01) is None
    assert track.at(0.51) is None


def test_motions_add_up_to_the_whole_way_and_time():
    generator = np.random.default_rng(0)
    track, pose = OdometryTrack(60.0), Pose2(3.0, 1.0, 0.2)
    poses = {0.0: pose}
    for k in range(1, 101):
        pose = pose @ Pose2(*generator.normal((0.4, 0.0, 0.02), 0.05))
        poses[0.05 * k] = pose
    for stamp, pose in poses.items():
        track.add(stamp, pose)
    motions = track.motions(0.0, 5.0)
    total = Pose2(0.0, 0.0, 0.0)
    for motion in motions:
        total = total @ motion.increment
    expected = poses[0.0].between(poses[5.0])
    assert total.distance_to(expected) < 1e-9
    assert total.yaw == pytest.approx(expected.yaw)
    assert sum(motion.duration for motion in motions) == pytest.approx(5.0)
    assert max(motion.duration for motion in motions) <= 0.5 + 1e-9


def test_the_order_of_arrival_does_not_matter():
    stamps = [0.0, 0.1, 0.2, 0.3, 0.4]
    forward, backward = track_along_x(stamps), track_along_x(stamps[::-1])
    assert forward.at(0.234) == backward.at(0.234)
    assert forward.motions(0.05, 0.35) == backward.motions(0.05, 0.35)


def test_a_late_sample_says_from_when_answers_change():
    track = track_along_x([0.0, 0.1, 0.4])
    assert track.add(0.2, Pose2(0.5, 0.0, 0.0)) == 0.1
    assert track.add(0.5, Pose2(1.0, 0.0, 0.0)) == 0.4
    assert track.add(0.2, Pose2(9.0, 0.0, 0.0)) is None


@pytest.mark.parametrize('sample', [
    (math.nan, Pose2(0.0, 0.0, 0.0)), (1.0, Pose2(math.nan, 0.0, 0.0)),
    (1.0, Pose2(0.0, math.inf, 0.0)), (1.0, Pose2(0.0, 0.0, 1e300))])
def test_impossible_numbers_are_refused(sample):
    assert OdometryTrack(60.0).add(*sample) is None


@pytest.mark.parametrize(('start', 'end', 'silent'), [
    (0.0, 0.4, 0.0), (-1.0, 0.4, 1.0), (0.0, 1.0, 0.6), (-2.0, -1.0, 1.0), (2.0, 3.0, 1.0)])
def test_silence_lies_outside_the_record(start, end, silent):
    motions = track_along_x([0.0, 0.2, 0.4]).motions(start, end)
    assert silence(motions) == pytest.approx(silent)
    assert sum(motion.duration for motion in motions) == pytest.approx(end - start)


def test_gaps_and_jumps_count_as_silence():
    track = track_along_x([0.0, 0.2, 0.4, 3.4, 3.6])
    assert silence(track.motions(0.1, 3.5)) == pytest.approx(3.0)
    jumped = track_along_x([0.0, 0.2, 0.4])
    jumped.add(0.6, Pose2(500.0, 0.0, 0.0))
    jumped.add(0.8, Pose2(500.4, 0.0, 0.0))
    motions = jumped.motions(0.1, 0.8)
    assert silence(motions) == pytest.approx(0.2)
    assert sum(motion.distance for motion in motions) == pytest.approx(2.0 * 0.5)


def test_an_empty_record_and_an_empty_interval():
    assert silence(OdometryTrack(60.0).motions(0.0, 1.0)) == 1.0
    assert track_along_x([0.0, 1.0]).motions(0.5, 0.5) == []


def test_memory_stays_bounded():
    track = OdometryTrack(1.0)
    for k in range(5000):
        track.add(0.01 * k, Pose2(0.0, 0.0, 0.0))
    assert len(track._stamps) < 500
