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

"""Beliefs made by hand."""

from __future__ import annotations

import numpy as np

from xview_loc.filtering.belief import Belief
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.gnss_error import GnssErrorModel
from xview_loc.filtering.particle_population import gaussian_poses, new_states, uniform_yaw_poses
from xview_loc.geometry.pose2 import Pose2

CONFIG = FilterConfig()


def gaussian_belief(pose=Pose2(0.0, 0.0, 0.0), stds=(0.3, 0.3, 0.02), count=2000, seed=0,
                    **fields):
    """Return a belief around a pose."""
    generator = np.random.default_rng(seed)
    poses = gaussian_poses(pose, np.diag(stds) ** 2, count, generator)
    return belief_at(poses, generator, **fields)


def ring_belief(std=4.0, count=5000, seed=0, **fields):
    """Return a belief around the origin that knows nothing about the yaw."""
    generator = np.random.default_rng(seed)
    return belief_at(
        uniform_yaw_poses(0.0, 0.0, std ** 2 * np.eye(2), count, generator), generator, **fields)


def belief_at(poses, generator, **fields):
    """Return a belief of equal weights at ``(3, N)`` poses."""
    states = new_states(np.asarray(poses, dtype=np.float64), CONFIG, generator)
    count = states.shape[1]
    return Belief(fields.pop('stamp', 0.0), states, np.full(count, 1.0 / count),
                  GnssErrorModel(CONFIG.gnss).initial_covariance(), **fields)
