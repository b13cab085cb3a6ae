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

"""Images of a drive, looked at as of any time offset of their stamps."""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Any

import numpy as np

from xview_loc.camera.attitude import AttitudeBuffer, AttitudeSource
from xview_loc.cli.mount_calibration import Sighting
from xview_loc.errors import CameraError, GeometryError
from xview_loc.geometry.camera_calibration import camera_from_info
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_images import decode_message
from xview_loc.recordings.bag_reader import BagReader, header_stamp
from xview_loc.recordings.bag_topics import BagTopics
from xview_loc.report.track import Track


@dataclass(frozen=True)
class DriveImages:
    """
    Some images of a drive, and what says where and how tilted the vehicle was at any time.

    :param stamps: as the camera gave them, in their order [s].
    :param images: ``(H, W, 3)`` uint8 RGB each.
    :param models: the camera model of each.
    :param attitude: of the whole drive.
    :param track: poses of the whole drive.
    """

    stamps: tuple[float, ...]
    images: tuple[np.ndarray, ...]
    models: tuple[CameraModel, ...]
    attitude: AttitudeBuffer
    track: Track

    def sightings(self, late: float) -> list[Sighting]:
        """
        Return the images with pose and tilt of their time; those without a pose are left out.

        :param late: to be added to the stamps [s].
        """
        corrected = [stamp + late for stamp in self.stamps]
        found = []
        for stamp, image, model, pose in zip(
                corrected, self.images, self.models, self.track.at(corrected)):
            if np.isfinite(pose).all():
                tilt = self.attitude.at(stamp)
                found.append(Sighting(
                    image, model, tilt.roll, tilt.pitch, Pose2(*map(float, pose)), stamp))
        return found

    def every(self, step: int) -> DriveImages:
        """
        Return a part that is spread as the whole is.

        :param step: of as many, one is taken.
        """
        part = slice(step // 2, None, step)
        return DriveImages(self.stamps[part], self.images[part], self.models[part],
                           self.attitude, self.track)


def read_drive_images(reader: BagReader, topics: BagTopics, camera: dict[str, Any], track: Track,
                      count: int, spacing_m: float, late: float = 0.0) -> DriveImages:
    """
    Read images spread evenly along a track.

    :param reader: the bag.
    :param topics: which topic is which.
    :param camera: parameters ``camera.*``.
    :param track: rough poses.
    :param count: most images to read.
    :param spacing_m: no closer than this on average [m].
    :param late: what is known to be added to the stamps [s].
    :raises CameraError: when the bag does not describe the camera.
    """
    wanted = spread_stamps(reader, topics.image, track, count, spacing_m, late)
    attitude = AttitudeBuffer(duration_s=math.inf)
    info: Any = None
    inputs = [name for name in (topics.camera_info, topics.imu, topics.odometry) if name]
    for name, _, message in reader.messages(inputs):
        if name == topics.camera_info:
            info = info or message
        else:
            _note_attitude(attitude, name == topics.imu, message)
    images = {}
    for _, _, message in reader.messages([topics.image]):
        stamp = header_stamp(message)
        if stamp in wanted and stamp not in images:
            images[stamp] = decode_message(message)
    stamps = tuple(sorted(images))
    pictures = tuple(images[stamp] for stamp in stamps)
    return DriveImages(
        stamps, pictures, tuple(_model(info, camera, image.shape[:2]) for image in pictures),
        attitude, track)


def spread_stamps(reader: BagReader, topic: str, track: Track, count: int,
                  spacing_m: float, late: float = 0.0) -> set[float]:
    """
    Choose images at even distances along a track.

    :param reader: the bag.
    :param topic: image topic.
    :param track: where the vehicle was.
    :param count: most images to choose.
    :param spacing_m: no closer than this on average [m].
    :param late: added to the stamps of the images [s].
    :return: their stamps as the camera gave them [s].
    """
    stamps = np.array([header_stamp(message) for _, _, message in reader.messages([topic])])
    poses = track.at(stamps + late)
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
