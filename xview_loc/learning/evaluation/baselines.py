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

"""Predictors that see no ground image, for the tables of poses and of videos."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from xview_loc.learning.evaluation.dense_answers import errors_of
from xview_loc.learning.evaluation.pose_errors import pose_figures
from xview_loc.learning.evaluation.prior_disc import noisy_fixes
from xview_loc.learning.evaluation.video_retrieval import video_figures, VideoRetrieval

# A receiver's error on each axis, for the prior of videos.
VIDEO_NOISE_M = 10.0


def pose_centre(truth: np.ndarray, with_heading: bool) -> dict[str, Any]:
    """
    Return the figures of the middle of the tile.

    :param truth: east, north, yaw, (N, 3).
    :param with_heading: whether to guess the mean heading of the truth, too.
    """
    guess = np.zeros_like(truth)
    guess[:, 2] = np.nan
    known = truth[np.isfinite(truth[:, 2]), 2]
    if with_heading and len(known):
        guess[:, 2] = np.arctan2(np.sin(known).mean(), np.cos(known).mean())
    return pose_figures(errors_of(guess, truth))


def pose_prior(truth: np.ndarray, with_heading: bool, seed: int = 0) -> dict[str, Any]:
    """
    Return the figures of poses drawn from the prior: the truths of other pairs, at random.

    :param truth: east, north, yaw, (N, 3).
    :param with_heading: whether to guess the heading, too.
    :param seed: of the draw.
    """
    guess = truth[np.random.default_rng(seed).permutation(len(truth))].copy()
    if not with_heading:
        guess[:, 2] = np.nan
    return pose_figures(errors_of(guess, truth))


def video_centre(data: VideoRetrieval) -> dict[str, Any]:
    """Return the figures of the middles of the same tiles, without displacement."""
    return video_figures(replace(data, displacements=np.zeros_like(data.displacements)))


def video_prior(data: VideoRetrieval, seed: int = 0) -> dict[str, Any]:
    """Return the figures of the tiles nearest to a noisy position, without displacement."""
    fixes = noisy_fixes(data.query_positions, VIDEO_NOISE_M, seed)
    offsets = fixes[:, None] - data.reference_positions[None]
    return video_figures(replace(
        data, distances=np.hypot(offsets[..., 0], offsets[..., 1]),
        displacements=np.zeros_like(data.displacements)))
