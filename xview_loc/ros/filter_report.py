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

"""What the particle filter says of itself in the diagnostics."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum

import numpy as np

from xview_loc.filtering.filter_statistics import FilterStatistics
from xview_loc.filtering.pose_estimate import Health, PoseEstimate
from xview_loc.ros.diagnostics import Status

_VAGUE_M = 10.0
_FEW_PARTICLES = 0.1


def report_statistics(statistics: FilterStatistics, status: Status) -> None:
    """
    Show the numbers of the filter and warn when few particles carry all the weight.

    :param statistics: the numbers.
    :param status: is filled in.
    """
    for name, value in (*asdict(statistics.counts).items(), *vars(statistics).items()):
        if name != 'counts':
            shown = value.name.lower() if isinstance(value, Enum) else value
            status.show(name.replace('_', ' '), shown)
    if statistics.effective_size < _FEW_PARTICLES * statistics.particle_count:
        status.warn(f'Only {statistics.effective_size:.0f} of {statistics.particle_count} '
                    'particles count.')


def report_estimate(estimate: PoseEstimate, status: Status) -> None:
    """
    Show how far the pose can be trusted.

    :param estimate: the newest.
    :param status: is filled in.
    """
    status.show('health', estimate.health.value)
    status.show('reason', estimate.reason)
    status.show('position std [m]', estimate.position_std)
    status.show('yaw std [rad]', estimate.yaw_std)
    status.show('modes', len(estimate.modes))
    if estimate.modes:
        status.show('weight of the heaviest mode', estimate.modes[0].weight)
    east, north = estimate.imagery_offset
    sigma = np.sqrt(np.diagonal(estimate.imagery_offset_covariance))
    status.show('imagery offset [m]', f'east {east:.2f}, north {north:.2f}')
    status.show('imagery offset std [m]', f'east {sigma[0]:.2f}, north {sigma[1]:.2f}')
    if estimate.health is Health.LOST:
        status.error(f'The pose is lost: {estimate.reason}.')
    elif estimate.health is not Health.CONVERGED:
        status.warn(f'The pose is {estimate.health.value}: {estimate.reason}.')
    if estimate.position_std > _VAGUE_M:
        status.warn(f'The position is known to {estimate.position_std:.1f} m only.')
