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

"""The default matcher finds its place in the simulated town from single frames."""

import math

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.plain_image import PlainImage
from xview_loc.matching.load_matcher import load_matcher
from xview_loc.matching.matcher import SearchPrior
from xview_loc.simulation.appearance import drive_day, photo_day
from xview_loc.simulation.camera_renderer import CameraRenderer
from xview_loc.simulation.camera_sensor import CameraSensor
from xview_loc.simulation.orthophoto import render_orthophoto
from xview_loc.simulation.scenario import local_frame
from xview_loc.simulation.write_scenario import make_world

SEARCH_M = 8.0


def test_most_single_frames_match_the_photograph_of_another_day_at_the_true_pose():
    world = make_world('urban', 1)
    image, place = render_orthophoto(world.city, photo_day())
    source = PlainImage(image, place)
    matcher = load_matcher('bev', 0.2)
    camera = world.scenario.mounted_camera
    renderer = CameraRenderer(world.city, drive_day(), camera)
    rng = np.random.default_rng(0)
    sensor = CameraSensor(camera.model.shape, 10.0, world.scenario.sensor, rng)
    size = int(2.0 * (SEARCH_M + matcher.view_radius_m + 5.0) / matcher.metres_per_pixel)
    errors, turns = [], []
    for index in range(0, len(world.drive), 300):
        truth = world.drive.pose_at(index)
        roll, pitch = float(world.drive.roll[index]), float(world.drive.pitch[index])
        picture = sensor.expose(renderer.render(truth, roll, pitch).image)
        prior = Pose2(truth.x + rng.normal(0.0, 2.0), truth.y + rng.normal(0.0, 2.0),
                      truth.yaw + rng.normal(0.0, 0.05))
        patch = source.read_patch(
            PatchGeometry(prior.x, prior.y, matcher.metres_per_pixel, size, size), local_frame())
        window = FrameWindow((Frame(picture, 0.01 * index, camera, roll, pitch),))
        found = matcher.match(window, matcher.prepare(patch),
                              SearchPrior(prior, SEARCH_M, math.radians(10.0))).peak()
        errors.append(found.distance_to(truth))
        turns.append(abs(float(wrap_angle(found.yaw - truth.yaw))))
    assert np.median(errors) < 0.3
    assert np.mean(np.array(errors) < 1.0) > 0.6
    assert math.degrees(np.median(turns)) < 1.0
