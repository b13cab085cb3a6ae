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

"""Raster files with the ground pattern or given bands."""

from ground_pattern import painted, topocentric
import numpy as np
from pyproj import Transformer
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import Affine

from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.open_imagery import open_imagery

FRAME = LocalFrame(49.0102, 8.4241, 115.0)
PART = PatchGeometry(0.0, 0.0, 0.25, 200, 320, 0.2)
RAMP = np.arange(640)[None, :]


def grid(crs, frame=FRAME, side=(560, 640), metres=0.25, turn=0.0, shift=(0.0, 0.0)):
    """Return the transform of a raster near the map origin, and its pixels on the earth."""
    forward = Transformer.from_crs(4326, crs, always_xy=True)
    x, y = forward.transform(frame.longitude_deg, frame.latitude_deg)
    unit = metres / 111_000.0 if forward.target_crs.is_geographic else metres
    cosine, sine = unit * np.cos(np.radians(turn)), unit * np.sin(np.radians(turn))
    x, y = x + shift[0] * unit / metres, y + shift[1] * unit / metres
    transform = Affine(cosine, sine, x - 0.5 * (cosine * side[1] + sine * side[0]),
                       sine, -cosine, y - 0.5 * (sine * side[1] - cosine * side[0]))
    columns, rows = np.meshgrid(np.arange(side[1]) + 0.5, np.arange(side[0]) + 0.5)
    longitude, latitude = forward.transform(
        transform.a * columns + transform.b * rows + transform.c,
        transform.d * columns + transform.e * rows + transform.f, direction='INVERSE')
    return transform, latitude, longitude


def bands(*values, side=(560, 640), dtype=np.uint8):
    """Return bands ``(count, rows, columns)`` of single values or rows."""
    return np.stack([np.broadcast_to(value, side) for value in values]).astype(dtype)


def write(path, image, crs, transform, overviews=(), **options):
    """Write bands ``(count, rows, columns)``."""
    colorinterp = options.pop('colorinterp', None)
    colormap = options.pop('colormap', None)
    mask = options.pop('mask', None)
    with rasterio.open(path, 'w', driver='GTiff', height=image.shape[1], width=image.shape[2],
                       count=image.shape[0], dtype=image.dtype, crs=crs, transform=transform,
                       **options) as file:
        if colorinterp is not None:
            file.colorinterp = colorinterp
        file.write(image)
        if colormap is not None:
            file.write_colormap(1, colormap)
        if mask is not None:
            file.write_mask(mask)
        if overviews:
            file.build_overviews(overviews, Resampling.average)
    return path


def write_pattern(path, crs, frame=FRAME, overviews=(), side=(560, 640), turn=0.0, metres=0.25,
                  shift=(0.0, 0.0), **options):
    transform, latitude, longitude = grid(crs, frame, side, metres, turn, shift)
    image = np.moveaxis(painted(*topocentric(frame)(latitude, longitude)), 2, 0)
    return write(path, image, crs, transform, overviews, **options)


def read(path, **options):
    """Return the middle of a raster as a patch."""
    return open_imagery(path, **options).read_patch(PART, FRAME)
