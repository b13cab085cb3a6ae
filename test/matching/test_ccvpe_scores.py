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

"""CCVPE: location and heading together, in the network's own sense of turning."""

import math

from bright_world import bright_patch, CENTRE, looking, matched, near, NORTH
import numpy as np
from plain_sessions import BrightPlaces, described, KnownHeading
import pytest

from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.matching.ccvpe_scores import CcvpeScores
from xview_loc.matching.model_records import Calibration, GroundInput, RingLayout

HEADING = math.radians(60.0)


# The heading is 60 degrees clockwise from north: yaw 30 degrees.
@pytest.mark.parametrize(('ring', 'angle', 'best'), [
    (RingLayout('clockwise', bins='with_angle'), HEADING, 3),
    (RingLayout('clockwise', bins='against_angle'), HEADING, 13),
    (RingLayout('counterclockwise', bins='against_angle'), -HEADING, 3),
    (RingLayout('counterclockwise', bins='with_angle'), -HEADING, 13)])
@pytest.mark.parametrize('share', [0.0, 1.0])
def test_ccvpe_heading_is_read_in_its_own_sense(ring, angle, best, share) -> None:
    package = described('ccvpe', kind='joint', ring=ring,
                        calibration=Calibration(bin_share=share))
    likelihood = matched(KnownHeading(angle, best), bright_patch(CENTRE),
                         near(*CENTRE, 1.0, yaw_range=math.pi), package=package)
    peak = likelihood.peak()
    expected = math.radians(30.0 if share == 0.0 else 90.0 - 3 * 22.5)
    assert abs(wrap_angle(peak.yaw - expected)) <= math.radians(5.7)
    assert (peak.x, peak.y) == pytest.approx(CENTRE, abs=0.5)


def test_ccvpe_keeps_the_heading_that_only_the_bins_name() -> None:
    ring = RingLayout('clockwise', bins='with_angle')
    volumes = []
    for share in (0.2, 0.0):
        package = described('ccvpe', kind='joint', ring=ring,
                            calibration=Calibration(bin_share=share))
        likelihood = matched(KnownHeading(0.0, 8), bright_patch(CENTRE),
                             near(*CENTRE, NORTH, yaw_range=math.pi), package=package)
        x, y = (np.full(2, value) for value in CENTRE)
        volumes.append(np.diff(likelihood.at(x, y, np.array([NORTH, -NORTH])))[0])
    assert -4.0 < volumes[0] < -1.0 and volumes[1] < -40.0


def test_ccvpe_of_a_side_camera_is_turned_back_to_the_vehicle() -> None:
    package = described('ccvpe', kind='joint', ground=GroundInput('pinhole', (32, 64), 70.0),
                        ring=RingLayout('clockwise'))
    camera = PinholeCamera(220.0, 220.0, 159.5, 79.5, 160, 320)
    window = looking(90.0, camera, yaw=NORTH, x=0.0, y=1.0)
    likelihood = matched(KnownHeading(0.0, 0), bright_patch(CENTRE),
                         near(*CENTRE, 0.3, yaw_range=math.pi), window, package)
    peak = likelihood.peak()
    # The camera on the left side looks north: the vehicle faces east, a metre south of it.
    assert abs(wrap_angle(peak.yaw)) <= math.radians(6.0)
    assert (peak.x, peak.y) == pytest.approx((CENTRE[0], CENTRE[1] - 1.0), abs=0.5)


@pytest.mark.parametrize('length', [0.0, 0.3, 1.0])
def test_headings_around_a_field_are_a_density(length) -> None:
    scores = CcvpeScores(described(
        'ccvpe', kind='joint', ring=RingLayout('clockwise')).description, BrightPlaces())
    field = length * np.array([math.cos(0.4), math.sin(0.4)])[:, None, None]
    angles = 2.0 * math.pi * np.arange(720) / 720
    density = np.array([scores._von_mises(field, angle)[0, 0] for angle in angles])
    assert density.mean() * 2.0 * math.pi == pytest.approx(1.0, rel=1e-6)
    middle = np.angle((density * np.exp(1j * angles)).sum())
    spread = math.sqrt(max((density * np.square(wrap_angle(angles - 0.4))).mean(), 0.0)
                       * 2.0 * math.pi)
    if length == 1.0:
        # A concentration of 30 is a standard deviation of 10.5 degrees.
        assert middle == pytest.approx(0.4)
        assert math.degrees(spread) == pytest.approx(10.5, abs=0.2)
    assert length > 0.0 or np.ptp(density) < 1e-9


def test_headings_of_bins_are_a_density_that_is_linear_between_them() -> None:
    scores = CcvpeScores(described(
        'ccvpe', kind='joint', ring=RingLayout('clockwise', bins='with_angle')).description,
        BrightPlaces())
    bins = np.random.default_rng(0).dirichlet(np.ones(16))[:, None, None]
    angles = 2.0 * math.pi * np.arange(320) / 320
    density = np.array([scores._bin_density(bins, angle)[0, 0] for angle in angles])
    assert density.mean() * 2.0 * math.pi == pytest.approx(1.0, rel=1e-9)
    np.testing.assert_allclose(density[::20], bins[:, 0, 0] * 16 / (2.0 * math.pi))
    np.testing.assert_allclose(density[10::20], 0.5 * (
        density[::20] + np.roll(density[::20], -1)))
