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

"""The parts of a model's description that say what its networks take and answer."""

from __future__ import annotations

from dataclasses import dataclass

from xview_loc.errors import ModelPackageError

PROJECTIONS = ('equirectangular', 'pinhole')
HEADING_KINDS = ('aligned', 'input', 'joint', 'invariant')
ANGLE_SENSES = ('clockwise', 'counterclockwise')
BIN_ORDERS = ('against_angle', 'with_angle')


@dataclass(frozen=True)
class SatelliteInput:
    """
    Tiles of the satellite network: square, north up.

    :param size: side [px].
    :param metres_per_pixel: ground resolution [m].
    """

    size: int
    metres_per_pixel: float

    def __post_init__(self) -> None:
        """Refuse tiles without pixels."""
        if self.size < 1 or not self.metres_per_pixel > 0.0:
            raise ModelPackageError(
                f'satellite is {self.size} px of {self.metres_per_pixel} m; both must be '
                'positive.')

    @property
    def extent_m(self) -> float:
        """Return the side on the ground [m]."""
        return self.size * self.metres_per_pixel


@dataclass(frozen=True)
class GroundInput:
    """
    Images of the ground network.

    :param projection: ``equirectangular`` or ``pinhole``.
    :param shape: rows and columns [px].
    :param horizontal_fov_deg: of the whole width [deg].
    :param top_deg: elevation of the upper edge, of a pinhole camera in the middle of the edge;
        pinhole networks may leave both out: whole images are then squeezed to the shape [deg].
    :param bottom_deg: elevation of the lower edge, likewise [deg].
    """

    projection: str
    shape: tuple[int, int]
    horizontal_fov_deg: float
    top_deg: float | None = None
    bottom_deg: float | None = None

    def __post_init__(self) -> None:
        """Refuse images that no camera of the projection makes."""
        if self.projection not in PROJECTIONS:
            raise ModelPackageError(
                f'ground.projection is {self.projection!r}; it must be one of '
                f'{", ".join(PROJECTIONS)}.')
        if min(self.shape) < 1:
            raise ModelPackageError(
                f'ground.shape is {list(self.shape)}; rows and columns must be positive.')
        most = 360.0 if self.projection == 'equirectangular' else 179.0
        if not 0.0 < self.horizontal_fov_deg <= most:
            raise ModelPackageError(
                f'ground.horizontal_fov_deg is {self.horizontal_fov_deg:g}; a camera that is '
                f'{self.projection} has more than 0 and at most {most:g}.')
        self._check_edges()

    def _check_edges(self) -> None:
        """Refuse edges that no camera of the projection has."""
        top, bottom = self.top_deg, self.bottom_deg
        pinhole = self.projection == 'pinhole'
        if pinhole and top is None and bottom is None:
            return
        if top is None or bottom is None or not -90.0 <= bottom < top <= 90.0 or (
                pinhole and (top == 90.0 or bottom == -90.0)):
            raise ModelPackageError(
                f'ground.top_deg is {top} and ground.bottom_deg {bottom}; bottom must lie below '
                f'top, both in {"(-90, 90)" if pinhole else "[-90, 90]"}.')


@dataclass(frozen=True)
class HeadingSearch:
    """
    How a network deals with the heading.

    :param kind: ``aligned``: it expects images turned to a known heading, north in the centre
        column; ``input``: the heading is an input; ``joint``: it is part of the answer;
        ``invariant``: it does not matter.
    :param bins: headings tried on a full turn.
    """

    kind: str
    bins: int = 1

    def __post_init__(self) -> None:
        """Refuse unknown kinds."""
        if self.kind not in HEADING_KINDS:
            raise ModelPackageError(
                f'heading.kind is {self.kind!r}; it must be one of {", ".join(HEADING_KINDS)}.')
        if self.bins < 1:
            raise ModelPackageError(f'heading.bins is {self.bins}; it must be positive.')


