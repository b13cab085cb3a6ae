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

"""The chain from patch pixel to source pixel, and the cache behind it."""

import cv2
import numpy as np
from pyproj import Transformer
import pytest

from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.block import Block
from xview_loc.imagery.pixel_mapping import fit_mapping
from xview_loc.imagery.raster_source import patch_to_geodetic, RasterSource
from xview_loc.imagery.tile_cache import TileCache
from xview_loc.imagery.tile_pyramid import TilePyramid
from xview_loc.imagery.tile_store import TileIndex

ZOOM = 19


class OneColour:
    """A store whose tiles all have one colour."""

    def __init__(self, colour):
        self.colour = colour
        self.reads = 0
        self.name, self.metadata = 'one colour', {}

    def zooms(self):
        return [ZOOM]

    def extent(self, zoom):
        return 0, 0, 2 ** zoom - 1, 2 ** zoom - 1

    def tiles(self, zoom):
        yield TileIndex(zoom, 0, 0)

    def get(self, tile):
        self.reads += 1
        return cv2.imencode('.png', np.full((256, 256, 3), self.colour, np.uint8))[1].tobytes()

    def close(self):
        """Hold nothing."""


def exact_tile_pixels(geometry, frame):
    """Return tile rows and columns of all patch pixels by PROJ and the textbook formula."""
    x, y = geometry.cell_centres()
    latitude, longitude, _ = frame.geodetic_from_map(x, y)
    height = np.full(x.shape, frame.altitude_m)
    z = frame.map_from_geodetic(latitude, longitude, height)[2]
    pipeline = Transformer.from_pipeline(
        '+proj=pipeline +step +inv +proj=topocentric +ellps=WGS84 '
        f'+lat_0={frame.latitude_deg!r} +lon_0={frame.longitude_deg!r} +h_0={frame.altitude_m!r} '
        '+step +inv +proj=cart +ellps=WGS84 +step +proj=unitconvert +xy_in=rad +xy_out=deg')
    longitude, latitude, _ = pipeline.transform(x, y, z)
    world = 256 * 2.0 ** ZOOM
    return ((0.5 - np.arcsinh(np.tan(np.radians(latitude))) / (2 * np.pi)) * world,
            (longitude / 360.0 + 0.5) * world)


@pytest.mark.parametrize('latitude', [0.0, 49.0, 60.2, 78.2])
@pytest.mark.parametrize('metres_per_pixel', [0.1, 0.2, 0.9])
@pytest.mark.parametrize('away', [0.0, 20_000.0])
def test_the_chain_is_within_a_hundredth_of_a_pixel_of_proj_at_every_pixel(
        latitude, metres_per_pixel, away):
    frame = LocalFrame(latitude, 8.4, 100.0)
    geometry = PatchGeometry(away, -away, metres_per_pixel, 320, 512, 0.4)
    raster = TilePyramid(OneColour(9))
    to_earth = patch_to_geodetic(geometry, frame)
    mapping = fit_mapping(lambda rows, columns: raster.pixel_from_geodetic(
        *to_earth(rows, columns)), geometry.shape)
    exact = exact_tile_pixels(geometry, frame)
    origin = tuple(int(axis[0, 0]) for axis in exact)
    for approximate, truth, start in zip(mapping.dense(origin), exact, origin):
        assert np.abs(approximate.astype(np.float64) - (truth - start)).max() < 0.01


def test_sources_that_share_a_cache_do_not_mix_their_tiles():
    cache = TileCache()
    dark, bright = (RasterSource(TilePyramid(OneColour(colour)), cache) for colour in (20, 220))
    part, frame = PatchGeometry(0.0, 0.0, 0.2, 40, 60), LocalFrame(49.0, 8.4)
    assert dark.read_patch(part, frame).image.max() == 20
    assert bright.read_patch(part, frame).image.min() == 220


def test_a_tile_is_decoded_once_while_it_is_in_the_cache():
    store = OneColour(50)
    source = RasterSource(TilePyramid(store))
    part, frame = PatchGeometry(0.0, 0.0, 0.2, 40, 60), LocalFrame(49.0, 8.4)
    source.read_patch(part, frame)
    reads = store.reads
    source.read_patch(part, frame)
    assert store.reads == reads


def test_a_patch_keeps_its_pixels_when_the_next_one_is_read():
    source = RasterSource(TilePyramid(OneColour(50)))
    frame = LocalFrame(49.0, 8.4)
    first = source.read_patch(PatchGeometry(0.0, 0.0, 0.2, 40, 60), frame)
    source.cache.clear()
    source.raster.store.colour = 200
    second = source.read_patch(PatchGeometry(0.0, 0.0, 0.2, 40, 60), frame)
    assert (first.image == 50).all() and (second.image == 200).all()
    assert first.valid.all()


def test_the_provenance_says_which_zoom_was_read():
    source = RasterSource(TilePyramid(OneColour(50)))
    patch = source.read_patch(PatchGeometry(0.0, 0.0, 0.2, 40, 60), LocalFrame(49.0, 8.4))
    assert patch.provenance.zoom == ZOOM
    assert patch.provenance.native_metres_per_pixel == pytest.approx(0.19589, abs=1e-4)


def test_a_block_counts_its_mask_as_memory():
    image = np.zeros((8, 8, 3), np.uint8)
    assert Block(image).nbytes == 192
    assert Block(image, np.ones((8, 8), bool)).nbytes == 256
