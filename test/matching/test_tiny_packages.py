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

"""The small packages of the tests find poses, so that a matcher which does not is wrong."""

import math
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from synthetic_scene import OPTICAL_AXES, patterned_patch, rendered_frame
from tiny_packages import tiny_package

from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.model_description import RETRIEVAL_FAMILIES
from xview_loc.matching.model_package import ModelPackage

NORTH = math.pi / 2.0
TILE_CENTRE = (97.0, -43.0)
OFFSET_EN = (5.0, -4.0)


def run(package: ModelPackage, graph: str, **inputs: np.ndarray) -> dict[str, np.ndarray]:
    """Run a graph on the CPU."""
    session = onnxruntime.InferenceSession(
        str(package.graph_path(graph)), providers=['CPUExecutionProvider'])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs)))


def tile(patch, east=0.0, north=0.0) -> np.ndarray:
    """Return a tile of 64 px at 0.5 m around a place relative to the tile centre."""
    axis = (np.arange(64) + 0.5 - 32.0) * 0.5
    x, y = np.meshgrid(TILE_CENTRE[0] + east + axis, TILE_CENTRE[1] + north - axis)
    row, column = patch.geometry.pixel_from_map(x, y)
    smooth = cv2.blur(np.asarray(patch.image), (3, 3))
    return cv2.remap(smooth, (column - 0.5).astype(np.float32), (row - 0.5).astype(np.float32),
                     cv2.INTER_LINEAR)[None]


def mounting() -> np.ndarray:
    """Return a level camera 2 m above the ground that looks ahead."""
    pose = np.eye(4)
    pose[:3, :3] = OPTICAL_AXES
    pose[2, 3] = 2.0
    return pose


def panorama(patch, yaw: float) -> np.ndarray:
    """Return the network's view from the true place, of a camera that looks along ``yaw``."""
    pose = Pose2(TILE_CENTRE[0] + OFFSET_EN[0], TILE_CENTRE[1] + OFFSET_EN[1], yaw)
    camera = MountedCamera(EquirectangularCamera(512, 1024), mounting())
    image = rendered_frame(patch, pose, camera).image
    rows = slice(round(512 * 60 / 180), round(512 * 150 / 180))
    return cv2.resize(image[rows], (256, 64), interpolation=cv2.INTER_AREA)[None]


def place(scores: np.ndarray) -> tuple[float, float]:
    """Return east and north of the best pixel from the middle of the tile [m]."""
    row, column = np.unravel_index(np.argmax(scores), scores.shape)
    return (column + 0.5 - 32.0) * 0.5, (32.0 - row - 0.5) * 0.5


def test_cvml_peaks_at_the_camera(tmp_path: Path) -> None:
    patch, package = patterned_patch(seed=3), tiny_package(tmp_path / 'a', 'cvml')
    features = run(package, 'satellite', images=tile(patch))
    ground = run(package, 'ground', images=panorama(patch, NORTH))['descriptors']
    scores = run(package, 'match', ground=ground, **features)
    assert place(scores['logits'][0, 0]) == pytest.approx(OFFSET_EN, abs=2.0)


@pytest.mark.parametrize('sense', ['clockwise', 'counterclockwise'])
def test_ccvpe_finds_place_and_heading(tmp_path: Path, sense: str) -> None:
    patch = patterned_patch(seed=3)
    package = tiny_package(tmp_path / 'a', 'ccvpe', ring_angle=sense)
    features = run(package, 'satellite', images=tile(patch))
    heading = math.radians(67.5)
    arcs = run(package, 'ground', images=panorama(patch, NORTH - heading))
    scores = run(package, 'match', **arcs, **features)
    assert place(scores['logits'][0, 0]) == pytest.approx(OFFSET_EN, abs=2.0)
    best = np.unravel_index(np.argmax(scores['logits'][0, 0]), (64, 64))
    cosine, sine = scores['field'][0, :, best[0], best[1]]
    sign = 1.0 if sense == 'clockwise' else -1.0
    assert math.atan2(sine, cosine) == pytest.approx(sign * heading, abs=math.radians(15.0))
    assert scores['matches'].max(axis=(2, 3)).argmax() == 3


@pytest.mark.parametrize('family', RETRIEVAL_FAMILIES)
def test_retrieval_prefers_the_tile_around_the_camera(tmp_path: Path, family: str) -> None:
    patch, package = patterned_patch(seed=3), tiny_package(tmp_path / 'a', family)
    places = [OFFSET_EN, (0.0, 0.0), (-6.0, 3.0), (8.0, 8.0), (5.0, 5.0)]
    tiles = np.concatenate([tile(patch, *each) for each in places])
    known = run(package, 'satellite', images=tiles)['descriptors']
    yaw = 0.4 if family == 'oricnn' else NORTH
    inputs = {'images': panorama(patch, yaw)}
    if family == 'oricnn':
        inputs['heading'] = np.array([NORTH - yaw], np.float32)
    query = run(package, 'ground', **inputs)['descriptors']
    assert np.linalg.norm(known, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert (known @ query[0]).argmax() == 0


def test_cvlnet_finds_the_displacement(tmp_path: Path) -> None:
    patch, package = patterned_patch(seed=3), tiny_package(tmp_path / 'a', 'cvlnet')
    camera = MountedCamera(PinholeCamera(64.0, 64.0, 63.5, 31.5, 64, 128), mounting())
    yaw = 0.3
    newest = Pose2(TILE_CENTRE[0] + 4.0, TILE_CENTRE[1] - 2.0, yaw)
    motion = np.array([[-3.0 * k * math.cos(yaw), -3.0 * k * math.sin(yaw), yaw]
                       for k in range(4)])
    images = np.stack([rendered_frame(
        patch, Pose2(newest.x + east, newest.y + north, yaw), camera).image
        for east, north, _ in motion])
    frames = run(package, 'ground', images=images)['features'][None]
    fused = run(package, 'fuse', features=frames, motion=motion[None].astype(np.float32),
                intrinsics=np.array([[64.0, 64.0, 63.5, 31.5]], np.float32))['map']
    scores = run(package, 'match', map=fused, **run(package, 'satellite', images=tile(patch)))
    row, column = np.unravel_index(scores['scores'][0, 0].argmax(), (7, 7))
    assert ((column - 3) * 2.0, (3 - row) * 2.0) == (4.0, -2.0)
