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

"""A patterned ground and a level camera over it, for tests of the matchers."""

import math

import cv2
import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch

CAMERA_HEIGHT = 2.0
OPTICAL_AXES = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])


def patterned_patch(seed=0, height=600, width=800, metres_per_pixel=0.2) -> SatellitePatch:
    """Return coloured blobs and stripes; not square on purpose, its centre not at the origin."""
    random = np.random.default_rng(seed)
    image = np.full((height, width, 3), 90, np.uint8)
    for _ in range(220):
        centre = (int(random.integers(width)), int(random.integers(height)))
        colour = tuple(int(value) for value in random.integers(40, 220, 3))
        axes = (int(random.integers(5, 40)), int(random.integers(3, 15)))
        cv2.ellipse(image, centre, axes, float(random.uniform(0, 180)), 0, 360, colour, -1)
    geometry = PatchGeometry(100.0, -40.0, metres_per_pixel, height, width)
    return SatellitePatch(image, geometry, np.ones((height, width), bool), Provenance('pattern'))


def panorama_camera(offset_xy=(0.0, 0.0)) -> MountedCamera:
    """Return a full panorama that looks along the vehicle."""
    pose = np.eye(4)
    pose[:3, :3] = OPTICAL_AXES
    pose[:3, 3] = (*offset_xy, CAMERA_HEIGHT)
    return MountedCamera(EquirectangularCamera(256, 1024), pose)


def rendered_frame(patch: SatellitePatch, pose: Pose2, camera: MountedCamera,
                   stamp=0.0, window_from_base=Pose2(0.0, 0.0, 0.0)) -> Frame:
    """Render what a level camera at a pose sees of the flat ground."""
    height, width = camera.model.shape
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(float)
    rays = camera.model.rays(pixels) @ camera.base_from_camera[:3, :3].T
    down = np.minimum(rays[..., 2], -1e-3)
    reach = -camera.base_from_camera[2, 3] / down
    points = camera.base_from_camera[:2, 3] + rays[..., :2] * reach[..., None]
    world = pose.transform(points)
    row, column = patch.geometry.pixel_from_map(world[..., 0], world[..., 1])
    image = cv2.remap(patch.image, (column - 0.5).astype(np.float32),
                      (row - 0.5).astype(np.float32), cv2.INTER_LINEAR)
    image[rays[..., 2] > -0.02] = 128
    return Frame(image, stamp, camera, window_from_base=window_from_base)


def panorama_window(patch, pose, offset_xy=(0.0, 0.0)) -> FrameWindow:
    """Return a window with one rendered panorama."""
    return FrameWindow((rendered_frame(patch, pose, panorama_camera(offset_xy)),))


TRUTH = Pose2(108.3, -35.6, math.radians(37.0))
