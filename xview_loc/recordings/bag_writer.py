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

"""Writing rosbag2 bags without a ROS installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rosbags.interfaces import (
    Connection, Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

from xview_loc.errors import RecordingError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings import bag_messages, camera_messages

_FOREVER = QosTime(9223372036, 854775807)


def qos(depth: int = 10, *, latched: bool = False) -> Qos:
    """
    Return the quality of service that a topic is recorded with.

    :param depth: how many messages the publisher keeps.
    :param latched: transient local: late subscribers still receive the last messages.
    """
    durability = QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE
    return Qos(QosHistory.KEEP_LAST, depth, QosReliability.RELIABLE, durability, _FOREVER,
               _FOREVER, QosLiveliness.AUTOMATIC, _FOREVER, False)


class BagWriter:
    """
    A new rosbag2 bag, to be used in a ``with`` statement.

    Stamps are seconds as float or nanoseconds as int; a message is recorded at the stamp in its
    header unless ``log_stamp`` says otherwise. Every topic keeps the type it was first written
    with. When an exception leaves the ``with`` block, the bag is still closed with its index, so
    that what was written can be read.

    :param path: folder to create; it must not exist.
    :param storage: ``mcap`` or ``sqlite3``.
    :param compressed: compress each chunk (mcap) or message (sqlite3) with zstd.
    :raises RecordingError: when the folder exists or the storage is unknown.
    """

    def __init__(self, path: str | Path, *, storage: str = 'mcap', compressed: bool = False):
        """Create the folder and open the bag."""
        self.path = Path(path)
        if storage not in ('mcap', 'sqlite3'):
            raise RecordingError(f'Bag storage {storage!r} is unknown; use mcap or sqlite3.')
        if self.path.exists():
            raise RecordingError(f'{self.path} exists already; name a new folder for the bag.')
        self._writer = Writer(self.path, version=9, storage_plugin=StoragePlugin[storage.upper()])
        if compressed:
            mode = CompressionMode.STORAGE if storage == 'mcap' else CompressionMode.MESSAGE
            self._writer.set_compression(mode, CompressionFormat.ZSTD)
        self._connections: dict[str, Connection] = {}
        self._writer.open()

    def __enter__(self) -> BagWriter:
        """Return the writer."""
        return self

    def __exit__(self, *_) -> None:
        """Close the bag."""
        self.close()

    def close(self) -> None:
        """Write the index and the metadata; later calls do nothing."""
        if self._writer.storage is not None:
            self._writer.close()

    def set_custom_data(self, key: str, value: str) -> None:
        """Store a string in the metadata of the bag."""
        self._writer.set_custom_data(key, value)

    def write(self, topic: str, message: Any, log_stamp, *, latched: bool = False) -> None:
        """
        Write any message made by :mod:`.bag_messages` or :mod:`.camera_messages`.

        :param topic: absolute topic name.
        :param message: the message.
        :param log_stamp: when the bag player shall send it.
        :param latched: the topic is transient local; taken from its first message.
        """
        msgtype = message.__msgtype__
        data = bag_messages.typestore().serialize_cdr(message, msgtype)
        self.write_serialized(topic, msgtype, data, log_stamp, latched=latched)

    def write_serialized(self, topic: str, msgtype: str, data: bytes | memoryview, log_stamp, *,
                         latched: bool = False) -> None:
        """
        Write a message that is serialised (CDR) already.

        :param msgtype: type of the message, such as ``sensor_msgs/msg/Image``.
        :param data: CDR with its four-byte header.
        :raises RecordingError: when the topic has another type already.
        """
        connection = self._connections.get(topic)
        if connection is None:
            connection = self._writer.add_connection(
                topic, msgtype, typestore=bag_messages.typestore(),
                offered_qos_profiles=[qos(1 if latched else 10, latched=latched)])
            self._connections[topic] = connection
        elif connection.msgtype != msgtype:
            raise RecordingError(
                f'Topic {topic} holds {connection.msgtype}; {msgtype} cannot be written to it.')
        self._writer.write(connection, bag_messages.nanoseconds(log_stamp), data)

    def write_image(self, topic: str, stamp, pixels: np.ndarray, frame_id: str, *,
                    encoding: str = 'rgb8', log_stamp=None) -> None:
        """Write a raw image; see :func:`camera_messages.image`."""
        message = camera_messages.image(stamp, pixels, frame_id, encoding)
        self.write(topic, message, stamp if log_stamp is None else log_stamp)

    def write_compressed_image(self, topic: str, stamp, data: bytes, frame_id: str, *,
                               image_format: str = 'jpeg', log_stamp=None) -> None:
        """Write an encoded image; see :func:`camera_messages.compressed_image`."""
        message = camera_messages.compressed_image(stamp, data, frame_id, image_format)
        self.write(topic, message, stamp if log_stamp is None else log_stamp)

    def write_camera_info(self, topic: str, stamp, height: int, width: int, k, frame_id: str, *,
                          log_stamp=None, **fields) -> None:
        """Write a camera description; see :func:`camera_messages.camera_info`."""
        message = camera_messages.camera_info(stamp, height, width, k, frame_id, **fields)
        self.write(topic, message, stamp if log_stamp is None else log_stamp)

    def write_fix(self, topic: str, stamp, latitude_deg: float, longitude_deg: float,
                  altitude_m: float, frame_id: str = 'base_link', *, log_stamp=None,
                  **fields) -> None:
        """Write a GNSS fix; see :func:`bag_messages.nav_sat_fix`."""
        message = bag_messages.nav_sat_fix(
            stamp, latitude_deg, longitude_deg, altitude_m, frame_id, **fields)
        self.write(topic, message, stamp if log_stamp is None else log_stamp)

    def write_odometry(self, topic: str, stamp, pose: Pose2, frame_id: str = 'odom',
                       child_frame_id: str = 'base_link', *, log_stamp=None, **fields) -> None:
        """Write odometry or a true pose; see :func:`bag_messages.odometry`."""
        message = bag_messages.odometry(stamp, pose, frame_id, child_frame_id, **fields)
        self.write(topic, message, stamp if log_stamp is None else log_stamp)

    def write_imu(self, topic: str, stamp, xyzw, angular_velocity, linear_acceleration,
                  frame_id: str = 'base_link', *, log_stamp=None, **fields) -> None:
        """Write an inertial measurement; see :func:`bag_messages.imu`."""
        message = bag_messages.imu(
            stamp, xyzw, angular_velocity, linear_acceleration, frame_id, **fields)
        self.write(topic, message, stamp if log_stamp is None else log_stamp)

    def write_transforms(self, topic: str, stamp, edges, *, log_stamp=None) -> None:
        """
        Write transforms; the topic ``/tf_static`` is latched.

        :param edges: :class:`bag_messages.BagTransform` records.
        """
        self.write(topic, bag_messages.transforms(stamp, edges),
                   stamp if log_stamp is None else log_stamp,
                   latched=topic.endswith('tf_static'))
