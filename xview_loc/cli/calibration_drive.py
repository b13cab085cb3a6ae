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

"""A drive in a bag as calibration looks at it: topics, parameters, poses and images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xview_loc.cli.bag_drive import first_fix, read_drive
from xview_loc.cli.bag_parameters import bag_parameters
from xview_loc.cli.drive_images import DriveImages, read_drive_images
from xview_loc.cli.mount_calibration import Mounting
from xview_loc.cli.prior_only import prior_only_track
from xview_loc.cli.replay_run import split_truth
from xview_loc.errors import RecordingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.bag_topics import BagTopics, choose_topics
from xview_loc.recordings.parameter_file import merge, parameters_of
from xview_loc.report.track import Track


@dataclass(frozen=True)
class CalibrationDrive:
    """
    What a bag says about a drive to calibrate with.

    :param topics: which topic is which.
    :param parameters: of the nodes, nested.
    :param origin: latitude, longitude [deg] and altitude [m] of the map.
    :param frame: the map.
    :param track: poses of the vehicle.
    :param known: whether they are true ones.
    :param odometry: poses in a frame of its own; empty where there is none.
    """

    topics: BagTopics
    parameters: dict[str, Any]
    origin: tuple[float, ...]
    frame: LocalFrame
    track: Track
    known: bool
    odometry: Track

    @property
    def image_time_offset(self) -> float:
        """Return what is known to be added to the stamps of images [s]."""
        return float(self.parameters.get('image_time_offset', 0.0))

    def images(self, reader: BagReader, count: int, spacing_m: float) -> DriveImages:
        """
        Read images spread evenly along the drive.

        :param reader: of the bag.
        :param count: most images to read.
        :param spacing_m: no closer than this on average [m].
        """
        return read_drive_images(
            reader, self.topics, self.parameters.get('camera', {}), self.track, count, spacing_m,
            self.image_time_offset)


def open_calibration_drive(reader: BagReader, bag: Path, config: Path | None,
                           truth: str) -> CalibrationDrive:
    """
    Read everything but the images.

    :param reader: of the bag.
    :param bag: its path, for messages.
    :param config: YAML of node parameters, or ``None``.
    :param truth: topic or TUM file, or ''.
    :raises RecordingError: when images or the place are missing.
    """
    topic, file = split_truth(truth)
    topics = choose_topics(reader, truth=topic)
    if not topics.image:
        raise RecordingError(f'{bag} holds no images to calibrate with.')
    parameters = bag_parameters(reader, topics)
    for node in ('tile_manager', 'image_batcher'):
        if config is not None:
            merge(parameters, parameters_of(config, node))
    origin = tuple(parameters.get('map_origin') or ()) or first_fix(reader, topics.fix)
    if not origin:
        raise RecordingError(f'{bag} has no fix and no map_origin: the place is unknown.')
    frame = LocalFrame(*origin)
    drive = read_drive(reader, topics, frame, file)
    known = drive.truth is not None and bool(truth)
    track = drive.truth if known else prior_only_track(drive)
    assert track is not None
    return CalibrationDrive(topics, parameters, origin, frame, track, known, drive.odometry)


def mounting_of(parameters: dict[str, Any]) -> Mounting:
    """
    Return the mounting that parameters describe, corrections included.

    :param parameters: of the image batcher, nested.
    """
    camera = parameters.get('camera', {})
    return Mounting(
        camera.get('x', 0.0), camera.get('y', 0.0),
        camera.get('z', 0.0) + camera.get('height_offset', 0.0), camera.get('roll', 0.0),
        camera.get('pitch', 0.0) + camera.get('pitch_offset', 0.0), camera.get('yaw', 0.0),
        parameters.get('base_height', 0.0))
