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

"""Many sources of imagery as one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from xview_loc.errors import ImageryError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.bounds import Bounds, bounds_of, covers, intersects, union
from xview_loc.imagery.geotiff import GeoTiffRaster
from xview_loc.imagery.grid_mosaic import GridMosaic, on_one_grid
from xview_loc.imagery.imagery_source import (
    COARSEST_METRES_PER_PIXEL, GeodeticFunction, ImagerySource, refuse_coarse)
from xview_loc.imagery.raster_handles import RasterHandles
from xview_loc.imagery.raster_source import patch_to_geodetic, RasterSource
from xview_loc.imagery.resample import Resampled
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.imagery.stretch import Stretch
from xview_loc.imagery.tile_cache import TileCache
from xview_loc.imagery.warning_log import WarningLog

if TYPE_CHECKING:
    from xview_loc.geometry.local_frame import LocalFrame

# The common stretch of a mosaic is the median over this many files, spread evenly.
STRETCH_SAMPLES = 16


class Mosaic:
    """
    Fills each patch from the finest source there, then the next, until it is full.

    Each source is placed by its own exact chain, so sources in different projections meet within
    0.1 px wherever they overlap. Sources that only touch leave the line of pixels masked whose
    interpolation would need both.

    :param sources: at least one; of equally fine ones the first wins.
    :param name: name for diagnostics.
    :param warnings: the log that the sources count into; a new one when ``None``.
    :raises ImageryError: when there are no sources.
    """

    def __init__(self, sources: list[ImagerySource], name: str = 'mosaic',
                 warnings: WarningLog | None = None):
        if not sources:
            raise ImageryError('A mosaic needs at least one imagery source.')
        self.sources = sources
        self.name = name
        self.warnings = WarningLog() if warnings is None else warnings
        self.bounds: Bounds = union([source.bounds for source in sources])
        self.attribution = '; '.join(dict.fromkeys(
            source.attribution for source in sources if source.attribution))
        dates = {source.date for source in sources}
        self.date = dates.pop() if len(dates) == 1 else ''

    def metres_per_pixel_at(self, latitude_deg: float, longitude_deg: float) -> float:
        """Return the finest ground resolution there, or anywhere near if nothing covers it."""
        here = [source for source in self.sources
                if covers(source.bounds, latitude_deg, longitude_deg)]
        return min(source.metres_per_pixel_at(latitude_deg, longitude_deg)
                   for source in here or self.sources)

    def read_patch(self, geometry: PatchGeometry, frame: LocalFrame) -> SatellitePatch:
        """
        Cut a patch out of the sources.

        :param geometry: centre, resolution, size and rotation of the patch in ``map``.
        :param frame: the ``map`` frame on the earth.
        :return: the patch, masked where no source has imagery.
        :raises ImageryError: when all sources there are coarser than 1 m per pixel.
        """
        latitude, longitude, _ = frame.geodetic_from_map(geometry.centre_x, geometry.centre_y)
        native = self.metres_per_pixel_at(float(latitude), float(longitude))
        refuse_coarse(self.name, native)
        result = self.read_area(geometry.shape, patch_to_geodetic(geometry, frame))
        provenance = Provenance(source=self.name, native_metres_per_pixel=native, date=self.date,
                                attribution=self.attribution)
        return SatellitePatch(result.image, geometry, result.valid, provenance, frame)

    def read_area(self, shape: tuple[int, int], geodetic_from_pixel: GeodeticFunction
                  ) -> Resampled:
        """
        Fill an image whose pixels lie anywhere on the earth.

        :param shape: ``(height, width)`` of the image.
        :param geodetic_from_pixel: latitudes and longitudes of its continuous pixel coordinates.
        """
        image = np.zeros((*shape, 3), np.uint8)
        valid = np.zeros(shape, bool)
        for source in self._sources_of(shape, geodetic_from_pixel):
            result = source.read_area(shape, geodetic_from_pixel)
            holes = result.valid & ~valid
            if holes.all():
                return Resampled(result.image, result.valid, 0)
            image[holes] = result.image[holes]
            valid |= holes
            if valid.all():
                break
        return Resampled(image, valid, 0)

    def prefetch(self, geometry: PatchGeometry, frame: LocalFrame) -> None:
        """Decode what a patch will need, so that reading it later does not wait."""
        self.read_area(geometry.shape, patch_to_geodetic(geometry, frame))

    def close(self) -> None:
        """Close all sources."""
        for source in self.sources:
            source.close()

    def _sources_of(self, shape: tuple[int, int], geodetic_from_pixel: GeodeticFunction
                    ) -> list[ImagerySource]:
        """Return the sources that an image touches and that are fine enough, finest first."""
        edge = np.linspace(0.0, 1.0, 5)
        rows, columns = np.meshgrid(edge * shape[0], edge * shape[1], indexing='ij')
        latitudes, longitudes = geodetic_from_pixel(rows, columns)
        area = bounds_of(latitudes, longitudes)
        middle = float(latitudes[2, 2]), float(longitudes[2, 2])
        touched = [(source.metres_per_pixel_at(*middle), source) for source in self.sources
                   if intersects(source.bounds, area)]
        return [source for metres, source in sorted(touched, key=lambda pair: round(pair[0], 3))
                if metres <= COARSEST_METRES_PER_PIXEL]


def open_raster_mosaic(paths: list[Path], name: str, cache: TileCache,
                       stretch: Stretch | None = None) -> Mosaic:
    """
    Open raster files as one source, whatever their projections.

    Files cut from one grid are joined without seams. A file that cannot be used is counted as a
    warning and left out. Files of more than 8 bit share one stretch.

    :param paths: the files.
    :param name: name for diagnostics.
    :param cache: decoded blocks.
    :param stretch: how values become 8 bit; the default one when ``None``.
    :raises ImageryError: when none of the files can be used.
    """
    warnings, handles = WarningLog(), RasterHandles()
    rasters: list[GeoTiffRaster] = []
    for path in paths:
        try:
            rasters.append(GeoTiffRaster(path, stretch, warnings, handles))
        except ImageryError as error:
            warnings.add('unusable raster', path.name, str(error))
    if not rasters:
        raise ImageryError(f'None of the {len(paths)} rasters of {name} can be used: '
                           f'{"; ".join(warnings.messages())}')
    _share_stretch(rasters)
    groups: list[list[GeoTiffRaster]] = []
    for raster in rasters:
        group = next((group for group in groups if on_one_grid(group[0], raster)), None)
        if group is None:
            groups.append([raster])
        else:
            group.append(raster)
    return _FileMosaic([RasterSource(GridMosaic(group), cache, warnings) for group in groups],
                       name, warnings, handles)


class _FileMosaic(Mosaic):

    def __init__(self, sources: list[ImagerySource], name: str, warnings: WarningLog,
                 handles: RasterHandles):
        super().__init__(sources, name, warnings)
        self.handles = handles

    def close(self) -> None:
        """Close all files."""
        self.handles.close()


def _share_stretch(rasters: list[GeoTiffRaster]) -> None:
    """Give files with the same number of bands the median of their limits."""
    for count in {len(raster.bands.indexes) for raster in rasters}:
        alike = [raster for raster in rasters if len(raster.bands.indexes) == count
                 and raster.bands.needs_stretch]
        step = max(1, len(alike) // STRETCH_SAMPLES)
        limits = [raster.stretch_limits for raster in alike[::step]]
        if limits:
            shared = tuple((float(low), float(high)) for low, high in np.median(limits, axis=0))
            for raster in alike:
                raster.use_limits(shared)
