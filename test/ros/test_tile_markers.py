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

"""Imagery is drawn the right way up, and no id is used twice."""

import cv2
import numpy as np
import pytest
from visualization_msgs.msg import Marker

from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.ros.tile_markers import TileMarkers


def patch_for(geometry, valid=True):
    """Return a patch that is red in the north-west ninth and blue elsewhere."""
    image = np.zeros((*geometry.shape, 3), np.uint8)
    image[..., 2] = 200
    third = geometry.height // 3
    image[:third, :third] = (200, 0, 0)
    return SatellitePatch(image, geometry, np.full(geometry.shape, valid), Provenance('test'))


def drawn(markers, x, y):
    """Return the message for a place."""
    return markers.message(patch_for(markers.due(x, y, 90.0, 1.0)))


def test_the_surroundings_are_drawn_once_and_again_after_a_way():
    markers = TileMarkers('map')
    geometry = markers.due(3.0, 4.0, 90.0, 1.0)
    assert geometry.contains(3.0, 4.0, 60.0)
    assert geometry.height % 3 == 0
    assert markers.due(30.0, 20.0, 90.0, 1.0) is None
    assert markers.due(60.0, 20.0, 90.0, 1.0) is not None


def test_ids_and_texture_names_are_never_used_again_and_old_ones_are_deleted():
    markers = TileMarkers('map')
    first, second = drawn(markers, 0.0, 0.0), drawn(markers, 500.0, 0.0)
    added = [marker.id for message in (first, second) for marker in message.markers
             if marker.action == Marker.ADD]
    deleted = [marker.id for marker in second.markers if marker.action == Marker.DELETE]
    assert len(added) == len(set(added)) == 18
    assert deleted == added[:9]
    textures = [marker.texture_resource for message in (first, second)
                for marker in message.markers if marker.action == Marker.ADD]
    assert len(set(textures)) == 18
    assert all(texture.startswith('embedded://') for texture in textures)


def test_the_north_west_tile_shows_the_north_west_pixels():
    marker = drawn(TileMarkers('map'), 0.0, 0.0).markers[0]
    assert marker.pose.position.x < -30.0
    assert marker.pose.position.y > 30.0
    image = cv2.imdecode(np.frombuffer(marker.texture.data, np.uint8), cv2.IMREAD_COLOR)
    assert image[30, 30, 2] > 150
    assert image[30, 30, 0] < 60


def test_the_texture_hangs_with_its_top_in_the_north():
    marker = drawn(TileMarkers('map'), 0.0, 0.0).markers[0]
    assert len(marker.points) == len(marker.uv_coordinates) == 6
    for point, uv in zip(marker.points, marker.uv_coordinates):
        assert uv.u == (1.0 if point.x > 0.0 else 0.0)
        assert uv.v == (0.0 if point.y > 0.0 else 1.0)
    for corners in (marker.points[:3], marker.points[3:]):
        (ax, ay), (bx, by), (cx, cy) = ((point.x, point.y) for point in corners)
        assert (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) > 0.0


def test_a_marker_is_opaque_lies_below_and_has_no_stamp():
    marker = drawn(TileMarkers('map'), 0.0, 0.0).markers[0]
    assert marker.type == Marker.TRIANGLE_LIST
    assert (marker.color.a, marker.scale.x, marker.scale.z) == (1.0, 1.0, 1.0)
    assert marker.pose.position.z < 0.0
    assert (marker.header.stamp.sec, marker.header.frame_id) == (0, 'map')
    assert marker.texture.format == 'jpg'


def test_tiles_without_imagery_are_not_drawn():
    markers = TileMarkers('map')
    patch = patch_for(markers.due(0.0, 0.0, 90.0, 1.0), valid=False)
    assert markers.message(patch).markers == []


def test_a_default_set_stays_below_the_size_that_gets_lost():
    markers = TileMarkers('map')
    geometry = markers.due(0.0, 0.0, 150.0, 0.5)
    noise = np.random.default_rng(0).normal(110.0, 25.0, (*geometry.shape, 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), 1.0) * 1.5
    image = np.clip(smooth, 0, 255).astype(np.uint8)
    message = markers.message(SatellitePatch(
        image, geometry, np.ones(geometry.shape, bool), Provenance('test')))
    assert sum(len(marker.texture.data) for marker in message.markers) < 450_000


@pytest.mark.parametrize('radius, resolution', [(100.0, 0.3), (47.0, 1.7)])
def test_any_radius_and_resolution_divide_into_tiles(radius, resolution):
    markers = TileMarkers('map')
    geometry = markers.due(0.0, 0.0, radius, resolution)
    assert len(markers.message(patch_for(geometry)).markers) == 9
