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
import math
from pathlib import Path
from typing import Any

import numpy as np

from xview_loc.camera.attitude import AttitudeBuffer, AttitudeSource
from xview_loc.cli.bag_drive import first_fix, read_drive
from xview_loc.cli.bag_parameters import bag_parameters
from xview_loc.cli.mount_calibration import Mounting, Sighting
from xview_loc.cli.prior_only import prior_only_track
from xview_loc.cli.replay_run import split_truth
from xview_loc.errors import CameraError, GeometryError, RecordingError
from xview_loc.geometry.camera_calibration import camera_from_info
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_images import decode_message
from xview_loc.recordings.bag_reader import BagReader, header_stamp
from xview_loc.recordings.bag_topics import BagTopics, choose_topics
from xview_loc.recordings.parameter_file import merge, parameters_of
from xview_loc.report.track import Track

LEAST_SPACING_M = 3.0


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

    def sightings(self, reader: BagReader, count: int, spacing_m: float) -> list[Sighting]:
        """
        Read images spread evenly along the drive.

        :param reader: of the bag.
        :param count: most images to read.
        :param spacing_m: no closer than this on average [m].
        """
        return read_sightings(
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


def read_sightings(reader: BagReader, topics: BagTopics, camera: dict[str, Any], track: Track,
                   count: int, spacing_m: float = LEAST_SPACING_M,
                   late: float = 0.0) -> list[Sighting]:
    """
    Read images spread evenly along a track.

    :param reader: the bag.
    :param topics: which topic is which.
    :param camera: parameters ``camera.*``.
    :param track: rough poses.
    :param count: most images to read.
    :param spacing_m: no closer than this on average [m].
    :param late: parameter ``image_time_offset``, added to the stamps [s].
    """
    wanted = spread_stamps(reader, topics.image, track, count, spacing_m, late)
    attitude = AttitudeBuffer(duration_s=math.inf)
    info: Any = None
    sightings: list[Sighting] = []
    inputs = [name for name in (topics.camera_info, topics.imu, topics.odometry) if name]
    for name, _, message in reader.messages(inputs):
        if name == topics.camera_info:
            info = info or message
        else:
            _note_attitude(attitude, name == topics.imu, message)
    for _, _, message in reader.messages([topics.image]):
        stamp = (header_stamp(message) or 0.0) + late
        if stamp in wanted:
            tilt = attitude.at(stamp)
            image = decode_message(message)
            prior = Pose2(*map(float, track.at([stamp])[0]))
            sightings.append(Sighting(
                image, _model(info, camera, image.shape[:2]), tilt.roll, tilt.pitch, prior,
                stamp))
    return sightings


def spread_stamps(reader: BagReader, topic: str, track: Track, count: int,
                  spacing_m: float = LEAST_SPACING_M, late: float = 0.0) -> set[float]:
    """
    Choose images at even distances along a track.

    :param reader: the bag.
    :param topic: image topic.
    :param track: where the vehicle was.
    :param count: most images to choose.
    :param spacing_m: no closer than this on average [m].
    :param late: added to the stamps of the images [s].
    :return: their stamps, corrected [s].
    """
    stamps = np.array([header_stamp(message) for _, _, message in reader.messages([topic])])
    stamps = stamps + late
    poses = track.at(stamps)
    known = np.isfinite(poses).all(axis=1)
    stamps, poses = stamps[known], poses[known]
    if len(stamps) == 0:
        return set()
    steps = np.linalg.norm(np.diff(poses[:, :2], axis=0), axis=1)
    travelled = np.concatenate([[0.0], np.cumsum(steps)])
    most = min(count, max(int(travelled[-1] / spacing_m), 1))
    places = (np.arange(most) + 0.5) / most * travelled[-1]
    return {float(stamps[np.argmin(np.abs(travelled - place))]) for place in places}


def _model(info: Any, camera: dict[str, Any], shape: tuple[int, int]) -> CameraModel:
    """Return the camera model of the images, as the image batcher would."""
    if camera.get('projection') == 'equirectangular':
        return EquirectangularCamera(shape[0], shape[1], camera.get('horizon', 0.5) * shape[0]
                                     - 0.5, camera.get('horizontal_fov', 2.0 * math.pi))
    if info is None:
        raise CameraError('The bag holds no camera_info for its images.')
    region = info.roi
    return camera_from_info(
        info.width, info.height, list(info.k), list(info.d), info.distortion_model,
        (info.binning_x, info.binning_y),
        (region.x_offset, region.y_offset, region.height, region.width), shape)


def _note_attitude(attitude: AttitudeBuffer, inertial: bool, message: Any) -> None:
    """Remember the attitude of an inertial or odometry message; nonsense is left out."""
    turn = message.orientation if inertial else message.pose.pose.orientation
    if inertial and message.orientation_covariance[0] < 0.0:
        return
    source = AttitudeSource.IMU if inertial else AttitudeSource.ODOMETRY
    try:
        attitude.add(header_stamp(message) or 0.0, (turn.x, turn.y, turn.z, turn.w), source)
    except (CameraError, GeometryError):
        return
