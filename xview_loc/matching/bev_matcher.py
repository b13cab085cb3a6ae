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

"""The training-free bird's-eye matcher: works on the first day, without weights."""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
import numpy as np

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.geometry.angles import wrap_angle
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_features import channel_pairs
from xview_loc.matching.confidence import match_confidence
from xview_loc.matching.feature_map import FeatureMap, prepare_feature_map
from xview_loc.matching.ground_features import Gating, ground_features, GroundFeatures
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.pose_correlator import PoseCorrelator
from xview_loc.matching.pose_likelihood import PoseLikelihood

CANDIDATE_SEPARATION = math.radians(12.0)
KNOWN_YAW_LIMIT = math.radians(60.0)


@dataclass(frozen=True)
class BevMapFeatures:
    """
    What the matcher keeps of a patch.

    :param fine: features at the cell size of the result.
    :param coarse: features of the first stage when the yaw is unknown.
    """

    fine: FeatureMap
    coarse: FeatureMap


class BevMatcher:
    """
    Matches ground images to satellite imagery through a bird's-eye view.

    The window is unprojected to the ground plane with its true camera, height and attitude;
    edge directions and locally normalised colours are compared by masked normalised correlation
    over x, y and yaw. The log-likelihood is ``kappa A s``: the score times the weighted visible
    ground ``A``, so that its sharpness follows what the camera sees.

    :param config: settings; see :meth:`BevConfig.for_resolution`.
    """

    name = 'bev'

    def __init__(self, config: BevConfig | None = None):
        """Keep the settings."""
        self.config = config or BevConfig()

    @property
    def metres_per_pixel(self) -> float:
        """Return the ground resolution the matcher wants its patches in [m]."""
        return 0.5 * self.config.fine.cell_m

    @property
    def view_radius_m(self) -> float:
        """Return how far from the vehicle the ground view reaches [m]."""
        return self.config.view_radius_m

    def prepare(self, patch: SatellitePatch) -> BevMapFeatures:
        """
        Compute the features of a patch; they may be kept as long as its pixels do not change.

        :param patch: imagery at any resolution; ground outside it counts as unknown.
        """
        return BevMapFeatures(prepare_feature_map(patch, self.config.fine),
                              prepare_feature_map(patch, self.config.coarse))

    def match(self, window: FrameWindow, features: BevMapFeatures,
              prior: SearchPrior) -> PoseLikelihood:
        """
        Compute the likelihood of poses around the prior at the window's stamp.

        :param window: one frame or several.
        :param features: result of :meth:`prepare`.
        :param prior: where to look; beyond a yaw range of 60 deg every yaw is searched.
        :return: volume with every mode kept; NaN everywhere when no ground is visible or the
            view is black.
        """
        gating = self._gating()
        fine = ground_features(window, self.config, self.config.fine, gating)
        if prior.yaw_range <= KNOWN_YAW_LIMIT:
            steps = math.ceil(prior.yaw_range / self.config.yaw_step)
            yaws = prior.pose.yaw + self.config.yaw_step * np.arange(-steps, steps + 1)
            correlator = self._correlator(fine, features.fine, prior, yaws)
            scores = correlator.scores(yaws)
        else:
            coarse = ground_features(window, self.config, self.config.coarse, gating)
            yaws = _full_circle(self.config.yaw_step_unknown)
            first = self._correlator(coarse, features.coarse, prior, yaws)
            correlator = self._correlator(fine, features.fine, prior, yaws)
            scores = self._coarse_to_fine(first, correlator, yaws)
        return self._likelihood(window, fine, prior, correlator, yaws, scores)

    def _gating(self) -> Gating | None:
        """Return what changes the features of each frame of a match."""
        return None

    def _pairs(self) -> int:
        """Return how many leading channel pairs turn with the view."""
        return channel_pairs(self.config.fine)

    def _correlator(self, ground: GroundFeatures, feature_map: FeatureMap, prior: SearchPrior,
                    yaws: np.ndarray) -> PoseCorrelator:
        return PoseCorrelator(
            ground, feature_map, prior.pose, prior.radius_m, yaws, self._pairs())

    def _coarse_to_fine(self, first, second, yaws):
        """Search all yaws coarsely, refine the best few, and fill the rest with coarse scores."""
        stride = self._coarse_stride(len(yaws))
        coarse = first.scores(yaws[::stride])
        best = coarse.reshape(len(coarse), -1).max(axis=1)
        refined = self._refined_slices(yaws, stride, best)
        scores = _upsampled(coarse, first.geometry, second.geometry, stride)
        fine = second.scores(yaws[refined])
        scores = _in_terms_of(fine, scores, refined)
        scores[refined] = fine
        return scores

    def _coarse_stride(self, count):
        """Return every how manieth of the yaws is searched coarsely; it divides their number."""
        wanted = max(round(self.config.coarse_yaw_step / (2.0 * math.pi / count)), 1)
        return max(stride for stride in range(1, wanted + 1) if count % stride == 0)

    def _refined_slices(self, yaws, stride, best):
        """Return the slices around the best coarse yaws, at least 12 deg apart."""
        chosen: list[int] = []
        for index in np.argsort(-best) * stride:
            gaps = [abs(wrap_angle(yaws[index] - yaws[other])) for other in chosen]
            if all(gap >= CANDIDATE_SEPARATION for gap in gaps):
                chosen.append(int(index))
            if len(chosen) == self.config.coarse_candidates:
                break
        around = np.arange(-stride, stride + 1)
        return np.unique((np.asarray(chosen)[:, None] + around) % len(yaws))

    def _likelihood(self, window, ground, prior, correlator, yaws, scores):
        if ground.visible_area_m2 <= 0.0 or ground.texture < self.config.least_texture:
            scores = np.full_like(scores, np.nan)
        peak = float(scores.max())
        return PoseLikelihood(
            self.config.kappa * ground.visible_area_m2 * scores, correlator.geometry, yaws,
            window.stamp, score=peak, source=self.name,
            confidence=match_confidence(scores, ground.visible_area_m2, prior.yaw_range))


def _in_terms_of(fine, scores, refined):
    """
    Express coarse scores as the fine scores they predict, by regression on the refined slices.

    Coarse peaks that the fine search does not confirm shrink, so that the slices that were never
    refined neither vanish nor outweigh those that were.
    """
    known = scores[refined]
    deviation = known - known.mean()
    slope = float(np.sum(deviation * fine) / max(float(np.sum(deviation * deviation)), 1e-9))
    return fine.mean() + slope * (scores - known.mean())


def _full_circle(step):
    """Return yaws that divide the circle evenly, at most a step apart, in an even number."""
    count = 2 * math.ceil(math.pi / step - 1e-9)
    return -math.pi + 2.0 * math.pi / count * np.arange(count)


def _upsampled(coarse, coarse_geometry, fine_geometry, stride):
    """Interpolate coarse scores to the fine grid, linearly in yaw and bilinearly in position."""
    x, y = fine_geometry.cell_centres()
    row, column = coarse_geometry.pixel_from_map(x, y)
    row, column = (row - 0.5).astype(np.float32), (column - 0.5).astype(np.float32)
    planes = np.stack([
        cv2.remap(plane, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for plane in coarse])
    position = np.arange(len(planes) * stride) / stride
    lower = position.astype(int) % len(planes)
    part = (position - np.floor(position)).astype(np.float32)[:, None, None]
    return planes[lower] * (1.0 - part) + planes[(lower + 1) % len(planes)] * part
