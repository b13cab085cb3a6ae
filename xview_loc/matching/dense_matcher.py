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

"""Matchers that score every pixel of a satellite tile: CVML and CCVPE."""

from __future__ import annotations

from collections.abc import Mapping
import math
from typing import Protocol

import numpy as np

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.matching.ccvpe_scores import CcvpeScores
from xview_loc.matching.cvml_scores import CvmlScores
from xview_loc.matching.encoded_view import EncodedView
from xview_loc.matching.graph_runner import GraphRunner
from xview_loc.matching.ground_view import ground_view, GroundView
from xview_loc.matching.likelihood_grid import LikelihoodGrid
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_description import ModelDescription
from xview_loc.matching.model_package import ModelPackage
from xview_loc.matching.network_likelihood import network_likelihood
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.matching.prepared_tiles import PreparedTile, STEP, TileFeatures
from xview_loc.matching.tile_matcher import TileMatcher


class DenseScores(Protocol):
    """How a family of networks reads a view and a tile."""

    def encode(self, view: GroundView, prior: SearchPrior) -> EncodedView:
        """Run the ground network."""

    def volume(self, encoded: EncodedView, tile: PreparedTile,
               grid: LikelihoodGrid) -> tuple[np.ndarray, float]:
        """Return ``(K, H, W)`` log-likelihood, NaN outside the tile, and the best score."""


class DenseMatcher(TileMatcher):
    """
    Matches with a network that gives a heat map over a tile which holds the camera.

    The log-likelihood of a cell is the logarithm of the mean likelihood of its pixels, see
    :class:`CvmlScores` and :class:`CcvpeScores` for theirs. It is that of ``base_link``: the
    heat map, which locates the camera, is moved against its lever arm for each yaw. Where the
    tiles do not reach or have no imagery, and everywhere where the view is blank, it is NaN.

    Searches wider than a tile take several, whose logits share one scale; see
    :meth:`TileFeatures.around`.

    :param package: of the family cvml or ccvpe.
    :param sessions: run its graphs.
    :raises ModelPackageError: when the package cannot be used with any camera.
    """

    def __init__(self, package: ModelPackage, sessions: GraphRunner) -> None:
        """Open nothing yet."""
        super().__init__(package, lambda images: sessions.run('satellite', {'images': images}))
        self._scores = dense_scores(package.description, sessions)

    @property
    def view_radius_m(self) -> float:
        """Return how far tiles reach beyond any search [m]."""
        return (0.5 + 0.5 * STEP) * self._description.satellite.extent_m

    def match(self, window: FrameWindow, features: TileFeatures,
              prior: SearchPrior) -> PoseLikelihood:
        """
        Compute the likelihood of poses around the prior at the window's stamp.

        :param window: the newest images are used.
        :param features: result of :meth:`prepare`.
        :param prior: where to search.
        :return: score: the best cosine of the network's descriptors; confidence: the share of
            the posterior near its peak, see :func:`.peak_mass`, 0 where nothing was visible.
        :raises MatchingError: when the network cannot use the cameras.
        """
        view = ground_view(window, self._description.ground)
        reach = prior.radius_m + math.hypot(*view.position)
        tiles = features.around(prior.pose.x, prior.pose.y, reach)
        used = [tile for tile in tiles if tile.maps]
        if view.is_blank or not used:
            grid = LikelihoodGrid.around(prior, tiles[0].geometry, 1)
            return self._nothing_known(
                grid.geometry, np.array([prior.pose.yaw]), window.stamp)
        encoded = self._scores.encode(view, prior)
        grid = LikelihoodGrid.around(prior, tiles[0].geometry, len(encoded.yaws))
        volume, score = self._volume(encoded, used, grid)
        return network_likelihood(volume, grid.geometry, encoded.yaws, window.stamp, score,
                                  self.name)

    def _volume(self, encoded: EncodedView, tiles: list[PreparedTile],
                grid: LikelihoodGrid) -> tuple[np.ndarray, float]:
        """Return the scores of all tiles, each cell from the tile that holds it best."""
        nearest = grid.nearest([tile.geometry for tile in tiles])
        volume = np.full((len(encoded.yaws), *grid.geometry.shape), np.nan, np.float32)
        best = -math.inf
        for index, tile in enumerate(tiles):
            values, score = self._scores.volume(encoded, tile, grid)
            volume = np.where(nearest == index, values, volume)
            best = max(best, score)
        return volume, best


def dense_scores(description: ModelDescription, sessions: GraphRunner) -> DenseScores:
    """
    Return how to read the networks of a family.

    :param description: of the package.
    :param sessions: run its graphs.
    :raises MatchingError: when the family is not one of the dense ones.
    """
    families: Mapping[str, type] = {'cvml': CvmlScores, 'ccvpe': CcvpeScores}
    if description.family not in families:
        raise MatchingError(
            f'The model {description.name} is of the family {description.family}; a dense matcher '
            f'takes {" or ".join(families)}.')
    return families[description.family](description, sessions)
