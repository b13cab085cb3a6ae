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

"""A matcher whose likelihoods are believed as far as a drive with true poses has shown."""

from __future__ import annotations

from dataclasses import replace
import math
from typing import Any

import numpy as np

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.matcher import Matcher, SearchPrior
from xview_loc.matching.model_records import Reliability
from xview_loc.matching.pose_likelihood import PoseLikelihood


class CalibratedMatcher:
    """
    Divides the log-likelihood of a matcher by a temperature and restates its confidence.

    Everything else is that of the matcher.

    :param matcher: to calibrate.
    :param reliability: what a drive has shown.
    """

    def __init__(self, matcher: Matcher, reliability: Reliability) -> None:
        self.matcher, self.reliability = matcher, reliability

    def __getattr__(self, name: str) -> Any:
        """Return what the matcher has beyond the protocol."""
        if name in ('matcher', 'reliability'):
            raise AttributeError(name)
        return getattr(self.matcher, name)

    @property
    def metres_per_pixel(self) -> float:
        """Return the ground resolution the matcher wants its patches in [m]."""
        return self.matcher.metres_per_pixel

    @property
    def view_radius_m(self) -> float:
        """Return how much wider than the search a patch must be [m]."""
        return self.matcher.view_radius_m

    def prepare(self, patch: SatellitePatch) -> Any:
        """Do the satellite side of the matcher."""
        return self.matcher.prepare(patch)

    def match(self, window: FrameWindow, features: Any, prior: SearchPrior) -> PoseLikelihood:
        """Match, and say how far the result is to be believed."""
        return calibrated(self.matcher.match(window, features, prior), self.reliability)


def calibrated(likelihood: PoseLikelihood, reliability: Reliability) -> PoseLikelihood:
    """
    Return a likelihood that is believed as far as a drive has shown.

    :param likelihood: of the matcher.
    :param reliability: temperature, floor and doubt.
    :return: with the confidence ``1 - max(doubt (1 - confidence), floor)``; where nothing was
        visible it stays 0, and unknown stays unknown without a floor.
    """
    confidence = likelihood.confidence
    if confidence > 0.0 or (math.isnan(confidence) and reliability.floor > 0.0):
        unsure = reliability.doubt * (0.0 if math.isnan(confidence) else 1.0 - confidence)
        confidence = 1.0 - max(unsure, reliability.floor)
    return replace(
        likelihood, confidence=confidence,
        log_likelihood=likelihood.log_likelihood / np.float32(reliability.temperature))
