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

"""A patterned place, a panorama that was taken there, and matchers that look for it."""

import math

from counting_sessions import CountingSessions
import numpy as np
from synthetic_scene import patterned_patch
from tiny_packages import tiny_package

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.descriptor_filling import FillBudget
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.retrieval_matcher import RetrievalMatcher

PATCH = patterned_patch(seed=3)
# On the grid of 2 m, heading 67.5 degrees: three of the sixteen bins east of north.
TRUTH = Pose2(104.0, -38.0, math.radians(22.5))
EVERYTHING = FillBudget(60.0, 60.0)


def matcher_of(tmp_path, family='safa', budget=EVERYTHING, **options):
    """Return a matcher of a small package, and its sessions."""
    package = tiny_package(tmp_path / 'package', family, **options)
    sessions = CountingSessions(package)
    return RetrievalMatcher(package, sessions, budget=budget), sessions


def at(pose: Pose2, radius=8.0, yaw_range=math.pi) -> SearchPrior:
    """Return a search of all headings around a pose, unless told otherwise."""
    return SearchPrior(pose, radius, yaw_range)


def part(x, y, side=80.0) -> SatellitePatch:
    """Return a square of the patterned ground."""
    pixels = round(side / 0.2)
    row, column = PATCH.geometry.pixel_from_map(x, y)
    top, left = round(float(row)) - pixels // 2, round(float(column)) - pixels // 2
    centre = PATCH.geometry.map_from_pixel(top + pixels / 2, left + pixels / 2)
    square = np.s_[top:top + pixels, left:left + pixels]
    return SatellitePatch(
        PATCH.image[square], PatchGeometry(*map(float, centre), 0.2, pixels, pixels),
        PATCH.valid[square], PATCH.provenance)
