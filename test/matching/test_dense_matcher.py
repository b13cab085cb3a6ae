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

"""Dense matchers with graphs whose answers are known, and with real ones of small packages."""

from dataclasses import replace
import math

from landmark_world import bearing, landmark_frame
import numpy as np
from plain_sessions import BrightPlaces, described, KnownHeading, NorthInTheMiddle, PANORAMA
import pytest
from synthetic_scene import panorama_window, patterned_patch
from tiny_packages import tiny_package

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import MatchingError, ModelPackageError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.matching.dense_matcher import DenseMatcher
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_records import Calibration, GroundInput, RingLayout
from xview_loc.matching.onnx_session import OnnxSessions

NORTH = 0.5 * math.pi
CENTRE = (40.0, -70.0)


def bright_patch(*places, metres_per_pixel=0.5, height=180, width=240):
    """Return a patch, not square, that is bright around places."""
    geometry = PatchGeometry(*CENTRE, metres_per_pixel, height, width)
    x, y = geometry.cell_centres()
    bright = sum(np.exp(-0.5 * (np.square(x - east) + np.square(y - north)) / 1.0 ** 2)
                 for east, north in places)
    image = np.rint(20.0 + 200.0 * np.clip(bright, 0.0, 1.0)).astype(np.uint8)
    return SatellitePatch(image[..., None].repeat(3, axis=-1), geometry,
                          np.ones((height, width), bool), Provenance('bright'))


def looking(left_deg=0.0, model=EquirectangularCamera(160, 320), **options):
    """Return a window that sees a landmark so far left of ahead."""
    return FrameWindow((landmark_frame(model, bearing(left_deg), width_deg=8.0, **options),))


def matched(sessions, patch, prior, window=None, package=None):
    matcher = DenseMatcher(package or described('cvml'), sessions)
    return matcher.match(window or looking(), matcher.prepare(patch), prior)


def near(x, y, yaw=NORTH, radius=6.0, yaw_range=0.1):
    return SearchPrior(Pose2(x, y, yaw), radius, yaw_range)


@pytest.mark.parametrize('offset', [(0.0, 0.0), (9.0, -4.5), (-21.0, 13.0), (30.0, 20.0)])
@pytest.mark.parametrize('resolution', [0.5, 0.2])
def test_landmark_is_found_where_it_is_wherever_on_the_patch(offset, resolution) -> None:
    place = CENTRE[0] + offset[0], CENTRE[1] + offset[1]
    patch = bright_patch(place, metres_per_pixel=resolution, height=round(90 / resolution),
                         width=round(120 / resolution))
    likelihood = matched(BrightPlaces(), patch, near(place[0] + 2.0, place[1] - 3.0))
    peak = likelihood.peak()
    assert (peak.x, peak.y) == pytest.approx(place, abs=0.5)
    assert likelihood.geometry.contains(place[0] - 4.0, place[1] - 9.0)
    assert 0.25 <= likelihood.geometry.metres_per_pixel <= 1.0
    assert likelihood.log_likelihood.nbytes <= 500_000
    # The search encloses its square: no pose inside lies beyond the outer cell centres.
    corners = np.array([[-6.0, -6.0, 6.0, 6.0], [-6.0, 6.0, -6.0, 6.0]])
    assert np.isfinite(likelihood.at(place[0] + 2.0 + corners[0], place[1] - 3.0 + corners[1],
                                     np.full(4, NORTH))).all()


@pytest.mark.parametrize('yaw', [NORTH, 0.0, -2.3])
def test_likelihood_is_that_of_base_link_not_of_the_camera(yaw) -> None:
    camera = CENTRE[0] + 3.0, CENTRE[1] - 2.0
    base = Pose2(0.0, 0.0, yaw).transform(np.array([1.5, -1.0]))
    window = looking(x=1.5, y=-1.0)
    likelihood = matched(BrightPlaces(), bright_patch(camera), near(*camera, yaw), window)
    peak = likelihood.peak()
    assert (peak.x, peak.y) == pytest.approx((camera[0] - base[0], camera[1] - base[1]), abs=0.51)


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


def test_temperature_divides_the_logits() -> None:
    patch, prior = bright_patch(CENTRE), near(*CENTRE)
    ranges = []
    for temperature in (1.0, 2.0):
        package = described('cvml', calibration=Calibration(temperature))
        volume = matched(BrightPlaces(), patch, prior, package=package).log_likelihood
        ranges.append(volume[0, 12, 12] - volume[0, 0, 0])
    assert ranges[0] == pytest.approx(2.0 * ranges[1], rel=1e-3) and ranges[1] > 5.0


def test_satellite_network_runs_once_for_a_patch() -> None:
    sessions, patch = BrightPlaces(), bright_patch(CENTRE)
    matcher = DenseMatcher(described('cvml'), sessions)
    for _ in range(3):
        features = matcher.prepare(patch)
        matcher.match(looking(), features, near(CENTRE[0] + 2.0, CENTRE[1]))
    assert sessions.runs == {'satellite': 1, 'ground': 3, 'match': 3}
    assert matcher.tiles_run == 1


