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

"""The ground mosaic of a KITTI drive."""

import json
import math

import cv2
import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.recordings.kitti_fixture import KittiMosaic, read_mosaic

LATITUDE, LONGITUDE = 49.0, 8.4
R = 6378137.0


def landmark_mosaic():
    """Return a non-square mosaic with one bright blob, and the blob's sphere coordinates."""
    image = np.full((600, 1100, 3), 60, np.uint8)
    image[400:404, 50:54] = 255
    mosaic = KittiMosaic(image, LATITUDE, LONGITUDE, -100.0, 5.0, 0.1)
    return mosaic, (-100.0 + 5.2, 5.0 - 40.2)


def blob_in_map(patch):
    """Return the map position of the bright blob of a patch."""
    weight = patch.image[..., 0].astype(float) - 60.0
    weight[weight < 20.0] = 0.0
    x, y = patch.geometry.cell_centres()
    return (x * weight).sum() / weight.sum(), (y * weight).sum() / weight.sum()


def true_place(east, north):
    """Return the map position of a point of the sphere, by the definition of its metres."""
    latitude = LATITUDE + math.degrees(north / R)
    longitude = LONGITUDE + math.degrees(east / (R * math.cos(math.radians(LATITUDE))))
    x, y, _ = LocalFrame(LATITUDE, LONGITUDE).map_from_geodetic(latitude, longitude)
    return float(x), float(y)


def test_landmark_off_centre_lies_at_its_true_metres():
    mosaic, place = landmark_mosaic()
    patch = mosaic.patch(LocalFrame(LATITUDE, LONGITUDE))
    assert blob_in_map(patch) == pytest.approx(true_place(*place), abs=0.01)
    # Sphere metres taken as map metres would be wrong by this much.
    assert math.dist(true_place(*place), place) > 0.15


def test_geotiff_places_the_landmark_like_the_mosaic(tmp_path):
    mosaic, place = landmark_mosaic()
    mosaic.write_geotiff(tmp_path / 'mosaic.tif')
    frame = LocalFrame(LATITUDE, LONGITUDE)
    source = open_imagery(tmp_path / 'mosaic.tif')
    patch = source.read_patch(mosaic.patch(frame).geometry, frame)
    assert blob_in_map(patch) == pytest.approx(true_place(*place), abs=0.01)


def test_stated_bound_of_the_mercator_ordinate():
    north = np.linspace(-60.0, 60.0, 121)
    latitude = math.radians(LATITUDE)
    ordinate = R * math.cos(latitude) * (
        np.arctanh(np.sin(latitude + north / R)) - math.atanh(math.sin(latitude)))
    assert np.abs(ordinate - north).max() < 4e-4


def test_black_is_not_imagery(tmp_path):
    image = np.full((200, 300, 3), 90, np.uint8)
    image[:, :120] = 0
    mosaic = KittiMosaic(image, LATITUDE, LONGITUDE, 0.0, 0.0, 0.1)
    frame = LocalFrame(LATITUDE, LONGITUDE)
    patch = mosaic.patch(frame)
    assert patch.valid_fraction == pytest.approx(0.6, abs=0.02)
    mosaic.write_geotiff(tmp_path / 'mosaic.tif')
    masked = open_imagery(tmp_path / 'mosaic.tif').read_patch(patch.geometry, frame)
    assert masked.valid_fraction == pytest.approx(0.6, abs=0.02)


def test_margin_is_empty():
    mosaic, _ = landmark_mosaic()
    patch = mosaic.patch(LocalFrame(LATITUDE, LONGITUDE), metres_per_pixel=0.2, margin_m=10.0)
    assert patch.geometry.shape[1] == pytest.approx((110.0 * 1.002 + 20.0) / 0.2, abs=2)
    assert not patch.valid[:45].any() and not patch.valid[:, :45].any()
    assert patch.valid[patch.geometry.height // 2, patch.geometry.width // 2]


def test_excerpt_is_read(shared_data):
    mosaic = read_mosaic(shared_data / 'kitti_raw_0001')
    assert mosaic.image.shape == (644, 1110, 3)
    assert mosaic.left_m == pytest.approx(-114.98, abs=0.01)


@pytest.mark.parametrize('content, reason', [
    ('{"origin_lat": 49.0', 'does not place a mosaic'),
    (json.dumps({'origin_lat': 49.0}), 'does not place a mosaic: KeyError'),
    (json.dumps({'origin_lat': 49.0, 'origin_lon': 8.0, 'left_e_m': 0, 'top_n_m': 0,
                 'gsd_m': 0.1, 'width': 9, 'height': 9}), 'describes 9 x 9 pixels')])
def test_wrong_description_is_named(tmp_path, content, reason):
    (tmp_path / 'm.json').write_text(content)
    cv2.imwrite(str(tmp_path / 'm.png'), np.zeros((4, 5, 3), np.uint8))
    with pytest.raises(RecordingError, match=rf'm\.json {reason}'):
        read_mosaic(tmp_path, 'm')


def test_missing_description_is_named(tmp_path):
    with pytest.raises(RecordingError, match=r'self_ortho_even_frames\.json cannot be read'):
        read_mosaic(tmp_path)
