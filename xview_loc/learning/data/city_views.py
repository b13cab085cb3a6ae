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


"""What cameras and satellites see of a simulated city, sized for a network."""

from __future__ import annotations

import math

import cv2
import numpy as np

from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.learning.data.city_days import Day
from xview_loc.matching.model_records import GroundInput, SatelliteInput
from xview_loc.simulation.camera_renderer import CameraRenderer
from xview_loc.simulation.city import City
from xview_loc.simulation.orthophoto import render_orthophoto

OVERSAMPLING = 2


class CityTiles:
    """
    Cuts tiles out of the orthophoto of a city.

    :param city: what exists.
    :param satellite: the tiles wanted.
    :param day: of the photograph.
    """

    def __init__(self, city: City, satellite: SatelliteInput, day: Day) -> None:
        """Take the photograph, which takes seconds."""
        self.satellite, self.sensor = satellite, day.sensor
        finest = city.geometry.metres_per_pixel
        self.image, self.geometry = render_orthophoto(
            city, day.appearance, max(satellite.metres_per_pixel, finest))

    def tile(self, centre: np.ndarray) -> np.ndarray:
        """
        Return the tile around a place.

        :param centre: ``(2,)`` east and north in ``map`` [m].
        :return: ``(size, size, 3)`` uint8 RGB, north up.
        """
        size, metres = self.satellite.size, self.satellite.metres_per_pixel
        offset = (np.arange(size) + 0.5 - 0.5 * size) * metres
        east, south = np.meshgrid(offset, offset)
        row, column = self.geometry.pixel_from_map(centre[0] + east, centre[1] - south)
        return self.sensor.seen(cv2.remap(
            self.image, np.float32(column - 0.5), np.float32(row - 0.5), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101))


class CityViews:
    """
    Renders ground images of a city, finer than wanted and averaged down.

    :param city: what exists.
    :param ground: the images wanted.
    :param camera_height_m: above the ground [m].
    :param day: of the drive.
    """

    def __init__(
            self, city: City, ground: GroundInput, camera_height_m: float, day: Day) -> None:
        """Build what stands in the city, which takes seconds."""
        self.shape, self.sensor = ground.shape, day.sensor
        self.camera = mounted_ground_camera(ground, camera_height_m)
        self.renderer = CameraRenderer(
            city, day.appearance, mounted_ground_camera(ground, camera_height_m, OVERSAMPLING))

    def view(self, place: np.ndarray, yaw: float) -> np.ndarray:
        """
        Return what a level camera sees.

        :param place: ``(2,)`` east and north in ``map`` [m].
        :param yaw: of the centre column, counter-clockwise from east [rad].
        :return: ``(H, W, 3)`` uint8 RGB.
        """
        image = self.renderer.render(Pose2(float(place[0]), float(place[1]), yaw)).image
        rows, columns = self.shape
        return self.sensor.seen(
            cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA))


def mounted_ground_camera(
        ground: GroundInput, camera_height_m: float, oversampling: int = 1) -> MountedCamera:
    """
    Return the camera whose images a network takes, level and above ``base_link``.

    :param ground: of the network.
    :param camera_height_m: above the ground [m].
    :param oversampling: how many times finer the images are.
    """
    return MountedCamera(
        ground_camera(ground, oversampling), camera_mounting(0.0, 0.0, camera_height_m))


def ground_camera(ground: GroundInput, oversampling: int = 1) -> CameraModel:
    """
    Return the camera whose images a network takes.

    :param ground: of the network.
    :param oversampling: how many times finer the images are.
    """
    rows, columns = (oversampling * side for side in ground.shape)
    fov = math.radians(ground.horizontal_fov_deg)
    if ground.projection == 'pinhole':
        focal = 0.5 * columns / math.tan(0.5 * fov)
        return PinholeCamera(focal, focal, 0.5 * columns - 0.5, 0.5 * rows - 0.5, rows, columns)
    top, bottom = (math.radians(float(edge or 0.0)) for edge in (
        ground.top_deg, ground.bottom_deg))
    scale = rows / (top - bottom)
    return EquirectangularCamera(rows, columns, top * scale - 0.5, fov, scale)
