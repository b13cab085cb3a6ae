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

"""The matcher of short videos: CVLNet."""

from __future__ import annotations

from collections.abc import Sequence
import math

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.displacement_lattice import DisplacementLattice, SIDE
from xview_loc.matching.encoded_view import camera_offsets
from xview_loc.matching.frame_features import FrameFeatureCache, FrameFeatures
from xview_loc.matching.frame_sequence import frame_sequence
from xview_loc.matching.graph_runner import GraphRunner
from xview_loc.matching.ground_view import GroundView, pinhole_view
from xview_loc.matching.heading_sweep import fine_heading_sweep
from xview_loc.matching.likelihood_grid import LikelihoodGrid
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_package import ModelPackage
from xview_loc.matching.network_likelihood import network_likelihood
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.matching.prepared_tiles import PreparedTile, TileFeatures
from xview_loc.matching.tile_matcher import TileMatcher

# Headings of a full circle: 15 degrees apart.
YAWS = 24
# Pixels of a tile along a side of a cell, as published; only the size of patches depends on it.
PUBLISHED_CELL_PX = 16


class VideoMatcher(TileMatcher):
    """
    Matches a short video with CVLNet (Shi et al., ACCV 2022).

    Frames are laid on the ground around the newest camera, for every yaw that is tried with the
    motion between them turned by it, and compared with a tile at 7 x 7 displacements of a cell.
    Tiles lie seven cells apart, so that their displacements make one even lattice over the patch;
    a search takes the tiles whose blocks of the lattice it touches, at most 3 x 3 (66 m as
    published), and beyond nothing is known.

    The log-likelihood is the temperature times the score, bilinear between the places of the
    lattice: a cell is 3.1 m, and nothing finer is resolved. It is that of ``base_link``.

    Frames are levelled by the vehicle's attitude. A camera of another height than the network's
    is made up for exactly on the ground plane, by stretching the focal length along rows.

    :param package: of the family cvlnet.
    :param sessions: run its graphs.
    :raises MatchingError: when the family is another.
    """

    def __init__(self, package: ModelPackage, sessions: GraphRunner) -> None:
        """Open nothing yet."""
        description = package.description
        if description.family != 'cvlnet':
            raise MatchingError(
                f'The model {description.name} is of the family {description.family}; a video '
                'matcher takes cvlnet.')
        super().__init__(package, self._run_satellite)
        self._sessions = sessions
        self._bins = description.heading.bins if description.heading.bins > 1 else YAWS
        self._cell_px = 0
        self._frames = FrameFeatureCache(
            lambda frame: pinhole_view(frame, description.ground), lambda images: sessions.run(
                'ground', {'images': images})['features'], 4 * description.window.length)

    @property
    def view_radius_m(self) -> float:
        """Return how far tiles reach beyond any search [m]."""
        satellite = self._description.satellite
        # From the rim of the search to the next place of the lattice, to the middle of its block
        # and to the rim of that tile, and a cell for the lever arm and rounding.
        cells = 1.0 + 0.5 * SIDE + 1.0
        return 0.5 * satellite.extent_m + (
            cells * PUBLISHED_CELL_PX * satellite.metres_per_pixel)

    @property
    def frames_run(self) -> int:
        """Return how many frames the ground network has seen."""
        return self._frames.runs

    def match(self, window: FrameWindow, features: TileFeatures,
              prior: SearchPrior) -> PoseLikelihood:
        """
        Compute the likelihood of poses around the prior at the window's stamp.

        :param window: as many frames as the package says, and as far apart.
        :param features: result of :meth:`prepare`.
        :param prior: where to search.
        :return: score: the best of the network's; confidence: the share of the posterior near its
            peak, see :func:`.peak_mass`, 0 where nothing was visible.
        :raises MatchingError: while the window does not hold enough frames, and when the camera
            sees too little of the network's field of view.
        """
        sequence = self._description.window
        frames = frame_sequence(window, sequence.length, sequence.spacing_s)
        seen = self._frames.of(frames)
        lattice = DisplacementLattice(features.middle, self._cell())
        yaws = fine_heading_sweep(prior, self._bins)
        grid = LikelihoodGrid.around(prior, features.middle, len(yaws)).geometry
        tiles = self._tiles_around(features, lattice, grid, seen[0].view)
        if seen[0].view.is_blank or not tiles:
            return self._nothing_known(grid, yaws, window.stamp)
        fused = self._fused(frames, seen, yaws)
        scores = lattice.joined({block: self._scores(tile, fused, lattice)
                                 for block, tile in tiles.items()})
        volume = scores.at(grid, camera_offsets(seen[0].view.position, yaws))
        known = scores.values[np.isfinite(scores.values)]
        return network_likelihood(
            volume * np.float32(self._description.calibration.temperature), grid, yaws,
            window.stamp, float(known.max()) if known.size else math.nan, self.name)

    def _tiles_around(
            self, features: TileFeatures, lattice: DisplacementLattice, grid: PatchGeometry,
            view: GroundView) -> dict[tuple[int, int], PreparedTile]:
        """Return the tiles with imagery of the blocks that the cells touch."""
        reach = 0.5 * max(grid.extent_m) + math.hypot(*view.position)
        step = SIDE * lattice.cell_px
        tiles = {(east, north): features.tile(east * step, north * step) for east, north
                 in lattice.blocks_around(grid.centre_x, grid.centre_y, reach)}
        return {block: tile for block, tile in tiles.items() if tile.maps}

    def _fused(self, frames: Sequence[Frame], seen: Sequence[FrameFeatures],
               yaws: np.ndarray) -> np.ndarray:
        """Return the ground maps of all yaws, ``(K, 4, c, c)``."""
        count = len(yaws)
        views = [each.view for each in seen]
        stacked = np.stack([each.features for each in seen])
        intrinsics = views[0].intrinsics
        height = views[0].frame.camera.height
        intrinsics[1] *= height / float(self._description.camera_height_m or height)
        return self._sessions.run('fuse', {
            'features': np.ascontiguousarray(np.broadcast_to(stacked, (count, *stacked.shape))),
            'intrinsics': np.tile(intrinsics, (count, 1)),
            'motion': camera_motion(frames, views, yaws)})['map']

    def _scores(self, tile: PreparedTile, fused: np.ndarray,
                lattice: DisplacementLattice) -> np.ndarray:
        """Return ``(K, 7, 7)`` the scores of the displacements of a tile, NaN off the imagery."""
        scores = self._sessions.run('match', {**tile.maps, 'map': fused})['scores'][0]
        return np.where(lattice.known(tile.valid), scores, np.float32(np.nan))

    def _run_satellite(self, images: np.ndarray) -> dict[str, np.ndarray]:
        maps = self._sessions.run('satellite', {'images': images})
        self._cell_px = images.shape[1] // maps['features'].shape[-1]
        return maps

    def _cell(self) -> int:
        """Return the pixels of a cell; a black tile tells where no other has been seen."""
        if not self._cell_px:
            size = self._description.satellite.size
            self._run_satellite(np.zeros((1, size, size, 3), np.uint8))
        return self._cell_px


def camera_motion(frames: Sequence[Frame], views: Sequence[GroundView],
                  yaws: np.ndarray) -> np.ndarray:
    """
    Return where the cameras of a sequence were, for every yaw that the vehicle may have.

    :param frames: newest first, of one camera.
    :param views: what the network sees of them.
    :param yaws: ``(K,)`` of ``base_link`` at the newest frame [rad].
    :return: ``(K, S, 3)`` float32 east and north of the newest camera [m], and the yaw of the
        optical axis [rad].
    """
    places = np.stack([frame.window_from_base.transform(np.array(view.position))
                       for frame, view in zip(frames, views)])
    turns = np.array([frame.window_from_base.yaw + view.yaw
                      for frame, view in zip(frames, views)])
    ahead, left = (places - places[0]).T
    cosine, sine = np.cos(yaws)[:, None], np.sin(yaws)[:, None]
    return np.stack([cosine * ahead - sine * left, sine * ahead + cosine * left,
                     yaws[:, None] + turns], axis=-1).astype(np.float32)
