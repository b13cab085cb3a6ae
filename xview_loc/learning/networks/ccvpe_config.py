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

"""Sizes and choices of CCVPE, of the three published variants."""

from dataclasses import dataclass, replace
import math

from xview_loc.errors import ConfigurationError

CELL_PIXELS = 64
SCALES = 6
KITTI_FOV = math.radians(81.4)
KITTI_RING_COLUMNS = 128


@dataclass(frozen=True)
class CcvpeConfig:
    """
    Settings of CCVPE; the defaults are those of VIGOR.

    :param ground_shape: rows and columns of the ground images.
    :param circular: whether ground images are panoramas of a full turn.
    :param satellite_size: side of the tiles [px], a multiple of 64.
    :param bins: number of rotations that are compared.
    :param ground_channels: of the ground descriptors at the six scales.
    :param shifts: entries of a ring from one bin to the next at the six scales.
    :param rings: entries of a ring at the six scales.
    :param ups: channels after each transposed convolution of the localisation decoder.
    :param orientation_channels: of the orientation decoder after its first step.
    :param centred: where the arc lies in the ring, see :class:`.rolling_match.RollingMatch`.
    :param horizontal_fov: of a pinhole camera [rad], to resample its columns to equal angles on
        the ring; ``None`` takes the columns as they are, as the published code does.
    :param ring_columns: columns of a full turn, where ``horizontal_fov`` is given.
    :param yaw_prior: largest turn from bin 0 that localisation considers [rad], rounded down to
        whole bins; ``None`` considers all. It needs no other weights.
    :param drop_connect: largest probability of leaving out a residual branch in training.
    """

    ground_shape: tuple[int, int] = (320, 640)
    circular: bool = True
    satellite_size: int = 512
    bins: int = 20
    ground_channels: tuple[int, ...] = (64, 32, 16, 8, 4, 2)
    shifts: tuple[int, ...] = (64, 32, 16, 8, 4, 2)
    rings: tuple[int, ...] = (1280, 640, 320, 160, 80, 40)
    ups: tuple[int, ...] = (1024, 320, 160, 80, 40, 16)
    orientation_channels: int = 640
    centred: bool = False
    horizontal_fov: float | None = None
    ring_columns: int = 20
    yaw_prior: float | None = None
    drop_connect: float = 0.2

    def __post_init__(self) -> None:
        """Refuse sizes that do not fit each other; the arcs are checked where they are known."""
        if self.satellite_size < CELL_PIXELS or self.satellite_size % CELL_PIXELS:
            raise ConfigurationError(
                f'satellite_size is {self.satellite_size}; it must be a multiple of '
                f'{CELL_PIXELS}.')
        for name in ('ground_channels', 'shifts', 'rings', 'ups'):
            if len(getattr(self, name)) != SCALES:
                raise ConfigurationError(
                    f'{name} is {getattr(self, name)}; it must have {SCALES} members.')
        if self.yaw_prior is not None and not 0.0 <= self.yaw_prior <= math.pi:
            raise ConfigurationError(
                f'yaw_prior is {self.yaw_prior}; it must be from 0 to pi.')

    @property
    def considered_bins(self) -> list[int]:
        """Return the bins that localisation considers."""
        if self.yaw_prior is None:
            return list(range(self.bins))
        most = math.floor(self.yaw_prior * self.bins / (2 * math.pi) + 1e-9)
        return sorted({index % self.bins for index in range(-most, most + 1)})

    @classmethod
    def vigor(cls, horizontal_fov: float = 2 * math.pi) -> 'CcvpeConfig':
        """
        Return the settings for panoramas of VIGOR.

        :param horizontal_fov: of the part of the panorama that is seen, from its first column
            [rad]; the same weights serve every part.
        """
        if horizontal_fov >= 2 * math.pi:
            return cls()
        columns = round(640 * horizontal_fov / (2 * math.pi))
        return cls(ground_shape=(320, columns), circular=False)

    @classmethod
    def kitti(cls, reference: bool = False) -> 'CcvpeConfig':
        """
        Return the settings for the forward camera of KITTI.

        :param reference: with the published rings, of which some are shorter than a full turn so
            that several bins are equal, and a field of view of 90 degrees in place of 81.4.
        """
        published = cls(
            ground_shape=(256, 1024), circular=False, bins=16,
            ground_channels=(16, 8, 4, 2, 1, 1), shifts=(128, 64, 32, 16, 8, 8),
            rings=(2048, 512, 256, 128, 128, 32), ups=(1024, 256, 128, 64, 32, 16),
            orientation_channels=512)
        if reference:
            return published
        return replace(
            published, rings=tuple(published.bins * shift for shift in published.shifts),
            horizontal_fov=KITTI_FOV, ring_columns=KITTI_RING_COLUMNS)

    @classmethod
    def robotcar(cls) -> 'CcvpeConfig':
        """Return the settings for the forward camera of Oxford RobotCar."""
        return cls(
            ground_shape=(154, 231), circular=False, ground_channels=(32, 16, 8, 4, 2, 1),
            centred=True)
