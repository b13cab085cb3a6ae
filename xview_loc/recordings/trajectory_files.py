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

"""Trajectories in the formats that other programs read: TUM, KITTI, GeoJSON and KML."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
import json
import math
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.recordings.trajectory import read_tum, Trajectory, write_tum

_KML = 'http://www.opengis.net/kml/2.2'
_GX = 'http://www.google.com/kml/ext/2.2'


def write_trajectory(path: str | Path, trajectory: Trajectory,
                     frame: LocalFrame | None = None) -> None:
    """
    Write a trajectory in the format that the file's ending names.

    :param path: ``.tum``, ``.kitti``, ``.geojson`` or ``.kml``; an old file is replaced.
    :param trajectory: what to write.
    :param frame: the map frame; GeoJSON and KML need it.
    :raises RecordingError: when the ending is unknown or the frame is missing.
    """
    path = Path(path)
    if path.suffix == '.tum':
        write_tum(path, trajectory)
    elif path.suffix == '.kitti':
        write_kitti(path, trajectory)
    elif path.suffix in _ON_EARTH:
        if frame is None:
            raise RecordingError(
                f'{path} needs the origin of the map; {path.suffix} holds places on the earth.')
        _ON_EARTH[path.suffix](path, trajectory, frame)
    else:
        raise RecordingError(
            f'{path} has no known ending; use .tum, .kitti, .geojson or .kml.')


def read_trajectory(path: str | Path) -> Trajectory:
    """
    Read a TUM file.

    :param path: the file.
    :raises RecordingError: when it is of a format that cannot be read back.
    """
    if Path(path).suffix in ('.kitti', '.geojson', '.kml'):
        raise RecordingError(
            f'{path} cannot be compared: its format has no stamps or no headings; use a .tum '
            'file.')
    return read_tum(path)


def write_kitti(path: str | Path, trajectory: Trajectory) -> None:
    """
    Write ``map_from_base`` as twelve numbers per line, without stamps.

    These are poses of ``base_link`` (x forward) in ``map``, not of a camera: tools that compare
    two such files do not mind.

    :param path: the file; an old one is replaced.
    :param trajectory: what to write.
    """
    rows = []
    for x, y, yaw in trajectory.poses:
        c, s = math.cos(yaw), math.sin(yaw)
        rows.append(f'{c:.9f} {-s:.9f} 0 {x:.6f} {s:.9f} {c:.9f} 0 {y:.6f} 0 0 1 0')
    Path(path).write_text(''.join(f'{row}\n' for row in rows), encoding='utf-8')


def write_geojson(path: str | Path, trajectory: Trajectory, frame: LocalFrame) -> None:
    """
    Write a line (RFC 7946) with the time of every vertex in the property ``coordTimes``.

    :param path: the file; an old one is replaced.
    :param trajectory: what to write, at least two poses.
    :param frame: the map frame.
    """
    latitude, longitude = _places(trajectory, frame)
    if len(trajectory) < 2:
        raise RecordingError(f'{path} needs at least two poses for a line.')
    feature = {
        'type': 'Feature',
        'geometry': {'type': 'LineString', 'coordinates': [
            [round(x, 9), round(y, 9)] for x, y in zip(longitude, latitude)]},
        'properties': {'name': Path(path).stem,
                       'coordTimes': [_iso(stamp) for stamp in trajectory.stamps.tolist()]}}
    Path(path).write_text(json.dumps({'type': 'FeatureCollection', 'features': [feature]}) + '\n',
                          encoding='utf-8')


def write_kml(path: str | Path, trajectory: Trajectory, frame: LocalFrame) -> None:
    """
    Write a track with times (KML 2.2 with the ``gx:Track`` extension), clamped to the ground.

    :param path: the file; an old one is replaced.
    :param trajectory: what to write.
    :param frame: the map frame.
    """
    ElementTree.register_namespace('', _KML)
    ElementTree.register_namespace('gx', _GX)
    root = ElementTree.Element(f'{{{_KML}}}kml')
    document = ElementTree.SubElement(root, f'{{{_KML}}}Document')
    placemark = ElementTree.SubElement(document, f'{{{_KML}}}Placemark')
    ElementTree.SubElement(placemark, f'{{{_KML}}}name').text = Path(path).stem
    track = ElementTree.SubElement(placemark, f'{{{_GX}}}Track')
    ElementTree.SubElement(track, f'{{{_KML}}}altitudeMode').text = 'clampToGround'
    latitude, longitude = _places(trajectory, frame)
    for stamp in trajectory.stamps.tolist():
        ElementTree.SubElement(track, f'{{{_KML}}}when').text = _iso(stamp)
    for x, y in zip(longitude, latitude):
        ElementTree.SubElement(track, f'{{{_GX}}}coord').text = f'{x:.9f} {y:.9f} 0'
    ElementTree.ElementTree(root).write(path, encoding='utf-8', xml_declaration=True)


_ON_EARTH: dict[str, Callable[[Path, Trajectory, LocalFrame], None]] = {
    '.geojson': write_geojson, '.kml': write_kml}


def _places(trajectory: Trajectory, frame: LocalFrame) -> tuple[list[float], list[float]]:
    """Return latitudes and longitudes [deg]."""
    latitude, longitude, _ = frame.geodetic_from_map(
        trajectory.poses[:, 0], trajectory.poses[:, 1])
    return np.asarray(latitude).tolist(), np.asarray(longitude).tolist()


def _iso(stamp: float) -> str:
    """Return a time as ISO 8601 in UTC."""
    moment = datetime.fromtimestamp(stamp, timezone.utc)
    return moment.isoformat(timespec='milliseconds').replace('+00:00', 'Z')
