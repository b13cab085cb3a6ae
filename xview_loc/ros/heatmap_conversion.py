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

"""
Likelihood volumes as organised point clouds and back.

Convention of the message (``sensor_msgs/PointCloud2``): one point per cell, ``height`` rows from
north to south and ``width`` columns from west to east; ``header.stamp`` is the stamp of the
measurement, ``header.frame_id`` the map frame. Fields of a point:

=================  =======  =====  ==============================================================
name               type     count  meaning
=================  =======  =====  ==============================================================
x, y, z            FLOAT32  1      cell centre in the map frame [m]; z is 0
log_likelihood     FLOAT32  1      best over the yaws of the cell; NaN: nothing is known
yaw                FLOAT32  1      the yaw of that best [rad]
yaw_min            FLOAT32  1      yaw of the first level, the same in every point [rad]
yaw_step           FLOAT32  1      yaw between levels, the same in every point [rad]
score, confidence  FLOAT32  1      of the whole volume, the same in every point
levels             UINT8    K      one per yaw: 0 nothing is known, else
                                   ``log_likelihood - (255 - level) * 0.1``
=================  =======  =====  ==============================================================

The levels are relative to the cell's own best, which is exact; the others are rounded by at most
0.05 and end 25.4 below the best (a weight of 1e-11). The message stays below a byte limit: finer
volumes are averaged over 2 x 2 cells or over two yaws until they fit.
"""

from __future__ import annotations

import math

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField

from xview_loc.errors import MatchingError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.ros.heatmap_pooling import pooled_cells, pooled_yaws
from xview_loc.ros.stamps import seconds, time_message

LEVEL_STEP = 0.1
MAX_BYTES = 450_000
_FLOATS = ('x', 'y', 'z', 'log_likelihood', 'yaw', 'yaw_min', 'yaw_step', 'score', 'confidence')
_COARSEST_CELL = 0.5
_COARSEST_YAW_STEP = math.radians(6.0)


def heatmap_message(likelihood: PoseLikelihood, frame_id: str,
                    max_bytes: int = MAX_BYTES) -> PointCloud2:
    """
    Return the message of a likelihood.

    :param likelihood: at least 2 x 2 cells, uniform yaws.
    :param frame_id: the map frame.
    :param max_bytes: limit of the data; default Fast DDS settings lose best-effort messages above
        half a megabyte.
    :raises MatchingError: when the volume is too small to carry its geometry or its yaws are not
        uniform.
    """
    volume, geometry, yaws = _fitted(likelihood, max_bytes)
    points = _points(volume, geometry, yaws)
    points['score'] = likelihood.score
    points['confidence'] = likelihood.confidence
    message = PointCloud2()
    message.header.stamp = time_message(likelihood.stamp)
    message.header.frame_id = frame_id
    message.height, message.width = geometry.shape
    message.fields = _fields(len(yaws))
    message.is_bigendian = False
    message.is_dense = False
    message.point_step = points.dtype.itemsize
    message.row_step = message.point_step * geometry.width
    message.data.frombytes(memoryview(points).cast('B'))
    return message


def likelihood_from_heatmap(message: PointCloud2, source: str = 'heatmap') -> PoseLikelihood:
    """
    Return the likelihood of a message made by :func:`heatmap_message`.

    :param message: the message.
    :param source: name to give it.
    :raises MatchingError: when the message is not such a heatmap.
    """
    points = _decoded(message)
    yaw_min, yaw_step = float(points['yaw_min'][0, 0]), float(points['yaw_step'][0, 0])
    levels = points['levels']
    if not math.isfinite(yaw_min) or not (math.isfinite(yaw_step) and yaw_step > 0.0):
        raise MatchingError(f'The heatmap has yaw_min {yaw_min} and yaw_step {yaw_step}; '
                            'they must be finite and the step positive.')
    best = points['log_likelihood'].astype(np.float32)[..., None]
    volume = best - (255 - levels.astype(np.float32)) * np.float32(LEVEL_STEP)
    volume[levels == 0] = np.nan
    return PoseLikelihood(
        log_likelihood=np.ascontiguousarray(np.moveaxis(volume, -1, 0)),
        geometry=_geometry(points['x'], points['y']),
        yaws=yaw_min + yaw_step * np.arange(levels.shape[-1]),
        stamp=seconds(message.header.stamp),
        score=float(points['score'][0, 0]),
        confidence=float(points['confidence'][0, 0]),
        source=source)


def _fitted(likelihood: PoseLikelihood,
            max_bytes: int) -> tuple[np.ndarray, PatchGeometry, np.ndarray]:
    """Return volume, geometry and yaws, averaged until the message fits."""
    volume, geometry = likelihood.log_likelihood, likelihood.geometry
    yaws = likelihood.yaws
    if min(geometry.shape) < 2:
        raise MatchingError(
            f'A heatmap of {geometry.shape} cells cannot carry its geometry; it needs 2 x 2.')
    steps = np.diff(yaws)
    if len(steps) and not np.allclose(steps, steps[0], rtol=1e-3, atol=1e-6):
        raise MatchingError('The yaws of a heatmap must be uniform.')
    while _size(volume.shape) > max_bytes:
        cell, count = geometry.metres_per_pixel, len(yaws)
        step = float(yaws[1] - yaws[0]) if count > 1 else math.inf
        can_pool_cells = min(geometry.shape) >= 4
        pool_yaws = count >= 4 and 2.0 * cell > _COARSEST_CELL and (
            2.0 * step <= _COARSEST_YAW_STEP or not can_pool_cells)
        if pool_yaws:
            volume, yaws = pooled_yaws(volume, yaws)
        elif can_pool_cells:
            volume, geometry = pooled_cells(volume, geometry)
        else:
            raise MatchingError(f'A heatmap of shape {volume.shape} does not fit {max_bytes} B.')
    return volume, geometry, yaws


