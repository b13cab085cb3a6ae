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

"""A short drive with a panorama camera through the small world, as a bag, for live replays."""

from pathlib import Path

import cv2
import numpy as np
import small_world
import yaml

from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.ros.conversions import pose2_from_pose

T0 = 1000.0
PARAMETERS = {
    '/**': {'map_origin': list(small_world.DATUM)},
    '/**/image_batcher': {
        'image_transport': 'compressed', 'camera.projection': 'equirectangular',
        'camera.z': small_world.CAMERA_HEIGHT, 'match_rate': 5.0},
    # imagery that is named on the command line wins
    '/**/tile_manager': {'display.radius': 0.0, 'imagery': 'elsewhere.mbtiles'},
    '/**/particle_filter': {'particle_count.minimum': 300, 'particle_count.maximum': 2000,
                            'gnss.offset_std': 2.0}}


def write_panorama_bag(path: Path, seconds: float) -> Path:
    """Write odometry (20 Hz), fixes (5 Hz) and panoramas (2.5 Hz)."""
    with BagWriter(path) as writer:
        for step in range(round(seconds * 20)):
            stamp = T0 + 0.05 * step
            truth = small_world.truth_at(stamp, T0)
            odometry = small_world.odometry(truth, stamp)
            writer.write_odometry('/odometry/filtered', stamp,
                                  pose2_from_pose(odometry.pose.pose))
            if step % 4 == 0:
                fix = small_world.fix(Pose2(truth.x + 1.5, truth.y - 1.0, 0.0), stamp)
                writer.write_fix('/fix', stamp, fix.latitude, fix.longitude, fix.altitude,
                                 covariance=np.ones(3))
            if step % 8 == 1:
                image = small_world.panorama(truth)
                data = cv2.imencode('.jpg', image[..., ::-1])[1].tobytes()
                writer.write_compressed_image('/image/compressed', stamp, data, 'camera')
    return path


def write_parameters(path: Path) -> Path:
    """Write the parameters of the nodes."""
    path.write_text(yaml.safe_dump(
        {node: {'ros__parameters': values} for node, values in PARAMETERS.items()}))
    return path
