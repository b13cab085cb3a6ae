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

"""CVML's scores of a tile: a heat map for every heading that is tried."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.errors import ModelPackageError
from xview_loc.matching.encoded_view import encoded_view, EncodedView
from xview_loc.matching.graph_runner import GraphRunner
from xview_loc.matching.ground_view import GroundView
from xview_loc.matching.heading_sweep import heading_sweep
from xview_loc.matching.likelihood_grid import LikelihoodGrid, log_mean
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_description import ModelDescription
from xview_loc.matching.prepared_tiles import PreparedTile

# Decoding one heading of a 512 px tile takes 0.3 GB: so many are decoded at once.
HEADINGS_AT_ONCE = 4
# A camera this far from base_link is elsewhere for another yaw.
LEVER_ARM_M = 0.3
LEVER_ARM_YAWS = 16


class CvmlScores:
    """
    Reads CVML, whose network expects panoramas with north in the centre column.

    Every heading gives logits over the same tile. The softmax of one heading's logits is the
    distribution of the place *given* that heading; normalising each for itself would give every
    heading the same mass and so throw away what tells them apart, which is how high the logits
    rise. It is the same network and the same tile, so logits are taken for log-likelihoods up to
    one constant, and the posterior is one softmax over all headings and pixels (and tiles)
    together. That they share the constant is an approximation, exact for a right heading only: a
    network is trained on those. The temperature divides the logits.

    :param description: of a package of the family cvml.
    :param sessions: run its graphs.
    :raises ModelPackageError: when headings would have to be tried with images that cannot be
        turned.
    """

    def __init__(self, description: ModelDescription, sessions: GraphRunner) -> None:
        """Check that the package can be used."""
        self._sessions = sessions
        self._temperature = description.calibration.temperature
        self._bins = description.heading.bins
        self._turns = description.heading.kind == 'aligned'
        if self._turns and description.ground.projection != 'equirectangular':
            raise ModelPackageError(
                f'The model {description.name} wants images turned to a known heading '
                f'(heading.kind aligned) that are {description.ground.projection}; only '
                'equirectangular images can be turned.')

    def encode(self, view: GroundView, prior: SearchPrior) -> EncodedView:
        """
        Run the ground network, once for all headings.

        :param view: what it takes.
        :param prior: which headings to try.
        """
        if self._turns:
            images, yaws = _turned(view, heading_sweep(prior, self._bins))
        else:
            images, yaws = view.image[None], self._indifferent_yaws(view, prior)
        arrays = self._sessions.run('ground', {'images': images})
        return encoded_view({'ground': arrays['descriptors']}, view, yaws)

    def volume(self, encoded: EncodedView, tile: PreparedTile,
               grid: LikelihoodGrid) -> tuple[np.ndarray, float]:
        """
        Score a tile.

        :param encoded: the view.
        :param tile: with imagery.
        :param grid: cells to fill.
        :return: ``(K, H, W)`` float32 log-likelihood, and the best cosine of a descriptor.
        """
        ground = encoded.arrays['ground']
        slices, best = [], -math.inf
        for start in range(0, len(ground), HEADINGS_AT_ONCE):
            scores = self._sessions.run('match', {
                'ground': ground[start:start + HEADINGS_AT_ONCE], **tile.maps})
            slices += list(scores['logits'][:, 0])
            best = max(best, float(scores['cell_scores'].max()))
        logits = slices if self._turns else slices * len(encoded.yaws)
        return np.stack([
            log_mean(grid.crop(_known(plane / np.float32(self._temperature), tile), tile.geometry,
                               *offset))
            for plane, offset in zip(logits, encoded.offsets)]), best

    def _indifferent_yaws(self, view: GroundView, prior: SearchPrior) -> np.ndarray:
        """Return one yaw, or several where they put the camera at several places."""
        if math.hypot(*view.position) <= LEVER_ARM_M:
            return np.array([prior.pose.yaw])
        return heading_sweep(prior, LEVER_ARM_YAWS)


def _turned(view: GroundView, yaws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the turned panoramas and yaws, evenly spaced also where the columns are not."""
    images, exact = view.aligned(yaws)
    return images, yaws + float(np.mean(exact - yaws))


def _known(plane: np.ndarray, tile: PreparedTile) -> np.ndarray:
    return np.where(tile.valid, plane, np.float32(np.nan))
