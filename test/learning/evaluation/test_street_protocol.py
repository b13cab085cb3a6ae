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

"""Hits, crops and crossed pairs are counted as they are defined."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.evaluation.street_protocol import street_cases, street_figures
from xview_loc.matching.pose_likelihood import PoseLikelihood

FAMILIES = ('cvusa', 'cvusa', 'cvusa', 'cvact')


class Pairs:
    """Panoramas whose colour names the pair; the second is a mismatch."""

    families, usable = FAMILIES, np.array([True, False, True, True])

    def __len__(self) -> int:
        return 4

    def sample(self, index: int) -> CrossViewSample:
        camera = MountedCamera(EquirectangularCamera(16, 64), camera_mounting(0.0, 0.0, 2.0))
        return CrossViewSample(
            str(index), np.full((16, 64, 3), 10 + index, np.uint8),
            np.full((8, 8, 3), 10 + index, np.uint8), 0.25, heading=0.0, camera=camera)


class Knowing:
    """Answers with a yaw, and is confident where the colours of view and tile agree."""

    def __init__(self, yaw: float):
        self.yaw = yaw

    def prepare(self, patch):
        return SimpleNamespace(colour=int(patch.image[0, 0, 0]))

    def match(self, window, features, prior):
        colour = int(window.newest.image[0, 0, 0])
        yaws = np.radians(np.arange(-180.0, 180.0, 3.0))
        volume = np.zeros((120, 3, 3), np.float32)
        if colour == 0:
            volume[:] = np.nan
        volume[np.abs(np.angle(np.exp(1j * (yaws - self.yaw)))).argmin()] += 40.0
        return PoseLikelihood(volume, PatchGeometry(0.0, 0.0, 0.5, 3, 3), yaws, 0.0, 0.5,
                              0.9 if colour == features.colour else 0.1, 'knowing')


def test_a_matcher_that_says_north_is_right_on_panoramas_and_a_quarter_of_the_crops() -> None:
    figures = street_figures(lambda metres: Knowing(math.pi / 2), Pairs())  # type: ignore
    assert (figures['cvusa_hits'], figures['cvact_hits']) == (3, 1)
    assert figures['nll'] == pytest.approx(0.0, abs=1e-6)
    assert figures['crop<10deg'] == 0.25
    assert figures['auroc_360'] == figures['auroc_10'] == 1.0


def test_a_matcher_that_says_south_is_wrong_everywhere() -> None:
    figures = street_figures(lambda metres: Knowing(-math.pi / 2), Pairs())  # type: ignore
    assert (figures['cvusa_hits'], figures['cvact_hits'], figures['crop<10deg']) == (0, 0, 0.25)
    assert figures['nll'] > 15.0


def test_covered_lenses_know_nothing() -> None:
    figures = street_figures(
        lambda metres: Knowing(math.pi / 2), Pairs(), black=True)  # type: ignore
    assert figures['nll'] == pytest.approx(-math.log(7 / 120))
    assert figures['crop_nll'] == pytest.approx(-math.log(7 / 120), abs=0.03)
    assert figures['auroc_360'] == figures['auroc_10'] == 0.5


def test_crops_are_of_usable_pairs_and_look_in_four_directions() -> None:
    crops = street_cases(Pairs(), crops=True)  # type: ignore[arg-type]
    assert len(crops) == 12
    yaws = sorted({round(math.degrees(case.truth.yaw)) for case in crops})
    assert yaws == [0, 90, 180, 270]
    assert crops[0].window.newest.image.shape == (16, 16, 3)
