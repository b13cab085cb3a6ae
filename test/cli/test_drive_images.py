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

"""The same images of a drive, seen with the poses and tilts of other times."""

import math

import numpy as np
import pytest
from small_bag import image, pose_at, START, write_small_bag

from xview_loc.camera.attitude import AttitudeBuffer, AttitudeSource
from xview_loc.cli.drive_images import DriveImages, read_drive_images
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.bag_topics import choose_topics
from xview_loc.report.track import Track


@pytest.fixture
def straight():
    """Return the track of the small drive."""
    stamps = np.arange(0.0, 4.0, 0.02)
    return Track(START + stamps, np.array([pose_at(elapsed).as_array() for elapsed in stamps]))


@pytest.fixture
def rolling(straight):
    """Return images of a drive whose roll grows by 0.01 rad/s."""
    attitude = AttitudeBuffer(duration_s=math.inf)
    for elapsed in np.arange(0.0, 4.0, 0.02):
        half = 0.005 * elapsed
        attitude.add(START + elapsed, (math.sin(half), 0.0, 0.0, math.cos(half)),
                     AttitudeSource.IMU)
    stamps = tuple(START + 0.5 * number for number in range(8))
    return DriveImages(stamps, tuple(image(number) for number in range(8)), (None,) * 8,
                       attitude, straight)


@pytest.mark.parametrize('late', [0.0, 0.12, -0.1])
def test_pose_and_tilt_are_those_of_the_corrected_time(rolling, late):
    seen = rolling.sightings(late)
    # an image from before the drive has no pose
    stamps = [stamp + late for stamp in rolling.stamps if stamp + late >= START]
    assert [sighting.stamp for sighting in seen] == stamps
    for sighting in seen:
        elapsed = sighting.stamp - START
        assert sighting.prior.distance_to(pose_at(elapsed)) < 1e-6
        assert sighting.roll == pytest.approx(0.01 * elapsed, abs=1e-6)


def test_every_third_lies_between_those_that_are_left_out(rolling):
    assert rolling.every(3).stamps == (START + 0.5, START + 2.0, START + 3.5)


def test_images_are_read_once_and_keep_the_stamps_of_the_camera(tmp_path, straight):
    with BagReader(write_small_bag(tmp_path / 'bag')) as reader:
        images = read_drive_images(
            reader, choose_topics(reader), {}, straight, count=5, spacing_m=1.0, late=0.05)
    assert len(images.stamps) == 5
    numbers = [int(picture[0, 0, 0]) - 10 for picture in images.images]
    assert np.allclose(images.stamps, START + 0.1 * np.array(numbers))
    assert np.ptp(np.diff(numbers)) <= 1
    assert (images.models[0].height, images.models[0].width) == (24, 40)
