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

"""What the tile manager is told about where the vehicle is: messages to priors."""

from __future__ import annotations

from collections.abc import Callable

from geometry_msgs.msg import PoseWithCovarianceStamped
import numpy as np
from sensor_msgs.msg import NavSatFix

from xview_loc.errors import XviewLocError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.pose_buffer import PoseBuffer
from xview_loc.ros import conversions, fix_conversion
from xview_loc.ros.diagnostics import Status
from xview_loc.ros.prior_source import Prior, PriorSource
from xview_loc.ros.stamps import seconds
from xview_loc.ros.tile_manager_config import local_frame_of, TileManagerConfig


class PriorInputs:
    """
    Keeps the newest pose and fix in the map frame; remembers why something was refused.

    :param config: parameters of the tile manager.
    :param moved: called when the map has got another place on the earth.
    """

    def __init__(self, config: TileManagerConfig, moved: Callable[[], None]) -> None:
        """Know nothing but a configured origin."""
        self.config = config
        self.frame: LocalFrame | None = local_frame_of(config.map_origin)
        self._moved = moved
        self._source = PriorSource(config.prior_timeout, config.prior_filter)
        self._early_fix: NavSatFix | None = None
        self._last: Prior | None = None
        self._problems: dict[str, str] = {}

    def use(self, config: TileManagerConfig) -> None:
        """Take over parameters that may change while running."""
        self.config = config
        self._source.timeout_s = config.prior_timeout

    def time_jumped(self) -> None:
        """Forget what was measured at another time."""
        self._early_fix = None
        self._source.clear()

    def take_origin(self, message: NavSatFix) -> None:
        """Place the map on the earth."""
        try:
            frame = fix_conversion.frame_from_origin(message)
        except XviewLocError as error:
            self._problems['map_origin'] = str(error)
            return
        self._problems.pop('map_origin', None)
        if self.frame is not None and repr(frame) != repr(self.frame):
            self._source.clear()
            self._moved()
        self.frame = frame
        if self._early_fix is not None:
            early, self._early_fix = self._early_fix, None
            self.take_fix(early)

    def take_pose(self, message: PoseWithCovarianceStamped) -> None:
        """Remember what the filter believes."""
        try:
            conversions.require_frame_id(
                message.header.frame_id, self.config.map_frame, 'search_prior')
            self._source.set_pose(
                seconds(message.header.stamp),
                conversions.pose2_from_pose(message.pose.pose),
                conversions.planar_covariance(message.pose.covariance))
            self._problems.pop('search_prior', None)
        except XviewLocError as error:
            self._problems['search_prior'] = str(error)

    def take_fix(self, message: NavSatFix) -> None:
        """Remember a fix, for the time before the filter believes anything."""
        if not fix_conversion.is_valid_fix(message):
            return
        if self.frame is None:  # the filter may be about to make this fix the origin
            self._early_fix = message
            return
        covariance = fix_conversion.fix_covariance(message, self.config.fix_sigma)
        covariance = covariance + np.eye(2) * self.config.fix_sigma_min ** 2
        try:
            x, y, _ = self.frame.map_from_geodetic(message.latitude, message.longitude)
            self._source.set_fix(seconds(message.header.stamp), float(x), float(y), covariance)
        except XviewLocError as error:
            self._problems['fix'] = str(error)
            return
        self._problems.pop('fix', None)

    def prior_at(self, stamp: float, odometry: PoseBuffer) -> Prior | None:
        """
        Return the best prior that is precise enough to search around; remember why none is.

        :param stamp: time of the image [s].
        :param odometry: poses of ``base_link`` in ``odom``.
        """
        candidates = self._source.candidates(stamp, odometry)
        self._last = next(iter(candidates), None)
        self._problems['prior'] = (
            f'There is no prior: neither pose nor fix within {self.config.prior_timeout:g} s '
            'of the image.')
        for prior in candidates:
            refusal = self.config.search.refusal(prior)
            if not refusal:
                self._last = prior
                self._problems.pop('prior')
                return prior
            self._problems['prior'] = refusal
        return None

    def report(self, status: Status) -> None:
        """Show where the search is centred, and what could not be used."""
        if self._last is not None:
            status.show('source', self._last.source)
            status.show('position sigma [m]', self._last.position_sigma)
            status.show('yaw sigma [rad]', self._last.yaw_sigma)
            status.show('age [s]', self._last.age_s)
        for key in ('map_origin', 'search_prior', 'fix'):
            if key in self._problems:
                status.warn(self._problems[key])
        if 'prior' in self._problems:
            status.error(self._problems['prior'])
