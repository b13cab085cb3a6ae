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

"""Which topic of a bag is which input of the localizer."""

from __future__ import annotations

from dataclasses import dataclass

from xview_loc.errors import ConfigurationError
from xview_loc.recordings.bag_reader import BagReader

RAW_IMAGE = 'sensor_msgs/msg/Image'
COMPRESSED_IMAGE = 'sensor_msgs/msg/CompressedImage'
FIX = 'sensor_msgs/msg/NavSatFix'
ODOMETRY = 'nav_msgs/msg/Odometry'
CAMERA_INFO = 'sensor_msgs/msg/CameraInfo'
IMU = 'sensor_msgs/msg/Imu'
TRUTH_WORDS = ('truth', 'ground_truth', 'gt')


@dataclass(frozen=True)
class BagTopics:
    """
    Names of the topics in the bag; '' where there is none.

    :param image: raw or compressed images.
    :param is_compressed: the images are compressed.
    :param camera_info: calibration of the same camera.
    :param fix: GNSS.
    :param odometry: odometry.
    :param imu: inertial data.
    :param truth: true poses.
    """

    image: str = ''
    is_compressed: bool = False
    camera_info: str = ''
    fix: str = ''
    odometry: str = ''
    imu: str = ''
    truth: str = ''

    def remappings(self) -> str:
        """Return the bag player's remappings from the bag's names to the nodes' names."""
        expected = {
            self.image: '/image/compressed' if self.is_compressed else '/image',
            self.camera_info: '/camera_info', self.fix: '/fix',
            self.odometry: '/odometry/filtered', self.imu: '/imu'}
        return ','.join(f'{given}:={wanted}' for given, wanted in expected.items()
                        if given and given != wanted)


def choose_topics(reader: BagReader, **wanted: str) -> BagTopics:
    """
    Find the inputs of the localizer in a bag.

    The conventional name wins, then the fullest topic of the right type whose name does not
    speak of truth.

    :param reader: the bag.
    :param wanted: names given by the user, by field of :class:`BagTopics`; '' for any.
    :raises ConfigurationError: when a name given is not in the bag.
    """
    for name in filter(None, wanted.values()):
        if name not in reader.topics:
            raise ConfigurationError(
                f'The bag has no topic {name}; it has {", ".join(sorted(reader.topics))}.')
    image = wanted.get('image') or _image(reader)
    kind = reader.topics[image].msgtype if image else ''
    return BagTopics(
        image=image, is_compressed=kind == COMPRESSED_IMAGE,
        camera_info=wanted.get('camera_info') or _camera_info(reader, image),
        fix=wanted.get('fix') or _first(reader, FIX, '/fix'),
        odometry=wanted.get('odometry') or _first(reader, ODOMETRY, '/odometry/filtered'),
        imu=wanted.get('imu') or _first(reader, IMU, '/imu'),
        truth=wanted.get('truth') or _truth(reader))


def speaks_of_truth(topic: str) -> bool:
    """Tell whether a topic name says that it holds the truth."""
    return any(part in TRUTH_WORDS for part in topic.strip('/').split('/'))


def _image(reader: BagReader) -> str:
    """Return the image topic: compressed survives the middleware best, so it goes first."""
    for name in ('/image/compressed', '/image'):
        if name in reader.topics and reader.topics[name].message_count:
            return name
    return next(iter(reader.topics_of_type(COMPRESSED_IMAGE)
                     + reader.topics_of_type(RAW_IMAGE)), '')


def _camera_info(reader: BagReader, image: str) -> str:
    """Return the calibration in the namespace of the image, else the fullest."""
    found = reader.topics_of_type(CAMERA_INFO)
    base = image.removesuffix('/compressed').rpartition('/')[0]
    beside = f'{base}/camera_info'
    return beside if beside in found else next(iter(found), '')


def _first(reader: BagReader, msgtype: str, conventional: str) -> str:
    """Return the conventional topic if it is there, else the fullest that is not the truth."""
    found = [name for name in reader.topics_of_type(msgtype) if not speaks_of_truth(name)]
    return conventional if conventional in found else next(iter(found), '')


def _truth(reader: BagReader) -> str:
    """Return a topic of true poses, full poses first."""
    for msgtype in (ODOMETRY, FIX):
        for name in reader.topics_of_type(msgtype):
            if speaks_of_truth(name):
                return name
    return ''
