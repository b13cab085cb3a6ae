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

"""A pair as the bird's-eye matcher takes it: a window of one frame and a patch of imagery."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.errors import DataSetError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.learning.data.cross_view_sample import CrossViewSample, positive_angle


def window_of(sample: CrossViewSample) -> FrameWindow:
    """
    Return the ground image of a pair as a window; ``base_link`` is on the ground below the camera.

    :param sample: with its camera.
    :raises DataSetError: when the data set does not tell the camera.
    """
    if sample.camera is None:
        raise DataSetError(
            f'{sample.identifier} has no camera; the ground cannot be seen from above.')
    return FrameWindow((Frame(sample.ground, 0.0, sample.camera),))


def patch_of(sample: CrossViewSample) -> SatellitePatch:
    """
    Return the tile of a pair as a patch whose centre is the origin of ``map``.

    :param sample: whose tile is known everywhere.
    """
    return SatellitePatch(
        sample.satellite, sample.geometry, np.ones(sample.satellite.shape[:2], bool),
        Provenance(sample.identifier))


def is_panorama(sample: CrossViewSample) -> bool:
    """Tell whether the camera of a pair sees a full turn."""
    model = None if sample.camera is None else sample.camera.model
    return isinstance(model, EquirectangularCamera) and (
        model.horizontal_fov > 2.0 * math.pi - 1e-6)


def cropped_view(sample: CrossViewSample, centre: float, fov: float) -> CrossViewSample:
    """
    Return what a camera of a narrower view sees; it looks where the crop has its centre.

    :param sample: a panorama of a full turn.
    :param centre: of the crop, clockwise from the panorama's centre column; rounded to half a
        column [rad].
    :param fov: width of the crop, rounded to a column [rad].
    :raises DataSetError: when the view is no panorama.
    """
    if not is_panorama(sample) or sample.camera is None:
        raise DataSetError(f'{sample.identifier} is no panorama; it cannot be cropped.')
    model = sample.camera.model
    assert isinstance(model, EquirectangularCamera)
    width = model.width
    count = max(round(width * fov / (2.0 * math.pi)), 1)
    first = round(0.5 * (width - count) + centre * model.columns_per_radian)
    columns = (first + np.arange(count)) % width
    seen = None if sample.ground_seen is None else sample.ground_seen[:, columns]
    narrow = EquirectangularCamera(
        model.height, count, model.horizon_row, count / model.columns_per_radian,
        model.rows_per_radian)
    turned = (first + 0.5 * (count - width)) / model.columns_per_radian
    heading = None if sample.heading is None else positive_angle(sample.heading + turned)
    return replace(
        sample, ground=sample.ground[:, columns], heading=heading, ground_seen=seen,
        camera=MountedCamera(
            narrow, sample.camera.base_from_camera, sample.camera.base_height))
