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

"""Errors of trajectories."""

import math
import sys

import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.trajectory import Trajectory
from xview_loc.recordings.trajectory_evaluation import evaluate_trajectory


def straight(count=101, *, offset=(0.0, 0.0), scale=1.0, turn=0.0, delay=0.0):
    """Return a drive to the east at ten metres per second."""
    stamps = 0.1 * np.arange(count) + delay
    poses = np.stack([scale * 10.0 * stamps + offset[0], np.full(count, offset[1]),
                      np.full(count, turn)], axis=1)
    return Trajectory(stamps, poses)


def test_constant_offset_is_absolute_but_not_relative():
    errors = evaluate_trajectory('run', straight(offset=(0.3, 0.4)), straight())
    record = errors.record()
    assert (record['ape_median_m'], record['ape_rmse_m']) == pytest.approx((0.5, 0.5))
    assert record['rpe_rmse_m'] == pytest.approx(0.0, abs=1e-9)
    assert record['poses'] == 101


def test_scale_error_is_relative_to_the_way():
    record = evaluate_trajectory('run', straight(scale=1.02), straight()).record()
    assert record['rpe_median_m'] == pytest.approx(0.2, abs=0.01)
    assert record['ape_max_m'] == pytest.approx(2.0)
    assert record['ape_p95_m'] == pytest.approx(1.9)


def test_heading_error_wraps():
    errors = evaluate_trajectory(
        'run', straight(turn=math.pi - 0.01), straight(turn=-math.pi + 0.01))
    assert errors.record()['heading_median_deg'] == pytest.approx(math.degrees(0.02))


def test_truth_is_interpolated_at_the_stamps_of_the_run():
    record = evaluate_trajectory('run', straight(100, delay=0.05), straight()).record()
    assert record['ape_max_m'] == pytest.approx(0.0, abs=1e-9)


def test_poses_outside_the_truth_are_counted():
    errors = evaluate_trajectory('run', straight(120, delay=-0.5), straight())
    assert errors.uncovered == 19
    assert len(errors.stamps) == 101


def test_short_path_has_no_relative_error():
    record = evaluate_trajectory('run', straight(5), straight()).record()
    assert record['rpe_median_m'] is None
    assert record['ape_median_m'] == 0.0


def test_no_overlap_is_a_sentence():
    with pytest.raises(RecordingError, match='overlap in 0 of 101 poses; check that both count'):
        evaluate_trajectory('run', straight(delay=1e6), straight())


def test_missing_evo_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, 'evo.core', None)
    with pytest.raises(RecordingError, match='needs evo, which is not installed'):
        evaluate_trajectory('run', straight(), straight())
