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

"""Loading drives of KITTI raw."""

import math

import cv2
from kitti_miniature import SPEED, write_miniature, YAW
import numpy as np
from pyproj import Transformer
import pytest

from xview_loc.errors import RecordingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.recordings.kitti_drive import kitti_evaluation_frames, load_kitti_raw, true_poses
from xview_loc.recordings.kitti_fixture import read_mosaic
from xview_loc.recordings.oxts import FIELDS, OxtsTrack


def test_excerpt_poses_are_those_of_a_topocentric_frame(shared_data):
    drive = load_kitti_raw(shared_data / 'kitti_raw_0001')
    first, last = drive.frames[0], drive.frames[-1]
    datum = (f'+lon_0={first.longitude_deg} +lat_0={first.latitude_deg} '
             f'+h_0={first.altitude_m}')
    pipeline = Transformer.from_pipeline(
        '+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad '
        f'+step +proj=cart +ellps=WGS84 +step +proj=topocentric +ellps=WGS84 {datum}')
    east, north, _ = pipeline.transform(
        last.longitude_deg, last.latitude_deg, last.altitude_m)
    assert len(drive.frames) == 108
    assert (last.pose.x, last.pose.y) == pytest.approx((east, north), abs=1e-4)
    # Golden row: the last image.
    assert (last.pose.x, last.pose.y) == pytest.approx((-96.9193, -45.3157), abs=1e-3)


@pytest.mark.parametrize('roll_sign, pitch_sign', [(1, -1), (-1, 1), (1, 0), (0, 1), (0, 0)])
def test_attitude_signs_are_those_the_camera_sees(shared_data, roll_sign, pitch_sign):
    """The ground seen by odd frames fits the mosaic of even frames best with our signs."""
    drive = load_kitti_raw(shared_data / 'kitti_raw_0001', frames='odd')
    patch = read_mosaic(shared_data / 'kitti_raw_0001').patch(drive.local_frame)
    assert _likeness(drive, patch, 1, 1) > 0.9
    assert _likeness(drive, patch, roll_sign, pitch_sign) < 0.85


def _likeness(drive, patch, roll_sign, pitch_sign):
    """Return the mean correlation of ground and mosaic on a few frames."""
    points = np.stack(np.meshgrid(np.arange(5, 20, 0.2), np.arange(-8, 8, 0.2)), axis=-1)
    found = []
    for frame, pose in kitti_evaluation_frames(drive)[::9]:
        pixels, seen = frame.camera.project_ground(
            points, roll_sign * frame.roll, pitch_sign * frame.pitch)
        ground = _sample(frame.image, pixels[..., 0], pixels[..., 1])
        place = pose.transform(points)
        row, column = patch.geometry.pixel_from_map(place[..., 0], place[..., 1])
        mosaic = _sample(patch.image, column - 0.5, row - 0.5)
        seen &= _sample(patch.valid.astype(np.uint8) * 255, column - 0.5, row - 0.5) > 254
        found.append(np.corrcoef(ground[seen], mosaic[seen])[0, 1])
    return np.mean(found)


def _sample(image, column, row):
    """Interpolate the brightness of an image."""
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return cv2.remap(grey.astype(np.float32), column.astype(np.float32),
                     row.astype(np.float32), cv2.INTER_LINEAR)


@pytest.mark.parametrize('choice, numbers', [
    ('all', list(range(10))), ('odd', [1, 3, 5, 7, 9]), ('even', [0, 2, 4, 6, 8])])
def test_frames_are_chosen_by_their_number(tmp_path, choice, numbers):
    drive = load_kitti_raw(write_miniature(tmp_path), frames=choice)
    assert [frame.index for frame in drive.frames] == numbers


def test_poses_are_interpolated_at_the_stamps_of_the_images(tmp_path):
    drive = load_kitti_raw(write_miniature(tmp_path, image_delay=0.037))
    frame = drive.frames[4]
    travelled = SPEED * 0.437
    assert frame.stamp_ns % 10**9 == 437_000_000
    assert (frame.pose.x, frame.pose.y) == pytest.approx(
        (travelled * math.cos(YAW), travelled * math.sin(YAW)), abs=1e-3)


def test_unsynchronised_records_need_no_image_each(tmp_path):
    drive = load_kitti_raw(
        write_miniature(tmp_path, records=101, record_period=0.01, images=4, raw=True))
    assert len(drive.track) == 101
    assert len(drive.frames) == 4
    assert drive.camera.model.shape == (16, 26)
    assert drive.camera.model.distortion == (-0.3, 0.1, 0.001, 0.002, -0.05)


def test_camera_stands_at_its_height_above_the_road(shared_data):
    drive = load_kitti_raw(shared_data / 'kitti_raw_0001')
    assert drive.camera.height == pytest.approx(1.659, abs=1e-3)


def test_yaw_turns_with_the_meridians():
    values = np.zeros((1, len(FIELDS)))
    values[0, :2] = 60.0, 10.5
    frame = LocalFrame(60.0, 10.0)
    *_, yaw = true_poses(OxtsTrack(np.zeros(1, np.int64), values), frame)
    # Two points on the parallel's tangent towards east, seen in the map.
    x, y, _ = frame.map_from_geodetic(np.array([60.0, 60.0]), np.array([10.4999, 10.5001]))
    assert yaw[0] == pytest.approx(math.atan2(y[1] - y[0], x[1] - x[0]), abs=1e-5)
    assert yaw[0] > 0.007


def test_image_of_another_size_is_named(tmp_path):
    folder = write_miniature(tmp_path)
    cv2.imwrite(str(folder / 'image_02' / 'data' / '0000000002.png'),
                np.zeros((4, 6, 3), np.uint8))
    drive = load_kitti_raw(folder)
    with pytest.raises(RecordingError, match=r'0000000002.png has 6 x 4 pixels'):
        drive.image(drive.frames[2])


def test_damaged_image_is_named(tmp_path):
    folder = write_miniature(tmp_path)
    path = folder / 'image_02' / 'data' / '0000000000.png'
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(RecordingError, match=r'0000000000.png cannot be decoded'):
        load_kitti_raw(folder)


def test_image_without_a_stamp_is_named(tmp_path):
    folder = write_miniature(tmp_path)
    stamps = folder / 'image_02' / 'timestamps.txt'
    stamps.write_text('\n'.join(stamps.read_text().splitlines()[:5]))
    with pytest.raises(RecordingError, match=r'0000000009.png has no stamp: there are 5'):
        load_kitti_raw(folder)


@pytest.mark.parametrize('remove, reason', [
    ('oxts', 'neither a folder oxts nor a file poses.csv'),
    ('image_02', 'image_02 is missing')])
def test_missing_folder_is_named(tmp_path, remove, reason):
    folder = write_miniature(tmp_path)
    (folder / remove).rename(tmp_path / 'away')
    with pytest.raises(RecordingError, match=reason):
        load_kitti_raw(folder)


def test_unknown_choice_is_refused(tmp_path):
    with pytest.raises(RecordingError, match="frames is 'third'; use all, odd or even"):
        load_kitti_raw(write_miniature(tmp_path), frames='third')
