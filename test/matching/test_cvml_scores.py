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

"""CVML: headings are tried by turning panoramas."""

import math

from bright_world import bright_patch, CENTRE, looking, matched, near, NORTH
import numpy as np
from plain_sessions import BrightPlaces, described, NorthInTheMiddle
import pytest

from xview_loc.errors import ModelPackageError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.matching.dense_matcher import DenseMatcher
from xview_loc.matching.model_records import Calibration, GroundInput


# A landmark due north is ahead of a vehicle that faces north and left of one that faces east.
@pytest.mark.parametrize('yaw_deg', [90.0, 0.0, 180.0, -135.0])
@pytest.mark.parametrize('yaw_range', [math.pi, 1.0])
def test_heading_is_found_by_turning_the_panorama(yaw_deg, yaw_range) -> None:
    window = looking(90.0 - yaw_deg)
    prior = near(*CENTRE, math.radians(yaw_deg) + 0.3 * (yaw_range < 3.0), 4.0, yaw_range)
    sessions = NorthInTheMiddle()
    likelihood = matched(sessions, bright_patch(CENTRE), prior, window)
    found = likelihood.peak().yaw
    assert abs(wrap_angle(found - math.radians(yaw_deg))) < math.radians(12.0)
    assert likelihood.is_full_circle == (yaw_range > 3.0)
    assert np.ptp(np.diff(likelihood.yaws)) < 1e-9
    assert sessions.runs['ground'] == 1
    # One softmax over all headings: all mass together is one, not one a heading.
    mass = np.exp(likelihood.log_likelihood.astype(float))
    assert mass.sum() == pytest.approx(1.0, rel=1e-4)
    assert mass.sum(axis=(1, 2)).max() > 3.0 * np.median(mass.sum(axis=(1, 2)))


@pytest.mark.parametrize('yaw_deg', [90.0, 0.0])
def test_a_forward_camera_is_laid_on_a_black_panorama_at_every_heading(yaw_deg) -> None:
    camera = PinholeCamera(220.0, 220.0, 159.5, 79.5, 160, 320)
    # The landmark is 20 degrees right of ahead: north of a vehicle that heads 20 degrees west.
    window = looking(-20.0, camera)
    prior = near(*CENTRE, math.radians(yaw_deg), 4.0, math.pi)
    likelihood = matched(NorthInTheMiddle(), bright_patch(CENTRE), prior, window)
    assert likelihood.peak().yaw == pytest.approx(math.radians(110.0), abs=math.radians(12.0))


def test_temperature_divides_the_logits() -> None:
    patch, prior = bright_patch(CENTRE), near(*CENTRE)
    ranges = []
    for temperature in (1.0, 2.0):
        package = described('cvml', calibration=Calibration(temperature))
        volume = matched(BrightPlaces(), patch, prior, package=package).log_likelihood
        ranges.append(volume[0, 12, 12] - volume[0, 0, 0])
    assert ranges[0] == pytest.approx(2.0 * ranges[1], rel=1e-3) and ranges[1] > 5.0


def test_a_network_trained_for_any_heading_takes_the_view_as_it_is() -> None:
    package = described('cvml', kind='invariant', ground=GroundInput('pinhole', (32, 64), 70.0))
    camera = PinholeCamera(220.0, 220.0, 159.5, 79.5, 160, 320)
    sessions = BrightPlaces()
    likelihood = matched(sessions, bright_patch(CENTRE), near(*CENTRE, 0.7, yaw_range=math.pi),
                         looking(5.0, camera), package)
    assert sessions.images.shape == (1, 32, 64, 3)
    assert likelihood.yaws.tolist() == [0.7]
    # Mounted ahead of base_link, the camera is elsewhere for each yaw.
    turned = matched(sessions, bright_patch(CENTRE), near(*CENTRE, 0.0, yaw_range=math.pi),
                     looking(5.0, camera, x=2.0), package)
    assert turned.is_full_circle
    for east, north, yaw in ((-2.0, 0.0, 0.0), (0.0, -2.0, NORTH), (2.0, 0.0, math.pi)):
        assert turned.at(np.array([CENTRE[0] + east]), np.array([CENTRE[1] + north]),
                         np.array([yaw]))[0] == pytest.approx(
                             turned.log_likelihood.max(), abs=2.0)


def test_images_that_cannot_be_turned_are_refused() -> None:
    with pytest.raises(ModelPackageError, match='only equirectangular images can be turned'):
        DenseMatcher(described('cvml', ground=GroundInput('pinhole', (32, 64), 70.0)),
                     BrightPlaces())
