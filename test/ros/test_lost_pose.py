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


"""What users get of a lost pose, by the numbers."""

import math

import numpy as np
import pytest

from xview_loc.filtering.pose_estimate import Health, PoseEstimate
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros.lost_pose import presented

COVARIANCE = np.diag([0.25, 0.16, 0.01])


def estimate(health, lost_probability=0.95):
    """Return an estimate that is narrower than it should be."""
    return PoseEstimate(Pose2(3.0, 4.0, 0.5), COVARIANCE, 10.0, health,
                        lost_probability=lost_probability)


@pytest.mark.parametrize('health', [Health.INITIALISING, Health.CONVERGED, Health.UNCERTAIN])
@pytest.mark.parametrize('when_lost', ['publish', 'inflate', 'withhold'])
def test_what_is_not_lost_is_published_as_it_is(health, when_lost):
    given = estimate(health)
    assert presented(given, when_lost, 100.0) is given


def test_a_lost_pose_is_withheld_only_when_asked_for():
    given = estimate(Health.LOST)
    assert presented(given, 'withhold', 100.0) is None
    assert presented(given, 'publish', 100.0) is given


def test_the_inflated_covariance_is_that_of_right_or_anywhere():
    generator = np.random.default_rng(5)
    shown = presented(estimate(Health.LOST, 0.3), 'inflate', 20.0)
    count = 200_000
    right = generator.multivariate_normal(np.zeros(3), COVARIANCE, count)
    anywhere = np.column_stack([
        20.0 * generator.standard_normal((count, 2)),
        generator.uniform(-math.pi, math.pi, count)])
    lost = generator.random(count) < 0.3
    error = np.where(lost[:, None], right + anywhere, right)
    np.testing.assert_allclose(np.diagonal(shown.covariance), (error ** 2).mean(axis=0), rtol=0.03)
    assert shown.pose == Pose2(3.0, 4.0, 0.5)
    assert np.linalg.eigvalsh(shown.covariance)[0] > 0.0
