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

"""
What a bag made of a KITTI drive loses against the drive itself: nothing that can be measured.

``pytest test/accuracy -s`` prints the figures.
"""

import math

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.cli.bag_drive import read_drive
from xview_loc.cli.bag_parameters import bag_parameters
from xview_loc.cli.calibration_drive import mounting_of
from xview_loc.cli.drive_images import read_drive_images
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.modes import find_modes
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.bag_topics import choose_topics
from xview_loc.recordings.kitti_fixture import (
    kitti_evaluation_frames, load_kitti_raw, read_mosaic)
from xview_loc.recordings.kitti_raw import KittiBagOptions, write_kitti_bag

EVERY = 4


def frames_of_bag(bag):
    """Return frames with their true poses as the nodes would see them, and the map."""
    with BagReader(bag) as reader:
        topics = choose_topics(reader)
        parameters = bag_parameters(reader, topics)
        frame = LocalFrame(*parameters['map_origin'])
        truth = read_drive(reader, topics, frame).truth
        sightings = read_drive_images(
            reader, topics, parameters['camera'], truth, len(truth.stamps), 3.0).sightings(0.0)
    mounting = mounting_of(parameters)
    return frame, [
        (Frame(seen.image, 0.0, mounting.moved(seen.model, 0.0, 0.0), seen.roll, seen.pitch),
         seen.prior) for seen in sightings]


def errors(frames, patch):
    """Return position errors of single-frame matches from priors 1.5 m off [m]."""
    matcher = BevMatcher(BevConfig.for_resolution(0.1))
    features = matcher.prepare(patch)
    found = []
    for frame, truth in frames:
        prior = SearchPrior(
            Pose2(truth.x + 1.0, truth.y - 1.1, truth.yaw + 0.03), 4.0, math.radians(6.0))
        mode = find_modes(matcher.match(FrameWindow((frame,)), features, prior))[0]
        found.append(mode.pose.distance_to(truth))
    return np.array(found)


def test_bag_and_folder_give_the_same_pose_errors(shared_data, tmp_path):
    """Camera, mounting, attitude, truth and imagery survive the way through a bag within 1 cm."""
    folder = shared_data / 'kitti_raw_0001'
    write_kitti_bag(folder, tmp_path / 'bag', KittiBagOptions(frames='odd'))
    read_mosaic(folder).write_geotiff(tmp_path / 'mosaic.tif')
    frame, from_bag = frames_of_bag(tmp_path / 'bag')
    direct = kitti_evaluation_frames(load_kitti_raw(folder, frames='odd'))
    taken = [min(direct, key=lambda item, pose=pose: item[1].distance_to(pose))
             for _, pose in from_bag]
    imagery = open_imagery(tmp_path / 'mosaic.tif')
    centre = from_bag[len(from_bag) // 2][1]
    patch = imagery.read_patch(PatchGeometry(centre.x, centre.y, 0.1, 1400, 1800), frame)
    bag_errors = errors(from_bag[::EVERY], patch)
    folder_errors = errors(
        taken[::EVERY], read_mosaic(folder).patch(load_kitti_raw(folder).local_frame))
    imagery.close()
    print(f'{len(bag_errors)} frames: median {np.median(bag_errors):.4f} m from the bag, '
          f'{np.median(folder_errors):.4f} m from the folder')
    assert len(bag_errors) >= 7
    assert abs(np.median(bag_errors) - np.median(folder_errors)) < 0.01
