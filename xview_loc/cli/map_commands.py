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

"""What ``xview-loc map`` does, without printing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import math
from pathlib import Path
from typing import Any

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.cli.single_match import BODY_FROM_OPTICAL, centre_column_azimuth, read_image, View
from xview_loc.errors import MatchingError, ModelPackageError
from xview_loc.geometry.angles import heading_from_yaw
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.imagery.bounds import Bounds
from xview_loc.imagery.imagery_source import ImagerySource
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.pack_manifest import read_manifest
from xview_loc.matching.ground_query import (
    ground_descriptors, require_retrieval, searched_yaws)
from xview_loc.matching.ground_view import ground_view
from xview_loc.matching.map_area import area_along, area_of_bounds, CellCost, MapArea
from xview_loc.matching.map_builder import build_map
from xview_loc.matching.map_folder import open_map
from xview_loc.matching.map_manifest import (
    manifest_for, MapImagery, MapManifest, require_package)
from xview_loc.matching.model_folders import find_package
from xview_loc.matching.model_package import ModelPackage, read_model_package
from xview_loc.matching.onnx_session import OnnxSessions
from xview_loc.matching.relocalisation import GlobalSearch
from xview_loc.matching.tile_encoder import TileEncoder
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.csv_table import read_csv_table

COARSEST_IMAGERY = 2.0


@dataclass(frozen=True)
class MapRequest:
    """
    What part of the earth to describe, and how densely.

    :param bounds: west, south, east, north [deg], or ``None``.
    :param route: bag or CSV to follow, or ``None``.
    :param corridor_m: how far to both sides of the route [m].
    :param spacing_m: step of the grid; that of the model when ``None`` [m].
    :param most_cells: refuse more.
    :param datum: latitude and longitude of the grid's anchor [deg], or ``None``.
    """

    bounds: Bounds | None
    route: Path | None
    corridor_m: float
    spacing_m: float | None
    most_cells: int
    datum: tuple[float, float] | None

    def area(self, spacing_m: float, cost: CellCost) -> MapArea:
        """
        Return the cells.

        :param spacing_m: step of the grid [m].
        :param cost: of a cell, for the message when there are too many.
        """
        frame = None if self.datum is None else LocalFrame(*self.datum)
        if self.bounds is not None:
            return area_of_bounds(self.bounds, spacing_m, cost, self.most_cells, frame)
        assert self.route is not None
        return area_along(read_route(self.route), self.corridor_m, spacing_m, cost,
                          self.most_cells, frame)


def build_descriptor_map(model: str, tiles: Path, out: Path, request: MapRequest, licence: str,
                         allow_untrained: bool,
                         progress: Callable[[int, int], None] | None = None) -> MapManifest:
    """
    Build a map, or go on with an unfinished one.

    :param model: folder or name of a retrieval package.
    :param tiles: imagery.
    :param out: folder of the map.
    :param request: what to describe.
    :param licence: of the imagery; as its pack says when ''.
    :param allow_untrained: take packages with random weights too.
    :param progress: called with the cells done and those to do.
    :raises XviewLocError: when something does not fit together or is too large.
    """
    package = open_package(model, allow_untrained)
    description = package.description
    assert description.retrieval is not None
    encoder = TileEncoder(OnnxSessions(package), description.satellite)
    cost = CellCost(encoder.time_of_a_tile(), 2 * encoder.dimension)
    area = request.area(request.spacing_m or description.retrieval.spacing_m, cost)
    imagery = open_imagery(tiles)
    try:
        _check_resolution(package, imagery, area.frame)
        manifest = manifest_for(
            package, encoder.dimension, spacing_m=area.spacing_m, frame=area.frame,
            imagery=_imagery_of(imagery, tiles, licence), area=area.text)
        return build_map(out, manifest, area, imagery, encoder, progress)
    finally:
        imagery.close()


def find_places(folder: Path, model: str, ground: Path, view: View, count: int,
                allow_untrained: bool) -> list[dict[str, Any]]:
    """
    Return the places of a map that look like an image, best first.

    :param folder: of the map.
    :param model: folder or name of the package that made it.
    :param ground: the image.
    :param view: how it was taken.
    :param count: how many places to return.
    :param allow_untrained: take packages with random weights too.
    :return: latitude, longitude [deg], heading of the image's centre column [deg] (``None`` where
        the model does not tell) and score of each.
    :raises XviewLocError: when something does not fit together.
    """
    stored, package = open_map(folder), open_package(model, allow_untrained)
    require_package(stored.manifest, package)
    image = read_image(ground, 'ground')
    camera = MountedCamera(view.camera(*image.shape[:2]), BODY_FROM_OPTICAL, view.camera_height_m)
    window = FrameWindow((Frame(image, 0.0, camera, pitch=math.radians(view.pitch_deg)),))
    seen = ground_view(window, package.description.ground)
    if seen.is_blank:
        raise MatchingError(f'The image {ground} shows nothing to compare.')
    yaws = searched_yaws(package, 0.5 * math.pi, math.pi)
    queries = ground_descriptors(seen, package, OnnxSessions(package), yaws)
    knows_heading = package.description.heading.kind != 'invariant'
    to_right, frame = centre_column_azimuth(camera.model), stored.manifest.frame
    assert frame is not None
    places = []
    for place in GlobalSearch(stored).best(queries if knows_heading else queries[:1], count):
        latitude, longitude, _ = frame.geodetic_from_map(place.x, place.y)
        heading = math.degrees(heading_from_yaw(yaws[place.query] - to_right))
        places.append({'latitude': float(latitude), 'longitude': float(longitude),
                       'heading_deg': heading if knows_heading else None,
                       'score': place.score})
    return places


def open_package(model: str, allow_untrained: bool) -> ModelPackage:
    """
    Return a retrieval package.

    :param model: its folder or name.
    :param allow_untrained: take packages with random weights too.
    :raises XviewLocError: when it is of another family, damaged, or untrained.
    """
    package = read_model_package(find_package(model))
    require_retrieval(package)
    if not (package.description.trained or allow_untrained):
        raise ModelPackageError(
            f'The model {package.name} has random weights, so that its answers mean nothing; give '
            '--allow-untrained to use it all the same.')
    return package


def read_route(path: Path) -> np.ndarray:
    """
    Return the positions of a route.

    :param path: a CSV with the columns ``latitude`` and ``longitude``, or a bag with fixes.
    :return: ``(N, 2)`` latitude and longitude [deg].
    :raises XviewLocError: when there are none.
    """
    if path.suffix.lower() == '.csv':
        columns = read_csv_table(path, ('latitude', 'longitude'))
        return np.stack([columns['latitude'], columns['longitude']], axis=1)
    with BagReader(path) as reader:
        topics = reader.topics_of_type('sensor_msgs/msg/NavSatFix')
        fixes = [(message.latitude, message.longitude)
                 for _, _, message in reader.messages(topics) if message.status.status >= 0
                 ] if topics else []
    if not fixes:
        raise MatchingError(f'{path} holds no valid sensor_msgs/msg/NavSatFix to follow.')
    return np.array(fixes)


def _check_resolution(package: ModelPackage, imagery: ImagerySource, frame: LocalFrame) -> None:
    """Refuse imagery that is much coarser than the tiles."""
    found = imagery.metres_per_pixel_at(frame.latitude_deg, frame.longitude_deg)
    wanted = package.description.satellite.metres_per_pixel
    if found > COARSEST_IMAGERY * wanted:
        raise MatchingError(
            f'The imagery {imagery.name} has {found:.3g} m per pixel but the model '
            f'{package.name} was made for {wanted:.3g}; at most {COARSEST_IMAGERY * wanted:.3g} '
            'will do.')


def _imagery_of(imagery: ImagerySource, path: Path, licence: str) -> MapImagery:
    """Return what the map says about its imagery."""
    if not licence and path.suffix.lower() == '.mbtiles':
        manifest = read_manifest(path)
        licence = manifest.licence if manifest else ''
    return MapImagery(imagery.name, imagery.date, licence, imagery.attribution)
