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

"""Imagery as textured markers for RViz."""

from __future__ import annotations

import math

import cv2
from geometry_msgs.msg import Point
import numpy as np
from sensor_msgs.msg import CompressedImage
from visualization_msgs.msg import Marker, MarkerArray, UVCoordinate

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import SatellitePatch

_TILES_PER_SIDE = 3
_JPEG_QUALITY = 80
_BELOW = -0.1
"""Height of the imagery, so that overlays win [m]."""


class TileMarkers:
    """
    Draws the surroundings as a few square tiles whose ids are never used again.

    RViz adds a texture unit whenever a textured marker is updated, so each set deletes the
    one before it and comes with new ids.

    :param frame_id: the map frame.
    """

    def __init__(self, frame_id: str) -> None:
        """Start with nothing shown."""
        self._frame_id = frame_id
        self._centre: tuple[float, float] | None = None
        self._next_id = 0
        self._shown: list[int] = []

    def due(self, x: float, y: float, radius_m: float,
            metres_per_pixel: float) -> PatchGeometry | None:
        """
        Return what to draw when the place has come too far from what is shown.

        :param x: east in ``map`` [m].
        :param y: north in ``map`` [m].
        :param radius_m: half side of the surroundings [m].
        :param metres_per_pixel: resolution [m].
        :return: the patch to read for :meth:`message`; ``None`` when the old one still serves.
        """
        if self._centre is not None and math.dist(self._centre, (x, y)) < radius_m / 2.0:
            return None
        step = radius_m / 4.0
        self._centre = round(x / step) * step, round(y / step) * step
        side = math.ceil(2.0 * radius_m / metres_per_pixel / _TILES_PER_SIDE) * _TILES_PER_SIDE
        return PatchGeometry(*self._centre, metres_per_pixel, side, side)

    def message(self, patch: SatellitePatch) -> MarkerArray:
        """
        Return the markers of a patch, preceded by the deletion of the last ones.

        :param patch: as asked for by :meth:`due`.
        """
        array = MarkerArray()
        array.markers = [self._deletion(identifier) for identifier in self._shown]
        self._shown = []
        side = patch.geometry.height // _TILES_PER_SIDE
        for row in range(0, _TILES_PER_SIDE * side, side):
            for column in range(0, _TILES_PER_SIDE * side, side):
                tile = patch.image[row:row + side, column:column + side]
                if patch.valid[row:row + side, column:column + side].any():
                    array.markers.append(self._tile(patch.geometry, row, column, tile))
        return array

    def _deletion(self, identifier: int) -> Marker:
        """Return the marker that deletes one."""
        marker = Marker(ns='satellite', id=identifier, action=Marker.DELETE)
        marker.header.frame_id = self._frame_id
        return marker

    def _tile(self, geometry: PatchGeometry, row: int, column: int, image: np.ndarray) -> Marker:
        """Return one textured square."""
        side = image.shape[0]
        x, y = geometry.map_from_pixel(row + 0.5 * side, column + 0.5 * side)
        half = 0.5 * side * geometry.metres_per_pixel
        marker = Marker(ns='satellite', id=self._next_id, type=Marker.TRIANGLE_LIST,
                        action=Marker.ADD, frame_locked=False)
        marker.header.frame_id = self._frame_id
        marker.pose.position.x, marker.pose.position.y = float(x), float(y)
        marker.pose.position.z = _BELOW
        marker.pose.orientation.w = 1.0
        marker.scale.x = marker.scale.y = marker.scale.z = 1.0
        marker.color.r = marker.color.g = marker.color.b = marker.color.a = 1.0
        # Two triangles, counter-clockwise from above; v grows downwards.
        corners = ((-1, -1), (1, -1), (1, 1), (-1, -1), (1, 1), (-1, 1))
        marker.points = [Point(x=half * east, y=half * north) for east, north in corners]
        marker.uv_coordinates = [
            UVCoordinate(u=0.5 + 0.5 * east, v=0.5 - 0.5 * north) for east, north in corners]
        marker.texture_resource = f'embedded://xview_loc_satellite_{self._next_id}'
        marker.texture = _jpeg(image)
        self._shown.append(self._next_id)
        self._next_id += 1
        return marker


def _jpeg(image: np.ndarray) -> CompressedImage:
    """Return an RGB image as JPEG; ``format`` is the extension RViz decodes by."""
    _, encoded = cv2.imencode('.jpg', cv2.cvtColor(np.ascontiguousarray(image),
                                                   cv2.COLOR_RGB2BGR),
                              [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    message = CompressedImage(format='jpg')
    message.data.frombytes(memoryview(np.ascontiguousarray(encoded)).cast('B'))
    return message
