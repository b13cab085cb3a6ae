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

"""The cameras that networks look through."""

from __future__ import annotations

import math

from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.matching.model_records import GroundInput

FOV_TOLERANCE = 0.05


def panorama_camera(ground: GroundInput) -> EquirectangularCamera:
    """
    Return the panorama of a full turn of which a network takes the middle columns.

    :param ground: of an equirectangular network.
    """
    height, columns = ground.shape
    top, bottom = ground.top_deg or 0.0, ground.bottom_deg or 0.0
    width = round(columns * 360.0 / ground.horizontal_fov_deg)
    return EquirectangularCamera(
        height, max(width, columns), top / (top - bottom) * height - 0.5,
        rows_per_radian=height / math.radians(top - bottom))


def pinhole_camera(source: CameraModel, ground: GroundInput) -> PinholeCamera:
    """
    Return the camera of the input of a pinhole network.

    :param source: whose image it is made of; where the network does not state its edges, a
        pinhole camera of nearly its width is squeezed to its shape.
    :param ground: of the network.
    """
    height, width = ground.shape
    wanted = math.radians(ground.horizontal_fov_deg)
    focal, column = 0.5 * width / math.tan(0.5 * wanted), 0.5 * width - 0.5
    if ground.top_deg is not None and ground.bottom_deg is not None:
        edges = (ground.top_deg, ground.bottom_deg)
        top, bottom = (math.tan(math.radians(edge)) for edge in edges)
        down = height / (top - bottom)
        return PinholeCamera(focal, down, column, top * down - 0.5, height, width)
    if isinstance(source, PinholeCamera):
        own = (math.atan((source.cx + 0.5) / source.fx)
               + math.atan((source.width - 0.5 - source.cx) / source.fx))
        if abs(own - wanted) <= FOV_TOLERANCE * wanted:
            small = source.resized(height, width)
            return PinholeCamera(small.fx, small.fy, small.cx, small.cy, height, width)
    return PinholeCamera(focal, focal, column, 0.5 * height - 0.5, height, width)
