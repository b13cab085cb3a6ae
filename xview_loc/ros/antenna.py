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

"""The lever arm between the GNSS antenna and the vehicle."""

from __future__ import annotations

import numpy as np

from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.localizer import Localizer
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros.particle_filter_config import FixConfig

_KNOWN_YAW_STD = 0.5
"""Below this the yaw says where the antenna is; above, only how far away it is [rad]."""


def fix_at_base(fix: GnssFix, config: FixConfig, localizer: Localizer) -> GnssFix:
    """
    Move a fix from the antenna to ``base_link``.

    While the yaw is not known the fix stays where it is and widens by the lever arm.

    :param fix: position of the antenna.
    :param config: where the antenna is.
    :param localizer: knows the yaw at the stamp of the fix, perhaps.
    """
    if config.antenna_x == 0.0 and config.antenna_y == 0.0:
        return fix
    predicted = localizer.predict_at(fix.stamp)
    if predicted is None or predicted.yaw_std > _KNOWN_YAW_STD:
        reach = config.antenna_x ** 2 + config.antenna_y ** 2
        return GnssFix(fix.stamp, fix.x, fix.y, fix.covariance + np.eye(2) * reach)
    lever = Pose2(0.0, 0.0, predicted.pose.yaw) @ Pose2(config.antenna_x, config.antenna_y, 0.0)
    return GnssFix(fix.stamp, fix.x - lever.x, fix.y - lever.y, fix.covariance)
