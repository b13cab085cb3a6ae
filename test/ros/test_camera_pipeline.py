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


"""Two pinhole cameras are matched through the nodes, also while one of them is silent."""

import math

import numpy as np
import pytest
from ros_bench import overrides
from sensor_msgs.msg import CameraInfo, PointCloud2
import small_world
from synthetic_scene import rendered_frame

from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.ros.handover import Handover
from xview_loc.ros.heatmap_conversion import likelihood_from_heatmap
from xview_loc.ros.image_batcher import ImageBatcher
from xview_loc.ros.matcher_node import MatcherNode
from xview_loc.ros.qos import HEATMAP
from xview_loc.ros.stamps import seconds
from xview_loc.ros.tile_manager import TileManager

pytestmark = pytest.mark.ros
T0 = 500.0
MODEL = PinholeCamera(200.0, 200.0, 199.5, 119.5, 240, 400)
MOUNTINGS = {'front': {'x': 1.5, 'z': 1.8, 'pitch': 0.25},
             'rear': {'x': -1.2, 'z': 1.6, 'pitch': 0.3, 'yaw': math.pi}}


def view(name, pose):
    """Return what a camera sees of the small world."""
    place = {'y': 0.0, **MOUNTINGS[name]}
    camera = MountedCamera(MODEL, camera_mounting(**place))
    return rendered_frame(small_world.world(), pose, camera).image


class Perception:
    """Batcher, tile manager and matcher of a vehicle with two cameras, and what they hear."""

    def __init__(self, bench, tiles):
        self.bench = bench
        self.step = 0
        self.views = {name: view(name, small_world.START) for name in MOUNTINGS}
        self.heatmaps = bench.collect(PointCloud2, 'heatmap', HEATMAP)
        handover = Handover()
        self.tiles = bench.add(TileManager(handover, parameter_overrides=overrides(
            imagery=str(tiles), display__radius=0.0, map_origin=list(small_world.DATUM))))
        self.matcher = bench.add(MatcherNode(handover))
        mountings = {f'{name}.camera.{key}': value
                     for name, mounting in MOUNTINGS.items() for key, value in mounting.items()}
        self.batcher = bench.add(ImageBatcher(handover, parameter_overrides=overrides(
            cameras=list(MOUNTINGS), match_rate=5.0, **mountings)))
        for name in MOUNTINGS:
            info = CameraInfo(width=400, height=240, distortion_model='plumb_bob')
            info.d = [0.0] * 5
            info.k = np.array([200.0, 0.0, 199.5, 0.0, 200.0, 119.5, 0.0, 0.0, 1.0])
            bench.publish(f'{name}/camera_info', info)
        bench.until(lambda: set(MOUNTINGS) <= set(self.batcher.calibrated_cameras), 'calibrated')

    def look(self, *cameras):
        """Let some cameras see the world from the start and return the stamp."""
        stamp = T0 + 0.2 * self.step
        self.step += 1
        self.bench.publish('search_prior', small_world.pose(small_world.START, stamp))
        self.bench.publish('odometry/filtered', small_world.odometry(small_world.START, stamp))
        for name in cameras:
            self.bench.publish(
                f'{name}/image', small_world.raw_image(self.views[name], stamp))
        return stamp

    def begin(self):
        """Let both cameras look until a heatmap comes: the first windows only read the patch."""
        def look_again():
            if self.batcher.images_seen == 2 * self.step:
                self.look('front', 'rear')
        self.bench.until(lambda: self.heatmaps, 'a heatmap', meanwhile=look_again)

    def match(self, *cameras):
        """Return how far off the best cell is, and how much of the ground decided."""
        stamp = self.look(*cameras)
        self.bench.until(lambda: self.heatmaps and seconds(
            self.heatmaps[-1].header.stamp) == pytest.approx(stamp), f'a heatmap from {cameras}')
        likelihood = likelihood_from_heatmap(self.heatmaps[-1])
        contrast = np.nanmax(likelihood.log_likelihood) - np.nanmedian(likelihood.log_likelihood)
        return likelihood.peak().distance_to(small_world.START), contrast


def test_matching_goes_on_with_the_camera_that_is_left(bench, tiles):
    perception = Perception(bench, tiles)
    perception.begin()
    off, contrast_of_both = perception.match('front', 'rear')
    assert off < 0.6
    for camera in ('front', 'rear'):
        for _ in range(5):
            off, contrast = perception.match(camera)
            assert off < 0.6
            assert contrast < contrast_of_both
    assert perception.match('front', 'rear')[1] == pytest.approx(contrast_of_both, rel=0.05)
