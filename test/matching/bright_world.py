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

"""A patch with bright places, a view with one bright thing, and a match of the two."""

import math

from landmark_world import bearing, landmark_frame
import numpy as np
from plain_sessions import described

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.matching.dense_matcher import DenseMatcher
from xview_loc.matching.matcher import SearchPrior

NORTH = 0.5 * math.pi
CENTRE = (40.0, -70.0)


def bright_patch(*places, metres_per_pixel=0.5, height=180, width=240):
    """Return a patch, not square, that is bright around places."""
    geometry = PatchGeometry(*CENTRE, metres_per_pixel, height, width)
    x, y = geometry.cell_centres()
    bright = sum(np.exp(-0.5 * (np.square(x - east) + np.square(y - north)) / 1.0 ** 2)
                 for east, north in places)
    image = np.rint(20.0 + 200.0 * np.clip(bright, 0.0, 1.0)).astype(np.uint8)
    return SatellitePatch(image[..., None].repeat(3, axis=-1), geometry,
                          np.ones((height, width), bool), Provenance('bright'))


def looking(left_deg=0.0, model=EquirectangularCamera(160, 320), **options):
    """Return a window that sees a landmark so far left of ahead."""
    return FrameWindow((landmark_frame(model, bearing(left_deg), width_deg=8.0, **options),))


def matched(sessions, patch, prior, window=None, package=None):
    matcher = DenseMatcher(package or described('cvml'), sessions)
    return matcher.match(window or looking(), matcher.prepare(patch), prior)


def near(x, y, yaw=NORTH, radius=6.0, yaw_range=0.1):
    return SearchPrior(Pose2(x, y, yaw), radius, yaw_range)