def test_a_search_wider_than_a_tile_takes_several_and_ends_where_they_end() -> None:
    sessions = BrightPlaces()
    places = (CENTRE[0] + 17.0, CENTRE[1] + 16.0), (CENTRE[0] - 14.0, CENTRE[1] - 18.0)
    likelihood = matched(sessions, bright_patch(*places), near(*CENTRE, radius=20.0))
    assert sessions.runs['satellite'] == 5
    for place in places:
        assert likelihood.at(*(np.array([value]) for value in place), np.zeros(1))[0] == (
            pytest.approx(likelihood.log_likelihood.max(), abs=3.0))
    assert np.isfinite(likelihood.log_likelihood).all()
    wide = matched(sessions, bright_patch(*places), near(*CENTRE, radius=60.0))
    assert np.isnan(wide.at(np.array([CENTRE[0] + 50.0]), np.array([CENTRE[1]]), np.zeros(1)))


def test_ground_without_imagery_is_unknown() -> None:
    patch = bright_patch(CENTRE)
    valid = patch.valid.copy()
    valid[:, :118] = False
    patch = SatellitePatch(patch.image, patch.geometry, valid, patch.provenance)
    likelihood = matched(BrightPlaces(), patch, near(*CENTRE))
    x, _ = likelihood.geometry.cell_centres()
    assert np.isnan(likelihood.log_likelihood[0][x < CENTRE[0] - 1.5]).all()
    assert np.isfinite(likelihood.log_likelihood[0][x > CENTRE[0] - 0.5]).all()
    nothing = SatellitePatch(patch.image, patch.geometry, np.zeros_like(valid), patch.provenance)
    sessions = BrightPlaces()
    empty = matched(sessions, nothing, near(*CENTRE))
    assert np.isnan(empty.log_likelihood).all() and empty.confidence == 0.0
    assert not sessions.runs


def test_black_view_says_nothing() -> None:
    frame = looking().newest
    black = FrameWindow((replace(frame, image=np.zeros_like(frame.image)),))
    likelihood = matched(BrightPlaces(), bright_patch(CENTRE), near(*CENTRE), black)
    assert np.isnan(likelihood.log_likelihood).all()
    assert math.isnan(likelihood.score) and likelihood.confidence == 0.0
    assert likelihood.stamp == black.stamp


def test_confidence_is_the_mass_around_the_peak() -> None:
    one, two = CENTRE, (CENTRE[0] + 10.0, CENTRE[1])
    prior = near(CENTRE[0] + 5.0, CENTRE[1], radius=10.0)
    alone = matched(BrightPlaces(), bright_patch(one), prior)
    either = matched(BrightPlaces(), bright_patch(one, two), prior)
    assert alone.confidence > 0.99
    assert either.confidence == pytest.approx(0.5, abs=0.05)


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


def test_what_a_package_cannot_do_is_refused() -> None:
    with pytest.raises(ModelPackageError, match='only equirectangular images can be turned'):
        DenseMatcher(described('cvml', ground=GroundInput('pinhole', (32, 64), 70.0)),
                     BrightPlaces())
    with pytest.raises(MatchingError, match='a dense matcher takes cvml or ccvpe'):
        DenseMatcher(described('cvlnet', kind='input', ground=GroundInput(
            'pinhole', (32, 64), 70.0)), BrightPlaces())


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


@pytest.mark.parametrize('family', ['cvml', 'ccvpe'])
@pytest.mark.parametrize('lever', [(0.0, 0.0), (1.5, -0.8)])
@pytest.mark.parametrize('yaw_range', [0.1, math.pi])
def test_real_graphs_find_the_pose(tmp_path, family, lever, yaw_range) -> None:
    package, patch = tiny_package(tmp_path / family, family), patterned_patch(seed=3)
    matcher = DenseMatcher(package, OnnxSessions(package, ('cpu',)))
    truth = Pose2(108.3, -35.6, math.radians(37.0))
    prior = SearchPrior(Pose2(106.0, -38.0, math.radians(37.0 + 13.0 * (yaw_range > 1.0))), 8.0,
                        yaw_range)
    likelihood = matcher.match(panorama_window(patch, truth, lever), matcher.prepare(patch), prior)
    peak = likelihood.peak()
    assert peak.distance_to(truth) < 1.6
    # Both tell headings by sectors of 22.5 degrees.
    assert abs(wrap_angle(peak.yaw - truth.yaw)) < math.radians(16.0)
    assert likelihood.confidence > 0.5 and likelihood.source == package.name


@pytest.mark.parametrize('yaw_deg', [90.0, 0.0])
def test_a_forward_camera_is_laid_on_a_black_panorama_at_every_heading(yaw_deg) -> None:
    camera = PinholeCamera(220.0, 220.0, 159.5, 79.5, 160, 320)
    # The landmark is 20 degrees right of ahead: north of a vehicle that heads 20 degrees west.
    window = looking(-20.0, camera)
    prior = near(*CENTRE, math.radians(yaw_deg), 4.0, math.pi)
    likelihood = matched(NorthInTheMiddle(), bright_patch(CENTRE), prior, window)
    assert likelihood.peak().yaw == pytest.approx(math.radians(110.0), abs=math.radians(12.0))


def test_view_of_the_network_is_what_the_package_asks_for() -> None:
    sessions = BrightPlaces()
    matched(sessions, bright_patch(CENTRE), near(*CENTRE, yaw_range=math.pi))
    assert sessions.images.shape == (16, *PANORAMA.shape, 3)
