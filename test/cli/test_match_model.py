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

"""One image against one patch, with the networks of a package."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from synthetic_scene import OPTICAL_AXES, patterned_patch, rendered_frame
from tiny_packages import tiny_package

from xview_loc.cli.main import main
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pose2 import Pose2

EAST, NORTH, YAW = 4.0, -2.0, 0.6


@pytest.fixture
def images(tmp_path: Path) -> list[str]:
    """Return the options that name a panorama and the imagery around it."""
    patch = patterned_patch(seed=3)
    mounting = np.eye(4)
    mounting[:3, :3], mounting[2, 3] = OPTICAL_AXES, 2.0
    camera = MountedCamera(EquirectangularCamera(512, 1024), mounting)
    centre = patch.geometry
    frame = rendered_frame(
        patch, Pose2(centre.centre_x + EAST, centre.centre_y + NORTH, YAW), camera)
    for name, image in (('ground', frame.image), ('satellite', patch.image)):
        cv2.imwrite(str(tmp_path / f'{name}.png'), np.asarray(image)[..., ::-1])
    return ['--ground', str(tmp_path / 'ground.png'), '--projection', 'equirectangular',
            '--satellite', str(tmp_path / 'satellite.png'), '--mpp', '0.2', '--json',
            '--camera-height', '2', '--offset-range', '8',
            '--heading-prior', f'{90.0 - np.degrees(YAW):.1f}', '--heading-range', '20']


@pytest.mark.parametrize('family', ['cvml', 'ccvpe', 'safa', 'bev_net'])
def test_package_finds_the_place(
        images: list[str], family: str, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    folder = tiny_package(tmp_path / 'model', family).folder
    assert main(['match', *images, '--model', str(folder), '--allow-untrained']) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record['east_m'], record['north_m']) == pytest.approx((EAST, NORTH), abs=2.5)


def test_random_weights_need_permission(
        images: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tiny_package(tmp_path / 'model', 'cvml').folder
    assert main(['match', *images, '--model', str(folder)]) == 2
    told = capsys.readouterr().err
    assert 'untrained_cvml has random weights' in told
    assert len(told.splitlines()) == 1


def test_unknown_model_says_which_there_are(
        images: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['match', *images, '--model', 'telepathy']) == 2
    assert "no matcher 'telepathy'; give the folder of a model package or one of bev" in (
        capsys.readouterr().err)


def test_imagery_much_coarser_than_the_tiles_is_refused(
        images: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tiny_package(tmp_path / 'model', 'cvml', metres_per_pixel=0.09).folder
    assert main(['match', *images, '--model', str(folder), '--allow-untrained']) == 2
    assert 'The imagery has 0.2 m per pixel' in capsys.readouterr().err
