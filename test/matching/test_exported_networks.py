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

"""Exported networks say through their matchers what torch says about the same pixels."""

from dataclasses import replace
from functools import lru_cache
import math
import time

import numpy as np
import pytest
from synthetic_scene import panorama_camera, patterned_patch, rendered_frame

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.dense_matcher import DenseMatcher
from xview_loc.matching.ground_view import ground_view
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.onnx_session import OnnxSessions
from xview_loc.matching.satellite_tile import cut_tile
from xview_loc.matching.video_matcher import VideoMatcher

torch = pytest.importorskip('torch')
pytestmark = pytest.mark.slow

PATCH = patterned_patch(seed=3, height=500, width=560, metres_per_pixel=0.4)
CENTRE = PATCH.geometry.centre_x, PATCH.geometry.centre_y
PLACE = Pose2(CENTRE[0] + 3.2, CENTRE[1] - 1.7, 0.6)


@pytest.fixture(scope='module')
def exported(tmp_path_factory):
    """Return a function that gives the torch network of a family and its package."""
    from xview_loc.learning.export.untrained import untrained
    from xview_loc.learning.export.write_package import write_package
    torch.set_num_threads(1)

    @lru_cache
    def export(family):
        checkpoint = untrained(family, small=True)
        package = write_package(checkpoint, tmp_path_factory.mktemp('exported') / family,
                                f'untrained_{family}', trained=False)
        return checkpoint.network.eval(), package
    return export


def panorama():
    return FrameWindow((rendered_frame(PATCH, PLACE, panorama_camera()),))


def tile_of(package):
    """Return the tile in the middle of the patch, as a batch of one."""
    satellite = package.description.satellite
    geometry = PatchGeometry(
        *CENTRE, satellite.metres_per_pixel, satellite.size, satellite.size)
    return cut_tile(PATCH, geometry).image[None].copy(), geometry


def pixels_of(likelihood, tile, row, column):
    """Return the pixels of the tile that lie in a cell."""
    cell = likelihood.geometry
    x, y = cell.map_from_pixel(row + 0.5, column + 0.5)
    middle = tile.pixel_from_map(x, y)
    half = round(cell.metres_per_pixel / tile.metres_per_pixel) / 2
    return tuple(slice(round(float(place) - half), round(float(place) + half))
                 for place in middle)


def cell_means(likelihood, tile, plane):
    """Return the logarithm of the mean likelihood in every cell, cell by cell."""
    height, width = likelihood.geometry.shape
    return np.array([[np.log(np.exp(plane[pixels_of(likelihood, tile, row, column)]).mean())
                      for column in range(width)] for row in range(height)])


def assert_equal_but_for_a_constant(values, expected, tolerance):
    difference = values - expected
    assert np.ptp(expected) > 10.0 * tolerance
    assert np.ptp(difference) < tolerance


def test_cvml_through_the_matcher_is_that_of_torch(exported) -> None:
    network, package = exported('cvml')
    matcher = DenseMatcher(package, OnnxSessions(package, ('cpu',)))
    likelihood = matcher.match(panorama(), matcher.prepare(PATCH), SearchPrior(PLACE, 6.0, 1.0))
    image, tile = tile_of(package)
    views = ground_view(panorama(), package.description.ground).aligned(likelihood.yaws)
    with torch.no_grad():
        logits = network.match(network.ground(torch.from_numpy(views.images)),
                               *network.satellite(torch.from_numpy(image))).logits[:, 0].numpy()
    assert len(likelihood.yaws) == 3
    expected = np.stack([cell_means(likelihood, tile, plane.astype(float)) for plane in logits])
    assert_equal_but_for_a_constant(likelihood.log_likelihood, expected, 1e-3)


