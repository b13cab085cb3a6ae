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

"""Retrieval networks as matchers: descriptors of tiles around the prior against the view's."""

from __future__ import annotations

import math
from threading import Lock

import numpy as np

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.cell_window import CellWindow, window_around, window_inside
from xview_loc.matching.descriptor_block import CellState
from xview_loc.matching.descriptor_filling import (
    DescriptorFilling, FillBudget, RetrievalFeatures)
from xview_loc.matching.descriptor_map import DescriptorMap
from xview_loc.matching.graph_runner import GraphRunner
from xview_loc.matching.ground_query import (
    ground_descriptors, require_retrieval, searched_yaws)
from xview_loc.matching.ground_view import ground_view, GroundView
from xview_loc.matching.lever_arm import base_geometry, shifted_plane, turned_lever
from xview_loc.matching.map_alignment import cells_from_map
from xview_loc.matching.map_manifest import manifest_for, require_package
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_package import ModelPackage
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.matching.tile_cutter import TileCutter
from xview_loc.matching.tile_encoder import TileEncoder

NEGLIGIBLE_SHIFT = 0.01


class RetrievalMatcher:
    """
    Compares the view with descriptors of the tiles around the prior.

    The tiles lie on a grid that is anchored at the datum of the map (of the first patch's frame,
    where none is given), so that neighbouring patches share cells and a cell is described once.
    ``prepare`` describes the missing cells of a patch, those in its middle first, and stops when
    its time is up; each ``match`` goes on with those nearest to its prior, at least one. The
    log-likelihood is the package's temperature times the cosine of the descriptors; NaN where
    none is known yet, and everywhere when the view is blank.

    The grid is as coarse as the tiles are similar (5 m): between its cells the likelihood is
    interpolated linearly. It is that of ``base_link``: the slice of each yaw is moved by the
    camera's lever arm, exactly for the prior's yaw and by bilinear interpolation for the others.

    :param package: of a retrieval family.
    :param sessions: its graphs.
    :param descriptor_map: descriptors known before; a new map in memory when ``None``.
    :param budget: time for descriptors that are missing.
    :raises MatchingError: when the package is of another family or the map of another network.
    """

    def __init__(self, package: ModelPackage, sessions: GraphRunner,
                 descriptor_map: DescriptorMap | None = None,
                 budget: FillBudget | None = None):
        require_retrieval(package)
        if descriptor_map is not None:
            require_package(descriptor_map.manifest, package)
        self.package = package
        self.encoder = TileEncoder(sessions, package.description.satellite)
        self._sessions = sessions
        self._descriptors = descriptor_map
        self._budget = budget or FillBudget()
        self._filling = DescriptorFilling(self.encoder)
        self._lock = Lock()

    @property
    def name(self) -> str:
        """Return the name of the package."""
        return self.package.name

    @property
    def metres_per_pixel(self) -> float:
        """Return the ground resolution the matcher wants its patches in [m]."""
        return self.package.description.satellite.metres_per_pixel

    @property
    def view_radius_m(self) -> float:
        """Return how much wider than the search a patch must be, to hold the tiles [m]."""
        return 0.5 * self.package.description.satellite.extent_m + self.spacing_m

    @property
    def spacing_m(self) -> float:
        """Return the step of the grid [m]."""
        if self._descriptors is not None:
            return self._descriptors.spacing_m
        retrieval = self.package.description.retrieval
        assert retrieval is not None
        return retrieval.spacing_m

    @property
    def descriptor_map(self) -> DescriptorMap:
        """
        Return the descriptors known so far.

        :raises MatchingError: before the first patch is prepared, where no map was given.
        """
        if self._descriptors is None:
            raise MatchingError('No patch has been prepared yet.')
        return self._descriptors

    def prepare(self, patch: SatellitePatch) -> RetrievalFeatures:
        """
        Describe the cells of a patch that are missing, as many as the time allows.

        :param patch: imagery at any resolution not much coarser than the network's.
        :raises MatchingError: when the patch cannot be placed on the grid or is too coarse.
        """
        satellite = self.package.description.satellite
        cutter = TileCutter(patch, satellite)
        with self._lock:
            if self._descriptors is None:
                self._descriptors = DescriptorMap(manifest_for(
                    self.package, self.encoder.dimension, frame=patch.frame))
        alignment = cells_from_map(
            self.descriptor_map.manifest.frame, patch.frame, patch.geometry)
        x, y = alignment.transform(np.array([cutter.geometry.centre_x, cutter.geometry.centre_y]))
        turned = PatchGeometry(float(x), float(y), cutter.geometry.metres_per_pixel,
                               *cutter.geometry.shape)
        rim = 0.5 * max(turned.extent_m) * abs(math.sin(alignment.yaw))
        window = window_inside(self.spacing_m, turned, 0.5 * satellite.extent_m + rim)
        features = RetrievalFeatures(cutter, alignment, window)
        if self._budget.prepare_s > 0.0:
            self._filling.fill(self.descriptor_map, features, window,
                               Pose2(float(x), float(y), 0.0), self._budget.prepare_s)
        return features

    def match(self, window: FrameWindow, features: RetrievalFeatures,
              prior: SearchPrior) -> PoseLikelihood:
        """
        Compute the likelihood of poses around the prior at the window's stamp.

        :param window: the newest instant is used.
        :param features: result of :meth:`prepare`.
        :param prior: where to look.
        :raises MatchingError: when the camera does not see what the network wants, or nothing is
            known here because the patch is smaller than a tile.
        """
        view = ground_view(window, self.package.description.ground)
        base = features.cells_from_map @ prior.pose
        lever = turned_lever(view.position, np.array([base.yaw]))[0]
        camera = Pose2(base.x + lever[0], base.y + lever[1], base.yaw)
        searched = window_around(self.spacing_m, camera.x, camera.y, prior.radius_m)
        yaws = searched_yaws(self.package, base.yaw, prior.yaw_range)
        if view.is_blank:
            scores = np.full((len(yaws), *searched.shape), np.nan, np.float32)
        else:
            self._filling.fill(self.descriptor_map, features,
                               searched.overlap(features.window), camera, self._budget.match_s)
            shifts = turned_lever(view.position, yaws) - lever
            scores = self._scores(view, searched, yaws, shifts)
            if 0 in features.window.shape and np.isnan(scores).all():
                self._refuse_small_patch(features)
        temperature = self.package.description.calibration.temperature
        return PoseLikelihood(
            temperature * scores, base_geometry(searched, lever, features.cells_from_map),
            yaws - features.cells_from_map.yaw, window.stamp, source=self.name,
            score=float(np.nanmax(scores)) if np.isfinite(scores).any() else math.nan)

    def _refuse_small_patch(self, features: RetrievalFeatures) -> None:
        height, width = features.cutter.geometry.extent_m
        raise MatchingError(
            f'The patch of {width:.0f} m by {height:.0f} m holds no whole tile of '
            f'{self.package.description.satellite.extent_m:.0f} m at a point of the grid of '
            f'{self.spacing_m:g} m; the model {self.name} needs a larger one.')

    def _scores(self, view: GroundView, window: CellWindow, yaws: np.ndarray,
                shifts: np.ndarray) -> np.ndarray:
        """Return ``(K, rows, columns)`` cosines, slice k read ``shifts[k]`` metres away."""
        farthest = float(np.abs(shifts).max()) / self.spacing_m
        rim = 0 if farthest <= NEGLIGIBLE_SHIFT else math.floor(farthest) + 1
        found = self.descriptor_map.window(window.grown(rim))
        known = found.states == CellState.KNOWN
        if not known.any():
            return np.full((len(yaws), *window.shape), np.nan, np.float32)
        queries = ground_descriptors(view, self.package, self._sessions, yaws)
        scores = np.full((len(yaws), *known.shape), np.nan, np.float32)
        scores[:, known] = queries @ found.descriptors[known].astype(np.float32).T
        if rim == 0:
            return scores
        return np.stack([shifted_plane(plane, -north, east, rim)
                         for plane, (east, north) in zip(scores, shifts / self.spacing_m)])
