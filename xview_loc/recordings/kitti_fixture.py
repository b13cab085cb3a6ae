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

"""A ground mosaic that was made from a KITTI drive, as imagery."""

from __future__ import annotations

from dataclasses import dataclass
import json
import math
from pathlib import Path

import cv2
import numpy as np
import rasterio
from rasterio.transform import from_bounds

from xview_loc.errors import RecordingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.recordings.kitti_drive import (
    kitti_evaluation_frames, KittiDrive, KittiFrame, load_kitti_raw, read_image)
from xview_loc.recordings.oxts import EARTH_RADIUS_M

__all__ = ['KittiDrive', 'KittiFrame', 'KittiMosaic', 'kitti_evaluation_frames',
           'load_kitti_raw', 'read_mosaic']


@dataclass(frozen=True)
class KittiMosaic:
    """
    A north-up mosaic whose metres are those of a sphere touching the earth at its origin.

    Convention: ``east = R cos(latitude0) (longitude - longitude0)`` and
    ``north = R (latitude - latitude0)`` with R = 6378137 m. Both are linear in degrees, so the
    mosaic is exactly a raster in EPSG:4326. In true metres on the ellipsoid it is larger by
    0.2 % east-west and smaller by 0.1 % north-south at 49 degrees (0.19 m over 107 m): taking its
    metres for ``map`` metres is wrong by that much, going through latitude and longitude is not.
    Whether the maker used the latitude itself or the Mercator ordinate for north changes less
    than 0.4 mm within 60 m.

    :param image: ``(H, W, 3)`` uint8 RGB; black where nothing is known.
    :param latitude_deg: latitude of the origin.
    :param longitude_deg: longitude of the origin.
    :param left_m: east of the left rim [m].
    :param top_m: north of the upper rim [m].
    :param metres_per_pixel: side of a pixel on the sphere [m].
    """

    image: np.ndarray
    latitude_deg: float
    longitude_deg: float
    left_m: float
    top_m: float
    metres_per_pixel: float

    @property
    def valid(self) -> np.ndarray:
        """Return ``(H, W)`` bool: the pixel is not pure black."""
        return self.image.any(axis=2)

    def pixel_from_geodetic(self, latitude_deg, longitude_deg) -> tuple[np.ndarray, np.ndarray]:
        """Return continuous ``(row, column)``, the centre of the first pixel at 0.5."""
        scale = EARTH_RADIUS_M * math.pi / 180.0
        east = scale * math.cos(math.radians(self.latitude_deg)) * (
            np.asarray(longitude_deg) - self.longitude_deg)
        north = scale * (np.asarray(latitude_deg) - self.latitude_deg)
        return ((self.top_m - north) / self.metres_per_pixel,
                (east - self.left_m) / self.metres_per_pixel)

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north in degrees."""
        height, width = self.image.shape[:2]
        per_degree = EARTH_RADIUS_M * math.pi / 180.0
        along = per_degree * math.cos(math.radians(self.latitude_deg))
        right = self.left_m + width * self.metres_per_pixel
        bottom = self.top_m - height * self.metres_per_pixel
        return (self.longitude_deg + self.left_m / along, self.latitude_deg + bottom / per_degree,
                self.longitude_deg + right / along, self.latitude_deg + self.top_m / per_degree)

    def patch(self, frame: LocalFrame, *, metres_per_pixel: float | None = None,
              margin_m: float = 0.0) -> SatellitePatch:
        """
        Resample the whole mosaic into a map frame.

        :param frame: the map frame.
        :param metres_per_pixel: resolution; that of the mosaic when ``None``.
        :param margin_m: empty rim to add on all sides [m].
        """
        cell = metres_per_pixel or self.metres_per_pixel
        west, south, east, north = self.bounds_deg
        x, y, _ = frame.map_from_geodetic(np.array([south, north]), np.array([west, east]))
        width = math.ceil((x[1] - x[0] + 2.0 * margin_m) / cell)
        height = math.ceil((y[1] - y[0] + 2.0 * margin_m) / cell)
        geometry = PatchGeometry(
            float(x.mean()), float(y.mean()), cell, height, width)
        latitude, longitude, _ = frame.geodetic_from_map(*geometry.cell_centres())
        row, column = self.pixel_from_geodetic(latitude, longitude)
        # OpenCV has pixel centres at integers.
        column, row = (np.asarray(v - 0.5, np.float32) for v in (column, row))
        image = cv2.remap(self.image, column, row, cv2.INTER_LINEAR)
        covered = cv2.remap(self.valid.astype(np.float32), column, row, cv2.INTER_LINEAR)
        return SatellitePatch(image, geometry, covered > 0.999, Provenance(
            'kitti mosaic', native_metres_per_pixel=self.metres_per_pixel), frame)

    def write_geotiff(self, path: str | Path) -> None:
        """
        Write the mosaic as a GeoTIFF that any imagery reader places right.

        :param path: the file; an old one is replaced.
        """
        height, width = self.image.shape[:2]
        bands = np.dstack([self.image, np.where(self.valid, 255, 0).astype(np.uint8)])
        with rasterio.open(
                path, 'w', driver='GTiff', height=height, width=width, count=4, dtype='uint8',
                crs='EPSG:4326', transform=from_bounds(*self.bounds_deg, width, height),
                photometric='RGB', alpha='yes', compress='deflate', tiled=True) as target:
            target.write(np.moveaxis(bands, 2, 0))


def read_mosaic(folder: str | Path, name: str = 'self_ortho_even_frames') -> KittiMosaic:
    """
    Read a mosaic: a PNG and the JSON that places it.

    :param folder: where they lie.
    :param name: file name without its ending.
    :raises RecordingError: naming the file that is missing or wrong.
    """
    described = Path(folder) / f'{name}.json'
    try:
        place = json.loads(described.read_text(encoding='utf-8'))
        numbers = [float(place[key]) for key in (
            'origin_lat', 'origin_lon', 'left_e_m', 'top_n_m', 'gsd_m')]
        shape = (int(place['height']), int(place['width']))
    except OSError as error:
        raise RecordingError(f'{described} cannot be read: {error.strerror}.') from error
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError(f'{described} does not place a mosaic: {error!r}.') from error
    image = read_image(described.with_suffix('.png'))
    if image.shape[:2] != shape:
        raise RecordingError(
            f'{described} describes {shape[1]} x {shape[0]} pixels; the image has '
            f'{image.shape[1]} x {image.shape[0]}.')
    return KittiMosaic(image, *numbers)