@dataclass(frozen=True)
class FrameSequence:
    """
    Frames that a network takes at once.

    :param length: number of frames.
    :param spacing_s: time between them [s].
    """

    length: int = 1
    spacing_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse sequences without frames."""
        if self.length < 1 or not self.spacing_s >= 0.0:
            raise ModelPackageError(
                f'window is {self.length} frames every {self.spacing_s} s; it needs at least one '
                'frame and no negative time.')


@dataclass(frozen=True)
class RetrievalGrid:
    """
    Where a retrieval network computes descriptors of tiles.

    :param spacing_m: step of the grid of tile centres [m].
    """

    spacing_m: float

    def __post_init__(self) -> None:
        """Refuse grids without a step."""
        if not self.spacing_m > 0.0:
            raise ModelPackageError(
                f'retrieval.spacing_m is {self.spacing_m}; it must be positive.')


@dataclass(frozen=True)
class Reliability:
    """
    How far the answers of a model are to be believed, as a drive with true poses has shown.

    :param temperature: divides the log-likelihood of the matcher, of any family.
    :param floor: probability of a wrong peak.
    :param doubt: how much of the matcher's own doubt, 1 - confidence, is believed.
    :param decorrelation_m: distance over which errors repeat themselves, for the filter's
        ``likelihood.decorrelation_m``; ``None`` where it was not measured [m].
    """

    temperature: float = 1.0
    floor: float = 0.0
    doubt: float = 1.0
    decorrelation_m: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is no temperature and no probability."""
        if not self.temperature > 0.0:
            raise ModelPackageError(
                f'calibration.reliability.temperature is {self.temperature}; it must be positive.')
        for name in ('floor', 'doubt'):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ModelPackageError(
                    f'calibration.reliability.{name} is {getattr(self, name)}; it must lie in '
                    '[0, 1].')
        if self.decorrelation_m is not None and not self.decorrelation_m > 0.0:
            raise ModelPackageError(
                f'calibration.reliability.decorrelation_m is {self.decorrelation_m}; it must be '
                'positive.')


@dataclass(frozen=True)
class Calibration:
    """
    From scores to log-likelihoods.

    :param temperature: positive; the matcher of the family says whether it multiplies or divides.
    :param concentration: of ccvpe's headings around its orientation field; 30 is a standard
        deviation of 10.5 degrees, 700 (2.2 degrees) the most that its normalisation can take.
    :param bin_share: of ccvpe's headings that are as its bins say instead of its field.
    :param reliability: of the log-likelihoods; ``None`` where no drive has shown it.
    """

    temperature: float = 1.0
    concentration: float = 30.0
    bin_share: float = 0.2
    reliability: Reliability | None = None

    def __post_init__(self) -> None:
        """Refuse what would turn best into worst."""
        for name in ('temperature', 'concentration'):
            if not getattr(self, name) > 0.0:
                raise ModelPackageError(
                    f'calibration.{name} is {getattr(self, name)}; it must be positive.')
        if self.concentration > 700.0:
            raise ModelPackageError(
                f'calibration.concentration is {self.concentration}; it must be at most 700.')
        if not 0.0 <= self.bin_share <= 1.0:
            raise ModelPackageError(
                f'calibration.bin_share is {self.bin_share}; it must lie in [0, 1].')


@dataclass(frozen=True)
class RingLayout:
    """
    What a CCVPE graph says about directions beyond the number of its bins.

    :param angle: sense in which the angle of its orientation field grows from north, of the
        view's centre: ``clockwise`` (KITTI, Oxford) or ``counterclockwise`` (VIGOR).
    :param considered: bins that its location considers; all when empty.
    :param bins: whether bins grow ``with_angle`` (Oxford) or ``against_angle`` (VIGOR, KITTI).
    """

    angle: str
    considered: tuple[int, ...] = ()
    bins: str = 'against_angle'

    def __post_init__(self) -> None:
        """Refuse senses that do not exist."""
        for name, allowed in (('angle', ANGLE_SENSES), ('bins', BIN_ORDERS)):
            if getattr(self, name) not in allowed:
                raise ModelPackageError(
                    f'ring.{name} is {getattr(self, name)!r}; it must be one of '
                    f'{", ".join(allowed)}.')
