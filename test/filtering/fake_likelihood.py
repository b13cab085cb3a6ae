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

"""Likelihood volumes with a known peak."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.pose_likelihood import PoseLikelihood

FULL_CIRCLE = np.radians(np.arange(-180.0, 180.0, 3.0))


def likelihood_around(stamp, centre, peak, yaws=FULL_CIRCLE, radius_m=12.0, flat=False):
    """Return a volume with one peak of 0.35 m and 2 deg on a floor of 20 below."""
    cells = 2 * round(radius_m / 0.5) + 1
    geometry = PatchGeometry(centre.x, centre.y, 0.5, cells, cells)
    x, y = geometry.cell_centres()
    square = ((x - peak.x) ** 2 + (y - peak.y) ** 2) / 0.35 ** 2
    turn = (np.angle(np.exp(1j * (yaws - peak.yaw))) / math.radians(2.0)) ** 2
    log_likelihood = np.maximum(-0.5 * (square[None] + turn[:, None, None]), -20.0)
    return PoseLikelihood(
        (0.0 if flat else 1.0) * log_likelihood.astype(np.float32), geometry, yaws, stamp)
