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

"""Camera models from the fields of ``sensor_msgs/CameraInfo``."""

from __future__ import annotations

from collections.abc import Sequence

from xview_loc.errors import CameraError
from xview_loc.geometry.camera_model import CameraModel, resized_coordinate
from xview_loc.geometry.fisheye_camera import FisheyeCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera

ASPECT_TOLERANCE = 0.02
MODELS = ('plumb_bob', 'rational_polynomial', 'equidistant')


def camera_from_info(width: int, height: int, k: Sequence[float], d: Sequence[float],
                     distortion_model: str, binning: tuple[int, int] = (0, 0),
                     roi: tuple[int, int, int, int] | None = None,
                     image_shape: tuple[int, int] | None = None) -> CameraModel:
    """
    Return the model of the raw image that a ``CameraInfo`` describes.

    K and D belong to the full calibrated image. The image that arrives is a region of it, then
    binned, then perhaps resized on the way; pixels are averaged, so every change of size keeps
    the outer edges of the image (``image_geometry`` omits this half pixel).

    :param width: columns of the calibrated image; 0 takes ``image_shape``.
    :param height: rows of the calibrated image; 0 takes ``image_shape``.
    :param k: ``(9,)`` row-major camera matrix.
    :param d: distortion coefficients.
    :param distortion_model: ``plumb_bob``, ``rational_polynomial`` or ``equidistant``; '' only
        with coefficients that are absent or 0.
    :param binning: ``(binning_x, binning_y)``; 0 and 1 both mean none.
    :param roi: ``(x_offset, y_offset, height, width)`` in the calibrated image; ``None`` or a
        size of 0 is the whole image.
    :param image_shape: ``(rows, columns)`` of the images that arrive; ``None`` trusts the fields.
    :raises CameraError: when the fields contradict each other or the image.
    :raises GeometryError: when the intrinsics are not those of a camera.
    """
    _check_model(distortion_model, d)
    if len(k) != 9:
        raise CameraError(f'The camera matrix K must have 9 entries; got {len(k)}.')
    if distortion_model == 'equidistant':
        return _fitted(FisheyeCamera, k, (tuple(d),), width, height, binning, roi, image_shape)
    lens = (tuple(d), distortion_model) if any(d) else ((), '')
    return _fitted(PinholeCamera, k, lens, width, height, binning, roi, image_shape)


def rectified_camera_from_info(width: int, height: int, p: Sequence[float],
                               binning: tuple[int, int] = (0, 0),
                               roi: tuple[int, int, int, int] | None = None,
                               image_shape: tuple[int, int] | None = None) -> CameraModel:
    """
    Return the model of the rectified image (``image_rect``) that a ``CameraInfo`` describes.

    :param p: ``(12,)`` row-major projection matrix; its left 3x3 part is used.
    :return: a pinhole camera without distortion; other parameters as in
        :func:`camera_from_info`.
    """
    if len(p) != 12:
        raise CameraError(f'The projection matrix P must have 12 entries; got {len(p)}.')
    k = (*p[0:3], *p[4:7], *p[8:11])
    return _fitted(PinholeCamera, k, ((), ''), width, height, binning, roi, image_shape)


def _check_model(distortion_model, d):
    """Refuse distortion models that are not known."""
    if distortion_model not in MODELS and (distortion_model or any(d)):
        raise CameraError(
            f'The distortion model {distortion_model!r} is not supported; '
            f'supported are {", ".join(MODELS)}.')


def _fitted(kind, k, lens, width, height, binning, roi, image_shape):
    """Build the camera of the image that arrives."""
    if image_shape is not None and (width == 0 or height == 0):
        height, width = image_shape
    left, top, rows, columns = _region(width, height, roi)
    bin_x, bin_y = max(int(binning[0]), 1), max(int(binning[1]), 1)
    model = kind(k[0] / bin_x, k[4] / bin_y,
                 resized_coordinate(k[2] - left, 1.0 / bin_x),
                 resized_coordinate(k[5] - top, 1.0 / bin_y),
                 rows // bin_y, columns // bin_x, *lens)
    if image_shape is None or tuple(image_shape) == model.shape:
        return model
    _check_aspect(model.shape, image_shape)
    return model.resized(*(int(side) for side in image_shape))


def _region(width, height, roi):
    """Return left, top, rows and columns of the region of interest."""
    if roi is None or roi[2] == 0 or roi[3] == 0:
        return 0, 0, int(height), int(width)
    left, top, rows, columns = (int(value) for value in roi)
    if left < 0 or top < 0 or left + columns > width or top + rows > height:
        raise CameraError(
            f'The region of interest {columns} x {rows} at ({left}, {top}) exceeds the calibrated '
            f'image of {width} x {height}.')
    return left, top, rows, columns


def _check_aspect(described, actual):
    """Refuse an image that is not a resized version of the one described."""
    if min(actual) < 1:
        raise CameraError(f'The image has {actual[0]} x {actual[1]} pixels; it is empty.')
    ratio = (actual[1] / actual[0]) / (described[1] / described[0])
    if abs(ratio - 1.0) > ASPECT_TOLERANCE:
        raise CameraError(
            f'The image is {actual[1]} x {actual[0]} but its camera info describes '
            f'{described[1]} x {described[0]}, another aspect ratio; a cropped image needs the '
            'region of interest in its camera info.')
