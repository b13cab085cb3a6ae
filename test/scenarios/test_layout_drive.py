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

"""Real layouts and real sensors."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.localizer import Localizer
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.matcher import SearchPrior
from xview_loc.recordings.bicycle_model import BicycleModel
from xview_loc.recordings.comma2k19 import GNSS_SIGMA_M
from xview_loc.recordings.comma2k19_segment import load_comma_segment
from xview_loc.recordings.dead_reckoning import dead_reckon
from xview_loc.scenarios.layout_drive import LabelMap, load_layout_drive, ROAD
from xview_loc.scenarios.method import ParticleMethod
from xview_loc.scenarios.run_drive import run_drive

TRACKED_M = 1000.0


@pytest.fixture(scope='module')
def layout_drive():
    from conftest import SHARED_DATA
    folder = SHARED_DATA / 'kitti00_overhead'
    if not folder.is_dir():
        pytest.skip(f'the street layout is not at {folder}')
    return load_layout_drive(folder)


def test_the_true_path_lies_on_the_road(layout_drive):
    poses = layout_drive.route.poses
    assert np.mean(layout_drive.world.at(poses[:, 0], poses[:, 1]) == ROAD) > 0.99
    assert layout_drive.route.distance[-1] == pytest.approx(3720.0, abs=10.0)


def test_the_vehicle_looks_where_it_goes(layout_drive):
    steps = np.diff(layout_drive.route.poses[::20, :2], axis=0)
    moving = np.hypot(*steps.T) > 5.0
    course = np.arctan2(steps[:, 1], steps[:, 0])[moving]
    turn = course - layout_drive.route.poses[:-20:20, 2][:len(moving)][moving]
    assert np.median(np.abs(np.angle(np.exp(1j * turn)))) < math.radians(3.0)


def test_the_likelihood_is_highest_near_the_truth(layout_drive):
    distances = []
    for index in range(200, 8000, 400):
        truth = layout_drive.truth(index)
        prior = SearchPrior(Pose2(truth.x + 1.0, truth.y - 1.0, truth.yaw + 0.05), 4.0, 0.2)
        distances.append(layout_drive.likelihood(index, prior).peak().distance_to(truth))
    assert np.median(distances) < 1.0


def test_the_first_kilometre_is_tracked(layout_drive):
    end = int(np.searchsorted(layout_drive.route.distance, TRACKED_M))
    route = layout_drive.route
    part = replace(layout_drive, route=replace(
        route, poses=route.poses[:end], speed=route.speed[:end], yaw_rate=route.yaw_rate[:end]))
    track = run_drive(part, ParticleMethod(FilterConfig()))
    warm = track.stamps > 10.0
    assert np.median(track.position_errors[warm]) < 0.5
    assert track.position_errors[warm].max() < 3.0
    assert not track.lost.any()
    assert np.mean(track.nees[warm] < 7.815) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize('seed', range(3))
def test_the_whole_path_is_tracked(shared_data, seed):
    drive = load_layout_drive(shared_data / 'kitti00_overhead', seed)
    track = run_drive(drive, ParticleMethod(FilterConfig(seed=seed)))
    warm = track.stamps > 10.0
    errors, nees = track.position_errors[warm], track.nees[warm]
    inside = np.mean(nees < 7.815)
    print(f'seed {seed}, {track.travelled[-1]:.0f} m: median {np.median(errors):.2f} m, '
          f'worst {errors.max():.2f} m, ANEES {nees.mean() / 3.0:.2f}, inside {inside:.3f}')
    assert track.travelled[-1] > 3700.0
    assert np.median(errors) < 0.5
    assert errors.max() < 3.0
    assert not track.lost[warm].any()
    assert 0.92 < inside < 0.99


def test_an_outdated_map_differs_in_a_tenth_of_its_blocks():
    chart = LabelMap(np.ones((400, 300), np.uint8), 0.5)
    changed = np.mean(chart.outdated(np.random.default_rng(0)).labels != 1)
    assert 0.04 < changed < 0.14


def test_labels_are_read_north_up_and_are_0_outside():
    labels = np.zeros((2, 3), np.uint8)
    labels[1, 2] = 4
    chart = LabelMap(labels, 0.5)
    np.testing.assert_array_equal(
        chart.at(np.array([1.2, 1.2, 9.0, -0.1]), np.array([-0.7, -0.2, -0.7, -0.7])),
        [4, 0, 0, 0])


def test_a_folder_without_a_layout_is_refused(tmp_path):
    with pytest.raises(RecordingError, match='alignment'):
        load_layout_drive(tmp_path)


@pytest.mark.parametrize('receiver', ['qcom', 'ublox'])
def test_can_odometry_improves_on_either_receiver(shared_data, receiver):
    segment = load_comma_segment(shared_data / 'comma2k19' / 'example1_first_30s.npz')
    localizer = Localizer(FilterConfig())
    raw, ours, spread = [], [], []
    for stamp, measurement in _comma_measurements(segment, receiver):
        if isinstance(measurement, GnssFix):
            localizer.add_fix(measurement)
            raw.append((stamp, _error(segment, stamp, measurement.x, measurement.y)))
        else:
            localizer.add_odometry(stamp, measurement)
        for estimate in localizer.update(stamp):
            ours.append((estimate.stamp, _error(
                segment, estimate.stamp, estimate.pose.x, estimate.pose.y)))
            spread.append(estimate.position_std)
    # The yaw is unknown before the second fix of the phone.
    ours_rms, raw_rms = (math.sqrt(np.mean([error ** 2 for stamp, error in errors if stamp > 6.0]))
                         for errors in (ours, raw))
    print(f'{receiver}: {ours_rms:.2f} m, receiver alone {raw_rms:.2f} m')
    assert ours_rms < raw_rms
    assert ours_rms < 2.0 * np.median(spread)


def _comma_measurements(segment, receiver):
    data = segment.data
    stamps, speed = data['speed_t'], data['speed'].ravel()
    steering = np.interp(stamps, data['steering_angle_t'], data['steering_angle'].ravel())
    reckoned = dead_reckon(
        stamps, speed * math.cos(segment.drift_angle), speed * math.sin(segment.drift_angle),
        BicycleModel().turn_rate(speed, steering))
    events = [(stamp, Pose2(*pose)) for stamp, pose in zip(
        stamps.tolist(), reckoned.poses.tolist())]
    for latitude, longitude, _, utc_ms, altitude, _ in data[f'live_gnss_{receiver}'].tolist():
        stamp = (utc_ms * 1e6 - segment.boot_ns) * 1e-9
        x, y, _ = segment.local_frame.map_from_geodetic(latitude, longitude, altitude)
        events.append((stamp, GnssFix(
            stamp, float(x), float(y), GNSS_SIGMA_M[receiver] ** 2 * np.eye(2))))
    return sorted(events, key=lambda event: event[0])


def _error(segment, stamp, x, y):
    truth = segment.track.at(np.array([segment.boot_ns + round(stamp * 1e9)])).values[0]
    return math.hypot(x - truth[0], y - truth[1])