def _size(shape: tuple[int, ...]) -> int:
    """Return the bytes of the data of a volume of shape (yaws, rows, columns)."""
    return _point_type(shape[0]).itemsize * shape[1] * shape[2]


def _point_type(yaw_count: int) -> np.dtype:
    """Return the type of a point, padded to four bytes."""
    size = 4 * len(_FLOATS) + yaw_count
    return np.dtype({
        'names': [*_FLOATS, 'levels'],
        'formats': ['<f4'] * len(_FLOATS) + [('u1', (yaw_count,))],
        'offsets': [4 * index for index in range(len(_FLOATS) + 1)],
        'itemsize': -(-size // 4) * 4})


def _fields(yaw_count: int) -> list[PointField]:
    """Return the field descriptions of :func:`_point_type`."""
    fields = [PointField(name=name, offset=4 * index, datatype=PointField.FLOAT32, count=1)
              for index, name in enumerate(_FLOATS)]
    fields.append(PointField(name='levels', offset=4 * len(_FLOATS),
                             datatype=PointField.UINT8, count=yaw_count))
    return fields


def _points(volume: np.ndarray, geometry: PatchGeometry, yaws: np.ndarray) -> np.ndarray:
    """Return the ``(H, W)`` structured points, score and confidence not yet filled."""
    known = np.isfinite(volume)
    lowered = np.where(known, volume, -np.inf)
    arg = lowered.argmax(axis=0)
    best = np.take_along_axis(lowered, arg[None], axis=0)[0]
    seen = np.isfinite(best)
    with np.errstate(invalid='ignore'):
        steps = np.rint((lowered - best) / LEVEL_STEP)
    points = np.zeros(geometry.shape, dtype=_point_type(len(yaws)))
    points['x'], points['y'] = geometry.cell_centres()
    points['log_likelihood'] = np.where(seen, best, np.nan)
    points['yaw'] = np.where(seen, yaws[arg], np.nan)
    points['yaw_min'] = yaws[0]
    points['yaw_step'] = yaws[1] - yaws[0] if len(yaws) > 1 else 1.0
    levels = np.where(known, np.clip(np.nan_to_num(steps) + 255, 1, 255), 0)
    points['levels'] = np.moveaxis(levels, 0, -1).astype(np.uint8)
    return points


def _decoded(message: PointCloud2) -> np.ndarray:
    """Return the ``(H, W)`` structured points of a message."""
    by_name = {field.name: field for field in message.fields}
    missing = [name for name in (*_FLOATS, 'levels') if name not in by_name]
    if missing:
        raise MatchingError(f'The heatmap lacks the fields {", ".join(missing)}.')
    wrong = [name for name in _FLOATS if by_name[name].datatype != PointField.FLOAT32]
    if wrong or by_name['levels'].datatype != PointField.UINT8 or by_name['levels'].count < 1:
        raise MatchingError('The fields of the heatmap do not have the types of the interface.')
    order = '>' if message.is_bigendian else '<'
    names = [*_FLOATS, 'levels']
    ends = [by_name[name].offset + 4 for name in _FLOATS]
    ends.append(by_name['levels'].offset + by_name['levels'].count)
    height, width = message.height, message.width
    sizes_fit = (min(height, width) >= 2 and max(ends) <= message.point_step
                 and message.row_step >= width * message.point_step
                 and len(message.data) >= message.row_step * height)
    if not sizes_fit:
        raise MatchingError(
            f'A heatmap of {height} x {width} points of {message.point_step} B in rows of '
            f'{message.row_step} B does not fit its {len(message.data)} B of data.')
    dtype = np.dtype({
        'names': names,
        'formats': [f'{order}f4'] * len(_FLOATS) + [('u1', (by_name['levels'].count,))],
        'offsets': [by_name[name].offset for name in names],
        'itemsize': message.point_step})
    data = np.frombuffer(message.data, np.uint8, count=message.row_step * height)
    rows = data.reshape(height, message.row_step)[:, :width * message.point_step]
    return np.ascontiguousarray(rows).view(dtype).reshape(height, width)


def _geometry(x: np.ndarray, y: np.ndarray) -> PatchGeometry:
    """Return the geometry of organised cell centres from their corners."""
    height, width = x.shape
    corners = np.array([[x[0, 0], y[0, 0]], [x[0, -1], y[0, -1]],
                        [x[-1, 0], y[-1, 0]], [x[-1, -1], y[-1, -1]]], dtype=np.float64)
    if not np.isfinite(corners).all():
        raise MatchingError('The corners of the heatmap are not finite.')
    right = (corners[1] - corners[0] + corners[3] - corners[2]) / (2.0 * (width - 1))
    centre = corners.mean(axis=0)
    cell = float(np.hypot(*right))
    if not cell > 0.0:
        raise MatchingError('The cells of the heatmap have no size.')
    return PatchGeometry(float(centre[0]), float(centre[1]), cell, height, width,
                         rotation=math.atan2(right[1], right[0]))