def test_ccvpe_through_the_matcher_is_that_of_torch(exported) -> None:
    network, package = exported('ccvpe')
    matcher = DenseMatcher(package, OnnxSessions(package, ('cpu',)))
    likelihood = matcher.match(panorama(), matcher.prepare(PATCH),
                               SearchPrior(PLACE, 6.0, math.pi))
    image, tile = tile_of(package)
    view = ground_view(panorama(), package.description.ground).image[None].copy()
    with torch.no_grad():
        scores = network(torch.from_numpy(image), torch.from_numpy(view))
    # Over all headings the density is one: what is left is the place.
    place = np.log(np.exp(likelihood.log_likelihood.astype(float)).sum(axis=0))
    expected = cell_means(likelihood, tile, scores.logits[0, 0].numpy().astype(float))
    assert_equal_but_for_a_constant(place, expected, 2e-3)
    # The field of VIGOR counts counterclockwise from north.
    best = likelihood.log_likelihood.argmax(axis=0)
    rows, columns = np.mgrid[0:best.shape[0]:6, 0:best.shape[1]:6]
    for row, column in zip(rows.ravel(), columns.ravel()):
        field = scores.field[(0, slice(None), *pixels_of(likelihood, tile, row, column))].numpy()
        cosine, sine = field.reshape(2, -1).mean(axis=1)
        yaw = math.atan2(sine, cosine) + 0.5 * math.pi
        found = likelihood.yaws[best[row, column]]
        assert abs(math.remainder(found - yaw, 2.0 * math.pi)) < math.radians(6.0)


def test_cvlnet_through_the_matcher_is_that_of_torch(exported) -> None:
    network, package = exported('cvlnet')
    mounting = panorama_camera().base_from_camera.copy()
    mounting[2, 3] = package.description.camera_height_m
    camera = MountedCamera(PinholeCamera(372.5, 372.5, 319.5, 179.5, 360, 640), mounting)
    poses = [PLACE @ Pose2(-2.5 * index, -0.1 * index, -0.05 * index) for index in range(4)]
    frames = [rendered_frame(PATCH, pose, camera, stamp=9.0 - 0.3 * index,
                             window_from_base=PLACE.inverse() @ pose)
              for index, pose in enumerate(poses)]
    matcher = VideoMatcher(package, OnnxSessions(package, ('cpu',)))
    likelihood = matcher.match(FrameWindow(tuple(frames)), matcher.prepare(PATCH),
                               SearchPrior(PLACE, 10.0, 0.2))
    image, tile = tile_of(package)
    views = [ground_view(FrameWindow((replace(frame, stamp=0.0),)), package.description.ground)
             for frame in frames]
    motion = np.array([[[pose.x - PLACE.x, pose.y - PLACE.y, pose.yaw] for pose in poses]],
                      np.float32)
    with torch.no_grad():
        scores = network(
            torch.from_numpy(image), torch.from_numpy(np.stack([view.image for view in views]))[
                None], torch.from_numpy(views[0].intrinsics)[None],
            torch.from_numpy(motion))[0, 0].numpy()
    cell = 16 * tile.metres_per_pixel
    apart = []
    # The places of the middle tile that lie well inside the search, between centres of cells.
    for north, east in ((0, 0), (1, 0), (0, -1), (-1, 1)):
        x, y = CENTRE[0] + east * cell, CENTRE[1] + north * cell
        value = likelihood.at(np.array([x]), np.array([y]), np.array([PLACE.yaw]))[0]
        middle = likelihood.at(*(np.array([part]) for part in (*CENTRE, PLACE.yaw)))[0]
        expected = 20.0 * (scores[3 - north, 3 + east] - scores[3, 3])
        # A peak of the lattice is cut where it lies between cells, half a metre of 5.3 away.
        assert value - middle == pytest.approx(expected, abs=0.1 * 20.0 * float(np.ptp(scores)))
        apart.append(abs(expected) / (20.0 * float(np.ptp(scores))))
    assert max(apart) > 0.3


def test_second_frame_on_a_patch_is_faster_with_cvml(exported) -> None:
    _, package = exported('cvml')
    matcher = DenseMatcher(package, OnnxSessions(package, ('cpu',)))
    window, prior = panorama(), SearchPrior(PLACE, 6.0, 0.1)
    matcher.match(window, matcher.prepare(PATCH), prior)
    first, second = [], []
    for _ in range(5):
        patch = SatellitePatch(PATCH.image, PATCH.geometry, PATCH.valid, PATCH.provenance)
        start = time.process_time()
        features = matcher.prepare(patch)
        matcher.match(window, features, prior)
        middle = time.process_time()
        matcher.match(window, features, prior)
        first.append(middle - start)
        second.append(time.process_time() - middle)
    assert min(first) > 1.5 * min(second)
