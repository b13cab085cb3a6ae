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


"""What the particle filter is told: messages to measurements, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
import math

from geometry_msgs.msg import PoseWithCovarianceStamped
from nav_msgs.msg import Odometry
import numpy as np
from sensor_msgs.msg import NavSatFix, PointCloud2

from xview_loc.errors import FilterError, XviewLocError
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.localizer import Localizer
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.ros import conversions, fix_conversion
from xview_loc.ros.antenna import fix_at_base
from xview_loc.ros.compatibility import stamp_now
from xview_loc.ros.diagnostics import Status
from xview_loc.ros.heatmap_conversion import likelihood_from_heatmap
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.particle_filter_config import ParticleFilterNodeConfig
from xview_loc.ros.running_statistics import Durations
from xview_loc.ros.stamps import seconds
from xview_loc.ros.tile_manager_config import local_frame_of

_BACK_JUMP_S = 1.0
_CLOCK_LIMIT_S = 30.0
_AHEAD_S = 1.0

INITIAL_POSITION_STD = 0.5
"""Of an initial pose whose covariance is all zero, hence not stated: what RViz sends [m]."""

INITIAL_YAW_STD = math.radians(15.0)
"""The same of the yaw [rad]."""


@dataclass(frozen=True)
class InputEvents:
    """
    What the node does when something arrives.

    :param origin_known: the map has got its place on the earth.
    :param went_back: odometry stamps show that a bag started again.
    :param matched: the filter has taken a likelihood.
    """

    origin_known: Callable[[], None]
    went_back: Callable[[], None]
    matched: Callable[[], None]


class FilterInputs:
    """
    Hands what arrives to the filter; counts it and remembers why something was refused.

    :param node: whose clock and log are used.
    :param config: its parameters.
    :param core: the filter.
    :param events: what the node does about it.
    """

    def __init__(self, node: ManagedNode, config: ParticleFilterNodeConfig, core: Localizer,
                 events: InputEvents) -> None:
        """Start with nothing counted."""
        self.config = config
        self.frame: LocalFrame | None = local_frame_of(config.map_origin)
        self.delays = Durations()
        self._node, self._core, self._events = node, core, events
        self._counts: Counter[str] = Counter()
        self._problems: dict[str, str] = {}
        self._newest_odometry = -math.inf

    def time_jumped(self) -> None:
        """Accept stamps of another time."""
        self._newest_odometry = -math.inf

    def take_odometry(self, message: Odometry) -> None:
        """Hand odometry to the filter."""
        stamp = seconds(message.header.stamp)
        config = self.config
        try:
            pose = conversions.odometry_pose(message, config.odom_frame, config.base_frame)
            self._require_present(stamp)
            if stamp < self._newest_odometry - _BACK_JUMP_S:
                self._events.went_back()
            _require(self._core.add_odometry(stamp, pose), stamp)
        except XviewLocError as error:
            self.refuse('odometry', error)
            return
        self._newest_odometry = max(self._newest_odometry, stamp)
        self._accept('odometry')

    def take_fix(self, message: NavSatFix) -> None:
        """Hand a fix to the filter; the first valid one may become the origin."""
        if not fix_conversion.is_valid_fix(message):
            self._counts['fix without position'] += 1
            return
        stamp = seconds(message.header.stamp)
        try:
            self._require_present(stamp)
            frame = self._origin_at(message) if self.frame is None else self.frame
            x, y, _ = frame.map_from_geodetic(message.latitude, message.longitude)
            covariance = fix_conversion.fix_covariance(message, self.config.fix.sigma)
            antenna = GnssFix(stamp, float(x), float(y), covariance)
            fix = fix_at_base(antenna, self.config.fix, self._core)
            _require(self._core.add_fix(fix), stamp)
        except XviewLocError as error:
            self.refuse('fix', error)
            return
        self._accept('fix')

    def take_initial_pose(self, message: PoseWithCovarianceStamped) -> None:
        """Start over at a pose that a person or another program gives."""
        stamp = seconds(message.header.stamp) or stamp_now(self._node)
        try:
            conversions.require_frame_id(
                message.header.frame_id, self.config.map_frame, 'initialpose')
            taken = self._core.set_pose(
                stamp, conversions.pose2_from_pose(message.pose.pose),
                _initial_covariance(message))
            _require(taken, stamp)
        except XviewLocError as error:
            self.refuse('initialpose', error)
            return
        self._accept('initialpose')

    def take_heatmap(self, message: PointCloud2) -> None:
        """Hand a heatmap of another process to the filter."""
        try:
            conversions.require_frame_id(
                message.header.frame_id, self.config.map_frame, 'heatmap')
            likelihood = likelihood_from_heatmap(message)
        except XviewLocError as error:
            self.refuse('heatmap', error)
            return
        self.take_likelihood(likelihood)

    def take_likelihood(self, likelihood: PoseLikelihood) -> None:
        """Hand a likelihood to the filter and let it work."""
        now = stamp_now(self._node)
        try:
            if likelihood.stamp > now + _AHEAD_S:  # from before a jump back
                raise FilterError(
                    f'A match of {likelihood.stamp:.3f} s lies in the future.')
            _require(self._core.add_likelihood(likelihood), likelihood.stamp)
        except XviewLocError as error:
            self.refuse('heatmap', error)
            return
        self.delays.add(now - likelihood.stamp)
        self._accept('heatmap')
        self._events.matched()

    def refuse(self, topic: str, error: XviewLocError) -> None:
        """Count a message that was not used and remember why."""
        self._counts[f'{topic} refused'] += 1
        self._problems[topic] = str(error)
        self._node.get_logger().warning(
            f'A message on {topic} is not used: {error}', throttle_duration_sec=5.0)

    def report(self, status: Status) -> None:
        """Report what arrives."""
        for key in ('odometry', 'fix', 'fix without position', 'heatmap', 'initialpose'):
            status.show(key, self._counts[key])
            if self._counts[f'{key} refused']:
                status.show(f'{key} refused', self._counts[f'{key} refused'])
        for topic, sentence in self._problems.items():
            status.warn(f'{topic}: {sentence}')
        if not self._node.is_active:
            return
        for topic in ('odometry/filtered', 'fix', 'heatmap'):
            self._node.report_qos(topic, status)
        for key, what in (('odometry', 'odometry'), ('fix', 'valid fix'), ('heatmap', 'heatmap')):
            if not self._counts[key]:
                status.warn(f'No {what} has arrived.')

    def _origin_at(self, fix: NavSatFix) -> LocalFrame:
        """Make a fix the origin of the map."""
        altitude = fix.altitude if math.isfinite(fix.altitude) else 0.0
        self.frame = LocalFrame(fix.latitude, fix.longitude, altitude)
        self._node.get_logger().info(
            f'The first fix is the origin of the map: {fix.latitude:.7f}, '
            f'{fix.longitude:.7f}, {altitude:.1f} m.')
        self._events.origin_known()
        return self.frame

    def _accept(self, topic: str) -> None:
        """Count a message that was used."""
        self._counts[topic] += 1
        self._problems.pop(topic, None)

    def _require_present(self, stamp: float) -> None:
        """Refuse measurements of another time than the clock's."""
        late = stamp_now(self._node) - stamp
        if abs(late) > _CLOCK_LIMIT_S:
            side = 'behind' if late > 0.0 else 'ahead of'
            raise FilterError(
                f'The stamp {stamp:.3f} s is {abs(late):.0f} s {side} the clock; when a bag is '
                'played, set use_sim_time and let the player publish /clock.')


def _initial_covariance(message: PoseWithCovarianceStamped) -> np.ndarray:
    """Return the ``(3, 3)`` covariance of an initial pose."""
    if not np.any(message.pose.covariance):
        return np.diag([INITIAL_POSITION_STD ** 2, INITIAL_POSITION_STD ** 2,
                        INITIAL_YAW_STD ** 2])
    return conversions.planar_covariance(message.pose.covariance)


def _require(taken: bool, stamp: float) -> None:
    """Turn the filter's refusal into a sentence."""
    if not taken:
        raise FilterError(
            f'The measurement of {stamp:.3f} s is a duplicate, too old or of another time.')
