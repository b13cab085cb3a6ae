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

"""Features of a frame window on the ground plane, with the weight of every cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import math

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.matching.bev_config import BevConfig, FeatureConfig
from xview_loc.matching.bev_features import bev_features, channel_pairs
from xview_loc.matching.birds_eye_view import BirdsEyeGrid, BirdsEyeView, render_birds_eye

SUPPRESSION_RANGE_M = 6.0


@dataclass(frozen=True)
class GroundFeatures:
    """
    What a window shows of the ground around the vehicle.

    :param grid: place of the cells around the vehicle.
    :param channels: ``(C, n, m)`` float32.
    :param weight: ``(n, m)`` float32, zero where nothing is seen.
    :param visible_area_m2: weighted visible ground; overlapping frames count once. Gates make it
        the effective one, which does not change when all cells are trusted less [m^2].
    :param texture: weighted mean of the squared features; 0.6 to 1.1 by day, below 0.1 for a
        black image with sensor noise.
    """

    grid: BirdsEyeGrid
    channels: np.ndarray
    weight: np.ndarray
    visible_area_m2: float
    texture: float


@dataclass(frozen=True)
class FrameFeatures:
    """
    What one frame shows of a grid, before frames are averaged.

    :param grid: place of the cells around the vehicle.
    :param view: the rendered ground, with the rays to the cells.
    :param channels: ``(C, n, m)`` float32.
    :param weight: ``(n, m)`` float32, zero where nothing is seen.
    """

    grid: BirdsEyeGrid
    view: BirdsEyeView
    channels: np.ndarray
    weight: np.ndarray


# Turns channels and weight of a frame into others of the same shapes.
Gating = Callable[[Frame, FrameFeatures], tuple[np.ndarray, np.ndarray]]


def frame_features(frame: Frame, grid: BirdsEyeGrid, config: BevConfig,
                   features: FeatureConfig) -> FrameFeatures:
    """
    Render one frame and compute its features.

    :param frame: the image.
    :param grid: place of the cells around the vehicle.
    :param config: range, weights and suppression.
    :param features: scales of the channels.
    """
    view = render_birds_eye(frame, grid, config.blind_radius_m, config.view_radius_m)
    channels = bev_features(view.image, view.valid, features)
    _suppress_radial_edges(channels, channel_pairs(features), view, config)
    return FrameFeatures(grid, view, channels, _cell_weight(view, config))


def ground_features(window: FrameWindow, config: BevConfig, features: FeatureConfig,
                    gating: Gating | None = None) -> GroundFeatures:
    """
    Render every frame of a window and average its features by weight.

    :param window: the frames.
    :param config: range, weights and suppression.
    :param features: scales of the channels.
    :param gating: changes channels and weight of each frame before they are averaged.
    """
    reach = config.view_radius_m + max(
        math.hypot(*frame.camera.base_from_camera[:2, 3]) for frame in window.frames)
    grid = BirdsEyeGrid.square(reach, features.cell_m).seen_by(window.frames)
    weight = union = whole = np.zeros((grid.height, grid.width), np.float32)
    total = bare = bare_weight = np.float32(0.0)
    for frame in window.frames:
        seen = frame_features(frame, grid, config, features)
        channels, frame_weight = seen.channels, seen.weight
        bare, bare_weight = bare + channels * frame_weight, bare_weight + frame_weight
        if gating is not None:
            channels, frame_weight = gating(frame, seen)
        total = total + channels * frame_weight
        weight = weight + frame_weight
        whole = np.maximum(whole, seen.weight)
        union = whole if gating is None else np.maximum(union, frame_weight)
    channels = total / np.maximum(weight, 1e-6)
    area = _effective_cells(whole, union) * features.cell_m ** 2
    # Before any gating: the scores do not change when all gates close alike, and a view that is
    # trusted little is not a blind one.
    energy = np.einsum('cij,cij,ij->', bare, bare, 1.0 / np.maximum(bare_weight, 1e-6))
    texture = float(energy / max(float(np.sum(bare_weight)), 1e-6))
    return GroundFeatures(grid, channels.astype(np.float32), weight, area, texture)


def _effective_cells(whole: np.ndarray, gated: np.ndarray) -> float:
    """Return ``(sum w c)^2 / sum w c^2`` (Kish, 1965), for weights w and confidences c."""
    if gated is whole:
        return float(whole.sum())
    square = np.where(whole > 0.0, gated ** 2 / np.maximum(whole, 1e-9), 0.0).sum()
    return float(gated.sum()) ** 2 / max(float(square), 1e-9)


def _cell_weight(view: BirdsEyeView, config: BevConfig) -> np.ndarray:
    square = (view.ray_x ** 2 + view.ray_y ** 2) / config.weight_radius_m ** 2
    return np.where(view.valid, 1.0 / (1.0 + square), 0.0).astype(np.float32)


def _suppress_radial_edges(channels, pairs, view, config):
    """Damp, in place, gradients that lie across the viewing ray's direction: smeared objects."""
    square = np.maximum(view.ray_x ** 2 + view.ray_y ** 2, 1e-6)
    # The column axis of the grid points right (-y), its upward axis forward (+x).
    ray_cosine = (view.ray_y ** 2 - view.ray_x ** 2) / square
    ray_sine = -2.0 * view.ray_y * view.ray_x / square
    reach = np.minimum(np.sqrt(square) / SUPPRESSION_RANGE_M, 1.0)
    for k in range(0, 2 * pairs, 2):
        magnitude = np.maximum(np.hypot(channels[k], channels[k + 1]), 1e-6)
        across = -(channels[k] * ray_cosine + channels[k + 1] * ray_sine) / magnitude
        damping = config.radial_suppression * np.clip(across, 0.0, 1.0) ** 2 * reach
        channels[k:k + 2] *= 1.0 - damping
