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

"""Doctor's checks of what the user brings: imagery and a recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from xview_loc.camera.image_decoding import decode_compressed
from xview_loc.cli.health_check import failed, HealthCheck, passed, warning
from xview_loc.errors import XviewLocError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.recordings.bag_reader import BagReader, header_stamp

RAW = 'sensor_msgs/msg/Image'
COMPRESSED = 'sensor_msgs/msg/CompressedImage'
CLIFF_BYTES = 500_000
SLOWEST_HZ = 1.0
OTHER_INPUTS = {
    'camera calibration': 'sensor_msgs/msg/CameraInfo',
    'GNSS': 'sensor_msgs/msg/NavSatFix',
    'odometry': 'nav_msgs/msg/Odometry',
}
ADVICE = {
    'camera calibration': 'Record camera_info with the images; without it no image can be used',
    'GNSS': 'Record fix, or set map_origin and send initialpose',
    'odometry': 'Record odometry/filtered; the filter needs motion between images',
}


def check_tiles(source: Path, place: tuple[float, float] | None = None) -> HealthCheck:
    """
    Check that imagery opens and covers a place.

    :param source: anything :func:`open_imagery` takes.
    :param place: latitude and longitude [deg]; the middle of the imagery when ``None``.
    """
    try:
        imagery = open_imagery(source)
    except XviewLocError as error:
        return failed('imagery', str(error), 'Name an MBTiles file, a GeoTIFF or a z/x/y folder')
    try:
        west, south, east, north = imagery.bounds
        latitude, longitude = place or (0.5 * (south + north), 0.5 * (west + east))
        resolution = imagery.metres_per_pixel_at(latitude, longitude)
        patch = imagery.read_patch(PatchGeometry(0.0, 0.0, max(resolution, 0.1), 256, 256),
                                   LocalFrame(latitude, longitude))
    except XviewLocError as error:
        return failed('imagery', str(error), 'Use imagery of 1 m per pixel or finer')
    finally:
        imagery.close()
    found = (f'{imagery.name}: {resolution:.2f} m per pixel at {latitude:.5f}, {longitude:.5f}; '
             f'covers {south:.5f} to {north:.5f} N, {west:.5f} to {east:.5f} E')
    if not patch.valid.any():
        return failed('imagery', f'{found}; no pixels at this place',
                      'Get imagery of the place you drive in')
    if resolution > 0.5:
        return warning('imagery', found, 'Imagery of 0.3 m per pixel or finer works better')
    return passed('imagery', found)


def bag_checks(path: Path, camera_topic: str = '') -> list[HealthCheck]:
    """
    Check what a bag holds, and its camera.

    :param path: the bag.
    :param camera_topic: image topic; the one with most images when ''.
    """
    try:
        with BagReader(path) as reader:
            checks = [passed('bag', f'{reader.duration_s:.1f} s, {reader.message_count} '
                                    f'messages on {len(reader.topics)} topics')]
            checks += [_check_input(reader, name, kind) for name, kind in OTHER_INPUTS.items()]
            checks.append(_check_camera(reader, camera_topic))
            return checks
    except XviewLocError as error:
        return [failed('bag', str(error), 'Check the path; ros2 bag reindex repairs some bags')]


def _check_input(reader: BagReader, name: str, msgtype: str) -> HealthCheck:
    """Check that a kind of input is there."""
    topics = reader.topics_of_type(msgtype)
    if topics:
        return passed(name, ', '.join(topics))
    return warning(name, f'no topic of type {msgtype}', ADVICE[name])


def _check_camera(reader: BagReader, topic: str) -> HealthCheck:
    """Check rate, resolution and size of the images."""
    topics = reader.topics_of_type(RAW) + reader.topics_of_type(COMPRESSED)
    if not topics:
        return failed('camera', 'the bag holds no images',
                      'Record sensor_msgs/Image or sensor_msgs/CompressedImage')
    if topic and topic not in topics:
        return failed('camera', f'{topic} is not an image topic; there are {", ".join(topics)}',
                      'Name one of them')
    topic = topic or topics[0]
    stamps, size, shape = _survey(reader, topic)
    return camera_verdict(topic, reader.topics[topic].msgtype == RAW, stamps, size, shape)


def _survey(reader: BagReader, topic: str, most: int = 100):
    """Return stamps, largest size in bytes and shape of the first images of a topic."""
    stamps, size, shape = [], 0, None
    for _, log_ns, message in reader.messages([topic]):
        stamp = header_stamp(message)
        stamps.append(log_ns * 1e-9 if stamp is None else stamp)
        size = max(size, len(message.data))
        if shape is None:
            shape = ((message.height, message.width) if hasattr(message, 'height')
                     else decode_compressed(bytes(message.data)).shape[:2])
        if len(stamps) == most:
            break
    return np.array(stamps), size, shape


def camera_verdict(topic: str, is_raw: bool, stamps: np.ndarray, size: int,
                   shape: tuple[int, int]) -> HealthCheck:
    """
    Judge a camera.

    :param topic: its topic.
    :param is_raw: raw, not compressed.
    :param stamps: ``(N,)`` stamps of consecutive images [s].
    :param size: largest message [bytes].
    :param shape: rows and columns.
    """
    gaps = np.diff(stamps)
    rate = 1.0 / float(np.median(gaps)) if len(gaps) and np.median(gaps) > 0.0 else 0.0
    found = (f'{topic}: {shape[1]} x {shape[0]}, {rate:.1f} Hz, '
             f'{"raw" if is_raw else "compressed"}, {size / 1e6:.2f} MB each')
    if len(gaps) and gaps.min() < 0.0:
        return failed('camera', f'{found}; its stamps go back',
                      'Images must carry their acquisition time')
    if size > CLIFF_BYTES:
        return warning('camera', f'{found}: above 0.5 MB the default middleware loses it with '
                                 'best-effort transport',
                       'Load config/fastdds_large_images.xml in the camera driver, or use '
                       'image/compressed')
    if rate < SLOWEST_HZ:
        return warning('camera', found, 'A camera of 5 Hz or more keeps the filter better')
    return passed('camera', found)
