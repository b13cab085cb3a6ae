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

"""The bird's-eye matcher with gates that were learnt: the same search, other weights."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
import math
from typing import Any

import numpy as np

from xview_loc.camera.frame_window import Frame
from xview_loc.errors import MatchingError
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.bev_config import BevConfig, FeatureConfig
from xview_loc.matching.bev_features import channel_pairs
from xview_loc.matching.bev_matcher import BevMapFeatures, BevMatcher
from xview_loc.matching.birds_eye_view import BirdsEyeGrid, rays_to_cells
from xview_loc.matching.cell_gates import CellGates, FREE_PAIRS
from xview_loc.matching.feature_map import FeatureMap, prepare_feature_map
from xview_loc.matching.graph_runner import GraphRunner
from xview_loc.matching.ground_features import frame_features, FrameFeatures, Gating
from xview_loc.matching.model_package import ModelPackage


@dataclass(frozen=True)
class BirdsEyeNetwork:
    """
    What the matcher must know about its network.

    :param features: scales of the channels that it was trained on; its cells are theirs.
    :param view_radius_m: of the views that it takes [m].
    :param satellite: whether it changes the satellite side too.
    :param free: whether it adds channels of its own.
    """

    features: FeatureConfig = field(default_factory=FeatureConfig)
    view_radius_m: float = 32.0
    satellite: bool = False
    free: bool = False

    @property
    def side(self) -> int:
        """Return the side of the views that it takes [cells]."""
        return 2 * math.ceil(self.view_radius_m / self.features.cell_m)

    def grid(self, frame: Frame) -> BirdsEyeGrid:
        """Return the cells around the foot of a camera, to within half a cell."""
        foot = frame.window_from_base.transform(frame.camera.base_from_camera[:2, 3])
        cell, half = self.features.cell_m, self.side // 2
        return BirdsEyeGrid(cell, -half - round(float(foot[0]) / cell),
                            -half - round(float(foot[1]) / cell), self.side, self.side)


class BevNetMatcher(BevMatcher):
    """
    Matches like :class:`.bev_matcher.BevMatcher`, trusting cells as a network says.

    The network sees cells of its own size, whatever the imagery; its gates are interpolated to the
    cells of the search, coarse or fine.

    :param runner: runs ``ground``, and ``satellite`` where the network has one.
    :param network: what it was trained on.
    :param config: of the search.
    :raises MatchingError: when the views reach farther than those the network takes.
    """

    name = 'bev_net'

    def __init__(self, runner: GraphRunner, network: BirdsEyeNetwork = BirdsEyeNetwork(),
                 config: BevConfig | None = None):
        """Keep the settings."""
        super().__init__(config)
        self.runner, self.network = runner, network
        if self.config.view_radius_m > network.view_radius_m + 1e-9:
            raise MatchingError(
                f'view_radius_m is {self.config.view_radius_m}; the network takes views of at '
                f'most {network.view_radius_m:g} m.')

    def prepare(self, patch: SatellitePatch) -> BevMapFeatures:
        """Compute the features of a patch, gated where the network changes the satellite side."""
        plain = super().prepare(patch)
        if not self.network.satellite:
            return plain
        own = prepare_feature_map(patch, self.network.features)
        gates = CellGates.of(self.runner.run('satellite', {'channels': own.channels[None]}))
        return BevMapFeatures(self._gated_map(plain.fine, own, gates),
                              self._gated_map(plain.coarse, own, gates))

    def _gated_map(self, feature_map: FeatureMap, own: FeatureMap, gates: CellGates) -> FeatureMap:
        """Gate a map; cells have no weight there, so their confidence multiplies the channels."""
        row, column = own.geometry.pixel_from_map(*feature_map.geometry.cell_centres())
        here = gates.at((row - 0.5).astype(np.float32), (column - 0.5).astype(np.float32))
        channels = here.applied(feature_map.channels, channel_pairs(self.network.features))
        return replace(feature_map, channels=channels * here.confidence)

    def _gating(self) -> Gating | None:
        return _GroundGates(self)

    def _pairs(self) -> int:
        return super()._pairs() + FREE_PAIRS * self.network.free


def packaged_matcher(package: ModelPackage, runner: GraphRunner, metres_per_pixel: float,
                     **options: Any) -> BevNetMatcher:
    """
    Return the matcher of a package.

    :param package: of bev_net.
    :param runner: of its graphs.
    :param metres_per_pixel: of the imagery, which chooses the cells of the search [m].
    :param options: fields of the matcher's configuration to set.
    """
    about = package.description
    assert about.birds_eye is not None
    network = BirdsEyeNetwork(about.birds_eye.features, about.birds_eye.view_radius_m,
                              about.birds_eye.satellite, about.birds_eye.free)
    chosen = {'kappa': about.calibration.temperature,
              'radial_suppression': about.birds_eye.radial_suppression, **options}
    config = BevConfig.for_resolution(metres_per_pixel, **chosen)
    if 'view_radius_m' not in options:
        config = replace(config, view_radius_m=min(config.view_radius_m, network.view_radius_m))
    return BevNetMatcher(runner, network, config)


class _GroundGates:
    """The gates of the frames of one match, each computed once."""

    def __init__(self, matcher: BevNetMatcher):
        self._matcher, self._network = matcher, matcher.network
        self._known: dict[int, tuple[BirdsEyeGrid, CellGates]] = {}

    def __call__(self, frame: Frame, seen: FrameFeatures) -> tuple[np.ndarray, np.ndarray]:
        if id(frame) not in self._known:
            self._known[id(frame)] = self._ask(frame, seen)
        grid, gates = self._known[id(frame)]
        points = seen.grid.points()
        rows = -points[..., 0] / grid.cell_m - grid.top - 0.5
        columns = -points[..., 1] / grid.cell_m - grid.left - 0.5
        here = gates.at(rows.astype(np.float32), columns.astype(np.float32))
        return (here.applied(seen.channels, channel_pairs(self._network.features)),
                seen.weight * here.confidence)

    def _ask(self, frame: Frame, seen: FrameFeatures) -> tuple[BirdsEyeGrid, CellGates]:
        """Run the network on a frame."""
        grid, features = self._network.grid(frame), self._network.features
        if seen.grid.cell_m == features.cell_m and self._matcher.config.fine == features:
            channels, weight = _moved(seen, grid)
        else:
            own = frame_features(frame, grid, self._matcher.config, features)
            channels, weight = own.channels, own.weight
        return grid, CellGates.of(self._matcher.runner.run('ground', {
            'channels': channels[None], 'weight': weight[None, None],
            'rays': np.stack(rays_to_cells(frame, grid))[None]}))


def _moved(seen: FrameFeatures, grid: BirdsEyeGrid) -> tuple[np.ndarray, np.ndarray]:
    """Copy channels and weight to another grid of the same cells; elsewhere they are zero."""
    planes = np.concatenate([seen.channels, seen.weight[None]])
    result = np.zeros((len(planes), grid.height, grid.width), np.float32)
    top, left = seen.grid.top - grid.top, seen.grid.left - grid.left
    rows = slice(max(top, 0), min(top + seen.grid.height, grid.height))
    columns = slice(max(left, 0), min(left + seen.grid.width, grid.width))
    if rows.start < rows.stop and columns.start < columns.stop:
        result[:, rows, columns] = planes[
            :, rows.start - top:rows.stop - top, columns.start - left:columns.stop - left]
    return result[:-1], result[-1]
