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

"""CCVPE's scores of a tile: one heat map, and the heading at each of its pixels."""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np

from xview_loc.matching.encoded_view import encoded_view, EncodedView
from xview_loc.matching.graph_runner import GraphRunner
from xview_loc.matching.ground_view import GroundView
from xview_loc.matching.heading_sweep import fine_heading_sweep
from xview_loc.matching.likelihood_grid import LikelihoodGrid, log_mean
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_description import ModelDescription
from xview_loc.matching.model_records import RingLayout
from xview_loc.matching.prepared_tiles import PreparedTile

FULL_CIRCLE_YAWS = 32
# The loss that trains the matches divides them by this.
MATCH_TEMPERATURE = 0.1


class CcvpeScores:
    """
    Reads CCVPE (Xia et al., T-PAMI 2024), whose network gives location and orientation together.

    At pixel ``p`` with logit ``l(p)`` and orientation vector ``f(p)``, in cell ``c(p)`` of the
    coarsest scale with cosines ``m_b`` of its bins, the log-likelihood of a camera there whose
    centre column looks along ``u = (cos a, sin a)``, with ``a`` in the network's own sense, is

    ``l(p) / T + log((1 - s) VM(a) + s Q(a))`` with

    ``VM(a) = exp(k f . u) / (2 pi I0(k |f|))`` (von Mises) and
    ``Q(a)`` the softmax of ``m_b / 0.1``, linear between the bins.

    The field names one heading a pixel; the share ``s`` of the bins keeps the other headings that
    fit alive (a street looked at the wrong way round). ``T``, ``k`` and ``s`` are the entries
    ``temperature``, ``concentration`` and ``bin_share`` of the package's calibration; the default
    k = 30 stands for a standard deviation of 10.5 degrees. Over the pixels of a cell the location
    is averaged, and the field too, weighted by it: exact where the field is even inside a cell;
    where it turns the mean is shorter and VM wider.

    :param description: of a package of the family ccvpe.
    :param sessions: run its graphs.
    """

    def __init__(self, description: ModelDescription, sessions: GraphRunner) -> None:
        """Keep the calibration."""
        self._sessions = sessions
        self._calibration = description.calibration
        # A description of ccvpe without a ring is refused when it is read.
        self._ring = cast(RingLayout, description.ring)

    def encode(self, view: GroundView, prior: SearchPrior) -> EncodedView:
        """
        Run the ground network.

        :param view: what it takes.
        :param prior: which headings are asked for.
        """
        yaws = fine_heading_sweep(prior, FULL_CIRCLE_YAWS)
        arrays = self._sessions.run('ground', {'images': view.image[None]})
        return encoded_view(arrays, view, yaws)

    def volume(self, encoded: EncodedView, tile: PreparedTile,
               grid: LikelihoodGrid) -> tuple[np.ndarray, float]:
        """
        Score a tile.

        :param encoded: the view.
        :param tile: with imagery.
        :param grid: cells to fill.
        :return: ``(K, H, W)`` float32 log-likelihood, and the best cosine of a bin.
        """
        scores = self._sessions.run('match', {**encoded.arrays, **tile.maps})
        angles = self._angles(encoded.looks)
        logits = np.where(tile.valid, scores['logits'][0, 0], np.float32(np.nan))
        logits = logits / np.float32(self._calibration.temperature)
        bins = _softmax(scores['matches'][0] / MATCH_TEMPERATURE)
        slices = []
        for angle, offset in zip(angles, encoded.offsets):
            blocks = grid.crop(logits, tile.geometry, *offset)
            field = _mean_field(grid.crop(scores['field'][0], tile.geometry, *offset), blocks)
            share = _at_cells(self._bin_density(bins, angle), tile, grid, offset)
            density = ((1.0 - self._calibration.bin_share) * self._von_mises(field, angle)
                       + self._calibration.bin_share * share)
            slices.append(log_mean(blocks) + np.log(density))
        return np.stack(slices).astype(np.float32), float(scores['matches'].max())

    def _angles(self, yaws: np.ndarray) -> np.ndarray:
        """Return the angles that the network calls headings, of yaws of the centre column."""
        clockwise = 0.5 * math.pi - yaws
        return clockwise if self._ring.angle == 'clockwise' else -clockwise

    def _von_mises(self, field: np.ndarray, angle: float) -> np.ndarray:
        """Return the density of an angle around vectors of length up to 1, ``(2, H, W)``."""
        strength = self._calibration.concentration
        along = math.cos(angle) * field[0] + math.sin(angle) * field[1]
        length = strength * np.hypot(*field)
        # I0 grows as its exponential, which is taken out of both.
        return np.exp(strength * along - length) / (2.0 * math.pi * np.i0(length)
                                                    * np.exp(-length))

    def _bin_density(self, bins: np.ndarray, angle: float) -> np.ndarray:
        """Return the density of an angle in the cells of the bins, ``(h, w)``."""
        count = len(bins)
        position = angle * count / (2.0 * math.pi)
        if self._ring.bins == 'against_angle':
            position = -position
        lower = math.floor(position)
        part = position - lower
        both = (1.0 - part) * bins[lower % count] + part * bins[(lower + 1) % count]
        return both * (count / (2.0 * math.pi))


def _mean_field(field: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    """Return the mean vectors of cells, weighted by location, ``(2, H, W)`` float64."""
    flat = np.nan_to_num(blocks, nan=-np.inf).reshape(*blocks.shape[:2], -1)
    highest = np.maximum(flat.max(axis=-1, keepdims=True), -1e30)
    weight = np.exp(flat - highest)
    weight /= np.maximum(weight.sum(axis=-1, keepdims=True), 1e-30)
    vectors = np.nan_to_num(field).reshape(2, *flat.shape)
    return (vectors * weight).sum(axis=-1, dtype=np.float64)


def _at_cells(plane: np.ndarray, tile: PreparedTile, grid: LikelihoodGrid,
              offset: np.ndarray) -> np.ndarray:
    """Interpolate values that cover a tile at the cells, constant beyond the outer centres."""
    x, y = grid.geometry.cell_centres()
    row, column = tile.geometry.pixel_from_map(x + offset[0], y + offset[1])
    scale = len(plane) / tile.geometry.height
    return cv2.remap(plane.astype(np.float32), (column * scale - 0.5).astype(np.float32),
                     (row * scale - 0.5).astype(np.float32), cv2.INTER_LINEAR,
                     borderMode=cv2.BORDER_REPLICATE)


def _softmax(values: np.ndarray) -> np.ndarray:
    """Return the softmax along the first axis, float64."""
    powers = np.exp(values.astype(np.float64) - values.max(axis=0))
    return powers / powers.sum(axis=0)
