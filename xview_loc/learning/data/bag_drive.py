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

"""A recorded drive with truth, opened for training: which images, where taken, by what camera."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.learning.data.bag_camera import (
    model_of, mounting_of, standing_camera, StandingCamera)
from xview_loc.learning.data.bag_truth import read_true_track
from xview_loc.recordings.bag_images import decode_message
from xview_loc.recordings.bag_reader import BagReader, header_stamp
from xview_loc.recordings.bag_topics import BagTopics, choose_topics
from xview_loc.recordings.parameter_file import merge, parameters_of
from xview_loc.recordings.static_transforms import camera_mounting_in, image_frame


@dataclass(frozen=True)
class BagDrive:
    """
    The images of a bag whose true pose is known.

    :param path: the bag.
    :param topic: of the images.
    :param frame: the ``map`` frame.
    :param model: of the camera.
    :param base_from_camera: ``(4, 4)``; read-only.
    :param base_height: of ``base_link`` above the ground [m].
    :param stamps: ``(N,)`` of the images [s]; read-only.
    :param log_ns: ``(N,)`` int64 when each was recorded [ns]; read-only.
    :param poses: ``(N, 5)`` x, y [m], yaw, roll, pitch [rad] of ``base_link``; read-only.
    """

    path: Path
    topic: str
    frame: LocalFrame
    model: CameraModel
    base_from_camera: np.ndarray
    base_height: float
    stamps: np.ndarray
    log_ns: np.ndarray
    poses: np.ndarray

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.stamps)

    def camera(self, number: int) -> StandingCamera:
        """Return where the camera was and looked at an image."""
        return standing_camera(self.model, self.base_from_camera, self.base_height,
                               self.poses[number])

    @cached_property
    def travelled(self) -> np.ndarray:
        """Return ``(N,)`` the distance travelled up to each image [m]."""
        steps = np.linalg.norm(np.diff(self.poses[:, :2], axis=0), axis=1)
        return np.concatenate([[0.0], np.cumsum(steps)])

    def spread(self, spacing_m: float) -> np.ndarray:
        """
        Choose images at even distances.

        :param spacing_m: least distance travelled from one to the next [m]; 0 takes all.
        :return: numbers of the images.
        """
        chosen: list[int] = []
        for number, distance in enumerate(self.travelled.tolist()):
            if not chosen or distance - self.travelled[chosen[-1]] >= spacing_m:
                chosen.append(number)
        return np.array(chosen, dtype=np.int64)


def open_bag_drive(bag: str | Path, *, truth: str = '', config: str | Path | None = None,
                   origin: tuple[float, float, float] | None = None,
                   image: str = '') -> BagDrive:
    """
    Read which images of a bag can be used, and their true poses.

    :param bag: the recording.
    :param truth: topic of true poses (odometry in ``map``, or fixes of a precise receiver), or a
        TUM file; the bag's own truth topic when ''.
    :param config: YAML of node parameters, for the camera and the map's origin.
    :param origin: latitude, longitude [deg] and altitude [m] of the map; of the parameters or
        the bag when ``None``.
    :param image: topic of the images; the conventional one when ''.
    :raises DataSetError: when the bag lacks images, truth or a place on the earth.
    """
    file = Path(truth) if truth.endswith('.tum') else None
    parameters = _parameters(config)
    with BagReader(bag) as reader:
        topics = choose_topics(reader, truth='' if file else truth, image=image)
        if not topics.image:
            raise DataSetError(f'{bag} holds no images.')
        frame = _frame(reader, parameters, origin)
        track, frame = read_true_track(reader, topics.truth, file, frame)
        found = camera_mounting_in(reader, image_frame(reader, topics.image))
        camera = parameters.get('camera', {})
        mounting = mounting_of(camera, found)
        stamps, log_ns, shape = _images(reader, topics.image)
        model = model_of(camera, _calibration(reader, topics), shape)
        height = parameters.get('base_height', reader.custom_data.get('base_height', 0.0))
    poses = track.at(stamps)
    known = np.isfinite(poses).all(axis=1)
    if not known.any():
        raise DataSetError(f'No image of {bag} has a true pose within half a second.')
    return BagDrive(
        Path(bag), topics.image, frame, model, frozen(mounting), float(height),
        frozen(stamps[known]), frozen(log_ns[known]), frozen(poses[known]))


def _parameters(config: str | Path | None) -> dict[str, Any]:
    """Return what a parameter file says of camera and map."""
    parameters: dict[str, Any] = {}
    if config is not None:
        for node in ('tile_manager', 'image_batcher'):
            merge(parameters, parameters_of(Path(config), node))
    return parameters


def _frame(reader: BagReader, parameters: dict[str, Any],
           origin: tuple[float, float, float] | None) -> LocalFrame | None:
    """Return the map frame, if anything tells it."""
    told = reader.custom_data.get('map_origin', '').split()
    values = origin or parameters.get('map_origin') or told
    return LocalFrame(*map(float, values)) if values else None


def _images(reader: BagReader, topic: str) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Return stamps [s], log times [ns] and the size of the images."""
    stamps, log_ns, shape = [], [], None
    for _, logged, message in reader.messages([topic]):
        if shape is None:
            shape = decode_message(message).shape[:2]
        stamp = header_stamp(message)
        stamps.append(logged * 1e-9 if stamp is None else stamp)
        log_ns.append(logged)
    if shape is None:
        raise DataSetError(f'{topic} of {reader.path} holds no images.')
    return np.array(stamps), np.array(log_ns, dtype=np.int64), (shape[0], shape[1])


def _calibration(reader: BagReader, topics: BagTopics) -> Any:
    """Return the first calibration message, or ``None``."""
    if not topics.camera_info:
        return None
    return next((message for _, _, message in reader.messages([topics.camera_info])), None)
