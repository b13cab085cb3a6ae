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

"""One ground image on one north-up patch: the least that the method needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math
from pathlib import Path
import time

import cv2
import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.errors import CameraError, ConfigurationError, ImageryError
from xview_loc.geometry.angles import heading_from_yaw, wrap_angle, yaw_from_heading
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.plain_image import PlainImage
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.load_matcher import load_matcher, PackageOptions
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.modes import find_modes, Mode, posterior
from xview_loc.matching.pose_likelihood import PoseLikelihood

# x right, y down, z forward of the optical frame in x forward, y left, z up.
BODY_FROM_OPTICAL = np.array([[0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0],
                              [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])


@dataclass(frozen=True)
class View:
    """
    How a ground image was taken.

    :param projection: ``pinhole`` or ``equirectangular``.
    :param intrinsics: ``(fx, fy, cx, cy)`` of a pinhole camera [px], or ``None``.
    :param fov_deg: horizontal field of view [deg], or ``None``.
    :param horizon: row of a panorama's horizon as a fraction of the height.
    :param camera_height_m: height above the ground [m].
    :param pitch_deg: tilt of the camera, positive nose down [deg].
    """

    projection: str
    intrinsics: tuple[float, float, float, float] | None = None
    fov_deg: float | None = None
    horizon: float = 0.5
    camera_height_m: float = 2.0
    pitch_deg: float = 0.0

    def camera(self, height: int, width: int) -> CameraModel:
        """
        Return the camera model of an image.

        :param height: rows of the image.
        :param width: columns of the image.
        :raises ConfigurationError: when the projection is unknown or under-specified.
        """
        if self.projection == 'equirectangular':
            fov = 360.0 if self.fov_deg is None else self.fov_deg
            return EquirectangularCamera(height, width, self.horizon * height - 0.5,
                                         math.radians(fov))
        if self.projection != 'pinhole':
            raise ConfigurationError(
                f'The projection is {self.projection!r}; it must be pinhole or equirectangular.')
        if self.intrinsics is not None:
            return PinholeCamera(*self.intrinsics, height, width, (), '')
        if self.fov_deg is None or not 0.0 < self.fov_deg < 180.0:
            raise ConfigurationError(
                'A pinhole camera needs --intrinsics fx,fy,cx,cy or --fov between 0 and 180 deg.')
        focal = 0.5 * width / math.tan(0.5 * math.radians(self.fov_deg))
        return PinholeCamera(focal, focal, 0.5 * width - 0.5, 0.5 * height - 0.5, height, width,
                             (), '')


@dataclass(frozen=True)
class MatchResult:
    """
    Where a ground image was taken, relative to the centre of the patch.

    :param pose: best hypothesis; the yaw is that of the image's centre column.
    :param covariance: ``(3, 3)`` second moment of the whole posterior about ``pose``, over east
        [m], north [m], heading [rad].
    :param modes: every hypothesis; their yaws are those of the centre column.
    :param likelihood: the volume they come from; its yaws are those of the optical axis.
    :param elapsed_ms: preparing the patch and matching, without reading files [ms].
    """

    pose: Pose2
    covariance: np.ndarray
    modes: tuple[Mode, ...]
    likelihood: PoseLikelihood
    elapsed_ms: float

    def as_record(self) -> dict:
        """Return the JSON object that ``xview-loc match --json`` prints."""
        return {
            'east_m': self.pose.x, 'north_m': self.pose.y,
            'heading_deg': _heading_deg(self.pose.yaw), 'covariance': self.covariance,
            'modes': [{'east_m': mode.pose.x, 'north_m': mode.pose.y,
                       'heading_deg': _heading_deg(mode.pose.yaw), 'weight': mode.weight}
                      for mode in self.modes],
            'score': self.likelihood.score, 'confidence': self.likelihood.confidence,
            'elapsed_ms': self.elapsed_ms}


def match_images(ground: Sequence[np.ndarray], view: View, patch: SatellitePatch, *,
                 heading_prior_deg: float | None = None, heading_range_deg: float = 180.0,
                 offset_range_m: float = 10.0, model: str = 'bev',
                 package: PackageOptions = PackageOptions()) -> MatchResult:
    """
    Localise ground images taken at one place on one patch.

    :param ground: RGB images of a camera at rest; usually one.
    :param view: how they were taken.
    :param patch: north-up imagery, its centre at the origin of ``map``.
    :param heading_prior_deg: rough heading of the centre column, or ``None`` [deg].
    :param heading_range_deg: half width of the search around the prior [deg].
    :param offset_range_m: half side of the square to search around the centre [m].
    :param model: matcher to use.
    :param package: how a model package is run.
    """
    cameras = [MountedCamera(view.camera(*image.shape[:2]), BODY_FROM_OPTICAL,
                             view.camera_height_m) for image in ground]
    window = FrameWindow(tuple(
        Frame(image, 0.0, camera, pitch=math.radians(view.pitch_deg))
        for image, camera in zip(ground, cameras)))
    to_right = centre_column_azimuth(cameras[0].model)
    axis_yaw = 0.0
    if heading_prior_deg is not None:
        axis_yaw = float(yaw_from_heading(math.radians(heading_prior_deg)) + to_right)
    half_width = math.radians(heading_range_deg) if heading_prior_deg is not None else math.pi
    prior = SearchPrior(Pose2(0.0, 0.0, float(wrap_angle(axis_yaw))), offset_range_m, half_width)
    matcher = load_matcher(model, patch.geometry.metres_per_pixel, package=package)
    began = time.perf_counter()
    likelihood = matcher.match(window, matcher.prepare(patch), prior)
    elapsed_ms = 1e3 * (time.perf_counter() - began)
    modes = tuple(_turned(mode, -to_right) for mode in find_modes(likelihood))
    best = modes[0].pose
    axis = Pose2(best.x, best.y, best.yaw + to_right)
    return MatchResult(best, second_moment(likelihood, axis), modes, likelihood, elapsed_ms)


def centre_column_azimuth(camera: CameraModel) -> float:
    """
    Return how far the centre column looks to the right of the optical axis [rad].

    :param camera: the camera model.
    """
    height, width = camera.shape
    row = getattr(camera, 'cy', 0.5 * height - 0.5)
    right, _, forward = camera.rays(np.array([0.5 * width - 0.5, row]))
    return math.atan2(right, forward)


def second_moment(likelihood: PoseLikelihood, pose: Pose2) -> np.ndarray:
    """
    Return the mean square deviation of the whole posterior from a pose.

    :param likelihood: the volume, under a flat prior.
    :param pose: the pose that is reported.
    :return: ``(3, 3)`` over east [m], north [m] and heading (clockwise) [rad], with the
        variance of a uniform cell added.
    """
    mass = posterior(likelihood)
    x, y = likelihood.geometry.cell_centres()
    east, north = x - pose.x, y - pose.y
    clockwise = -wrap_angle(likelihood.yaws - pose.yaw)
    plane, slices = mass.sum(axis=0), mass.sum(axis=(1, 2))
    turned = np.tensordot(clockwise, mass, axes=1)
    moment = np.array([
        [(plane * east * east).sum(), (plane * east * north).sum(), (turned * east).sum()],
        [0.0, (plane * north * north).sum(), (turned * north).sum()],
        [0.0, 0.0, (slices * clockwise ** 2).sum()]])
    moment += np.triu(moment, 1).T
    cell = likelihood.geometry.metres_per_pixel
    step = float(np.diff(likelihood.yaws).mean()) if len(likelihood.yaws) > 1 else 0.0
    return moment + np.diag([cell ** 2, cell ** 2, step ** 2]) / 12.0


def read_image(path: Path, what: str) -> np.ndarray:
    """
    Read an image file.

    :param path: PNG, JPEG or anything else OpenCV decodes.
    :param what: ``ground`` or ``satellite``, for the message.
    :return: ``(H, W, 3)`` uint8 RGB.
    :raises CameraError: for a ground image that cannot be read.
    :raises ImageryError: for a satellite image that cannot be read.
    """
    kind = CameraError if what == 'ground' else ImageryError
    if not path.is_file():
        raise kind(f'The {what} image {path} does not exist.')
    data = np.fromfile(path, dtype=np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if image is None:
        raise kind(f'The {what} image {path} cannot be decoded; use PNG or JPEG.')
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def centred_patch(image: np.ndarray, metres_per_pixel: float) -> SatellitePatch:
    """
    Return a north-up image as a patch whose centre is the origin of ``map``.

    :param image: ``(H, W, 3)`` uint8 RGB.
    :param metres_per_pixel: its ground resolution [m].
    """
    geometry = PatchGeometry(0.0, 0.0, metres_per_pixel, *image.shape[:2])
    return PlainImage(image, geometry).read_patch(geometry)


def _turned(mode: Mode, angle: float) -> Mode:
    """Return a mode with its yaw turned."""
    pose = Pose2(mode.pose.x, mode.pose.y, float(wrap_angle(mode.pose.yaw + angle)))
    return Mode(pose, mode.weight, mode.covariance)


def _heading_deg(yaw: float) -> float:
    """Return a yaw as heading in degrees."""
    return math.degrees(heading_from_yaw(yaw))
