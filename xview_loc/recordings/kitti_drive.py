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

"""A drive of KITTI raw, read into records: images, true poses and the mounted camera."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path

import cv2
import numpy as np

from xview_loc.camera.frame_window import Frame
from xview_loc.errors import RecordingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.kitti_calibration import KittiCalibration, read_calibration
from xview_loc.recordings.oxts import OxtsTrack, read_oxts, read_pose_table
from xview_loc.recordings.timestamps import read_timestamps

# The IMU, our base_link, above the road: the camera height of 1.65 m that the data set publishes,
# less the 0.73 m that the camera sits above the IMU by the calibration chain.
IMU_HEIGHT_M = 0.93


@unique
class FrameChoice(Enum):
    """Which images of a drive to use; odd and even go by the number in the file name."""

    ALL = 'all'
    ODD = 'odd'
    EVEN = 'even'

    def holds(self, index: int) -> bool:
        """Tell whether an image number belongs to the choice."""
        return self is FrameChoice.ALL or (index % 2 == 1) == (self is FrameChoice.ODD)


@dataclass(frozen=True)
class KittiFrame:
    """
    One image and the true state of the IMU when it was taken.

    :param index: number of the image.
    :param stamp_ns: acquisition time [ns].
    :param image_path: the image file.
    :param pose: true pose of ``base_link`` (the IMU) in ``map``.
    :param z: height of ``base_link`` above the datum in ``map`` [m].
    :param roll: left side up [rad].
    :param pitch: front down [rad].
    :param latitude_deg: WGS84 latitude.
    :param longitude_deg: WGS84 longitude.
    :param altitude_m: altitude as recorded [m].
    :param speed: forward speed [m/s].
    :param yaw_rate: counter-clockwise [rad/s].
    """

    index: int
    stamp_ns: int
    image_path: Path
    pose: Pose2
    z: float
    roll: float
    pitch: float
    latitude_deg: float
    longitude_deg: float
    altitude_m: float
    speed: float
    yaw_rate: float

    @property
    def stamp(self) -> float:
        """Return the acquisition time [s]."""
        return self.stamp_ns * 1e-9


@dataclass(frozen=True)
class KittiDrive:
    """
    A drive with one of its cameras.

    :param name: name of the folder.
    :param frames: the chosen images in order of time.
    :param camera: the camera on the vehicle; ``base_link`` is the IMU.
    :param calibration: the calibration it came from.
    :param local_frame: the ``map`` frame, its datum the first navigation record.
    :param track: all navigation records.
    """

    name: str
    frames: tuple[KittiFrame, ...]
    camera: MountedCamera
    calibration: KittiCalibration
    local_frame: LocalFrame
    track: OxtsTrack

    def image(self, frame: KittiFrame) -> np.ndarray:
        """
        Read the image of a frame.

        :return: ``(H, W, 3)`` uint8 RGB.
        :raises RecordingError: when the file is damaged or of another size than the first.
        """
        pixels = read_image(frame.image_path)
        if pixels.shape[:2] != self.camera.model.shape:
            raise RecordingError(
                f'{frame.image_path} has {pixels.shape[1]} x {pixels.shape[0]} pixels; the drive '
                f'has {self.camera.model.shape[1]} x {self.camera.model.shape[0]}.')
        return pixels


def load_kitti_raw(folder: str | Path, *, camera: int = 2, frames: str = 'all',
                   base_height_m: float = IMU_HEIGHT_M) -> KittiDrive:
    """
    Read a drive of KITTI raw, synchronised or not, or a scaled excerpt of one.

    A drive has ``image_0x/data`` and ``image_0x/timestamps.txt`` and ``oxts`` of the same form,
    with the calibration in its parent folder. An excerpt has ``image_0x/*.png`` and
    ``poses.csv``, one row per image. True poses are interpolated at the stamps of the images.

    :param folder: the drive.
    :param camera: camera number; 0 and 1 are grey, 2 and 3 colour.
    :param frames: ``all``, ``odd`` or ``even``.
    :param base_height_m: height of the IMU above the road [m].
    :raises RecordingError: naming the file that is missing or wrong.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RecordingError(f'{folder} is not a folder; name a drive of KITTI raw.')
    choice = _choice(frames)
    track = _read_track(folder)
    images, stamps_ns = _list_images(folder, f'image_{camera:02d}', track)
    chosen = [row for row, path in enumerate(images) if choice.holds(int(path.stem))]
    if not chosen:
        raise RecordingError(f'{folder} has no {choice.value} images.')
    shape = read_image(images[chosen[0]]).shape[:2]
    calibration = read_calibration([folder, folder.parent], camera, shape)
    local_frame = LocalFrame(*(float(track.column(name)[0]) for name in (
        'latitude_deg', 'longitude_deg', 'altitude_m')))
    states = track.at(stamps_ns[chosen])
    return KittiDrive(
        name=folder.name,
        frames=_frames([images[row] for row in chosen], states, local_frame),
        camera=_mounted(calibration, base_height_m), calibration=calibration,
        local_frame=local_frame, track=track)


def kitti_evaluation_frames(drive: KittiDrive) -> list[tuple[Frame, Pose2]]:
    """
    Return every frame of a drive, ready for a matcher, with its true pose in ``map``.

    :param drive: load it with ``frames='odd'`` to query a mosaic made from the even ones.
    """
    return [(Frame(drive.image(frame), frame.stamp, drive.camera, frame.roll, frame.pitch),
             frame.pose) for frame in drive.frames]


def read_image(path: Path) -> np.ndarray:
    """
    Read an image file as ``(H, W, 3)`` uint8 RGB.

    :raises RecordingError: when it cannot be decoded.
    """
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise RecordingError(f'{path} cannot be decoded as an image.')
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def _choice(frames: str) -> FrameChoice:
    """Parse the choice of frames."""
    try:
        return FrameChoice(frames)
    except ValueError:
        raise RecordingError(f'frames is {frames!r}; use all, odd or even.') from None


def _read_track(folder: Path) -> OxtsTrack:
    """Read the navigation records, from their folder or the table of an excerpt."""
    if (folder / 'oxts').is_dir():
        return read_oxts(folder / 'oxts')
    if (folder / 'poses.csv').is_file():
        return read_pose_table(folder / 'poses.csv')
    raise RecordingError(f'{folder} has neither a folder oxts nor a file poses.csv.')


def _list_images(folder: Path, name: str, track: OxtsTrack) -> tuple[list[Path], np.ndarray]:
    """Return the image files in order and their stamps [ns]."""
    images = folder / name
    if not images.is_dir():
        raise RecordingError(f'{images} is missing; it holds the images.')
    nested = (images / 'data').is_dir()
    files = sorted(path for path in ((images / 'data') if nested else images).iterdir()
                   if path.suffix.lower() in ('.png', '.jpg', '.jpeg') and path.stem.isdigit())
    if not files:
        raise RecordingError(f'{images} holds no images named by number.')
    stamps = read_timestamps(images / 'timestamps.txt') if nested else track.stamps_ns
    numbers = [int(path.stem) for path in files]
    if numbers[-1] >= len(stamps):
        raise RecordingError(
            f'{files[-1]} has no stamp: there are {len(stamps)} of them.')
    return files, stamps[numbers]


def true_poses(track: OxtsTrack, frame: LocalFrame) -> tuple[np.ndarray, ...]:
    """
    Return the poses of the IMU in a map frame.

    Recorded yaw counts from the east of its own place. East turns against the map's east along a
    parallel by the convergence of the meridians, which is added here.

    :param track: the records.
    :param frame: the map frame.
    :return: x, y, z [m] and yaw [rad], each ``(N,)``.
    """
    latitude, longitude, altitude = (
        track.column(name) for name in ('latitude_deg', 'longitude_deg', 'altitude_m'))
    x, y, z = frame.map_from_geodetic(latitude, longitude, altitude)
    east_turn = wrap_angle(np.radians(longitude - frame.longitude_deg))
    yaw = track.column('yaw') + east_turn * np.sin(np.radians(latitude))
    return x, y, z, wrap_angle(yaw)


def _frames(images: list[Path], states: OxtsTrack, frame: LocalFrame) -> tuple[KittiFrame, ...]:
    """Put images and true states together."""
    x, y, z, yaw = (values.tolist() for values in true_poses(states, frame))
    names = ('roll', 'pitch', 'latitude_deg', 'longitude_deg', 'altitude_m', 'forward_mps',
             'turn_up')
    rest = zip(*(states.column(name).tolist() for name in names))
    return tuple(
        KittiFrame(int(path.stem), int(states.stamps_ns[i]), path, Pose2(x[i], y[i], yaw[i]),
                   z[i], *values)
        for i, (path, values) in enumerate(zip(images, rest)))


def _mounted(calibration: KittiCalibration, base_height_m: float) -> MountedCamera:
    """Return the camera on the vehicle."""
    k, d = calibration.k.tolist(), calibration.d.tolist()
    model = PinholeCamera(
        k[0][0], k[1][1], k[0][2], k[1][2], calibration.height, calibration.width,
        tuple(d) if any(d) else ())
    return MountedCamera(model, calibration.imu_from_camera, base_height_m)
