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

"""The node that fuses odometry, fixes and heatmaps into a pose."""

from __future__ import annotations

from collections import Counter, deque
import math
from typing import Any

from geometry_msgs.msg import PoseWithCovarianceStamped
from nav_msgs.msg import Odometry
from sensor_msgs.msg import NavSatFix, PointCloud2
from std_srvs.srv import Empty

from xview_loc.errors import FilterError, XviewLocError
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.localizer import Localizer
from xview_loc.filtering.pose_estimate import PoseEstimate
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.ros import conversions
from xview_loc.ros.antenna import fix_at_base
from xview_loc.ros.compatibility import stamp_now
from xview_loc.ros.diagnostics import Status
from xview_loc.ros.filter_notes import FILTER_NOTES
from xview_loc.ros.filter_outputs import FilterOutputs
from xview_loc.ros.filter_report import report_estimate, report_statistics
from xview_loc.ros.handover import Handover
from xview_loc.ros.heatmap_conversion import likelihood_from_heatmap
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.particle_filter_config import ParticleFilterNodeConfig
from xview_loc.ros.qos import EVENT, HEATMAP, ODOMETRY, SENSOR
from xview_loc.ros.running_statistics import Durations, Rate
from xview_loc.ros.stamps import seconds
from xview_loc.ros.tile_manager_config import local_frame_of

_BACK_JUMP_S = 1.0
_CLOCK_LIMIT_S = 30.0
_OLD_S = 0.5
_AHEAD_S = 1.0
_SILENCE_S = 5.0


class ParticleFilterNode(ManagedNode):
    """
    Owns the origin of the map, the pose and ``map -> odom``.

    :param handover: where the matcher lives in the same process: the seam to it.
    :param arguments: passed on to the ROS node.
    """

    config: ParticleFilterNodeConfig

    def __init__(self, handover: Handover | None = None, **arguments: Any) -> None:
        """Declare the parameters."""
        super().__init__('particle_filter', ParticleFilterNodeConfig,
                         FILTER_NOTES, **arguments)
        self._handover = handover
        self._localizer: Localizer | None = None
        self._outputs: FilterOutputs | None = None
        self._frame: LocalFrame | None = None
        self._arrived: deque[PoseLikelihood] = deque(maxlen=8)
        self._start_counting()
        self.diagnostics.add('consistency', self._report)
        self.diagnostics.add('inputs', self._report_inputs)

    # Lifecycle

    def configure(self) -> None:
        """Create the filter and the publishers."""
        self._localizer = Localizer(self.config.core)
        self._frame = local_frame_of(self.config.map_origin)
        self._outputs = FilterOutputs(self, self.config)
        self._start_counting()

    def activate(self) -> None:
        """Listen and start the timers."""
        self.listen(Odometry, 'odometry/filtered', self._take_odometry, ODOMETRY)
        self.listen(NavSatFix, 'fix', self._take_fix, SENSOR)
        self.listen(PoseWithCovarianceStamped, 'initialpose', self._take_initial_pose, EVENT)
        if self._handover is None:
            self.listen(PointCloud2, 'heatmap', self._take_heatmap, HEATMAP)
        else:
            self._guard = self.create_guard_condition(self._take_arrived)
            self._handover.take_likelihood = self._hand_in
        output = self.config.output
        self.every(1.0 / output.tf_rate, self._tick)
        self.every(1.0 / output.particle_rate, self._show_particles)
        self.every(1.0 / output.path_rate, self._out.publish_path)
        self._reinitialize = self.create_service(
            Empty, 'reinitialize', self._on_reinitialize)
        if self._frame is not None:
            self._publish_origin()

    def deactivate(self) -> None:
        """Stop listening to what the base class does not know."""
        if self._handover is not None:
            self._handover.take_likelihood = None
        for name, destroy in (('_guard', self.destroy_guard_condition),
                              ('_reinitialize', self.destroy_service)):
            entity = self.__dict__.pop(name, None)
            if entity is not None:
                destroy(entity)

    def cleanup(self) -> None:
        """Forget the filter."""
        self._localizer = self._outputs = None

    def time_jumped(self) -> None:
        """Start over: everything known belongs to another time."""
        self._arrived.clear()
        self._newest_odometry = -math.inf
        if self._localizer is not None and self._outputs is not None:
            self._localizer.reset()
            self._outputs.clear()

    # Inputs

    def _take_odometry(self, message: Odometry) -> None:
        """Hand odometry to the filter."""
        stamp = seconds(message.header.stamp)
        config = self.config
        try:
            pose = conversions.odometry_pose(message, config.odom_frame, config.base_frame)
            self._require_present(stamp)
            self._forget_if_back(stamp)
            self._require(self._core.add_odometry(stamp, pose), stamp)
        except XviewLocError as error:
            self._refuse('odometry', error)
            return
        self._newest_odometry = max(self._newest_odometry, stamp)
        self._accept('odometry')

    def _take_fix(self, message: NavSatFix) -> None:
        """Hand a fix to the filter; the first valid one may become the origin."""
        if not conversions.is_valid_fix(message):
            self._counts['fix without position'] += 1
            return
        stamp = seconds(message.header.stamp)
        try:
            self._require_present(stamp)
            if self._frame is None:
                self._set_origin(message)
            assert self._frame is not None
            x, y, _ = self._frame.map_from_geodetic(message.latitude, message.longitude)
            covariance = conversions.fix_covariance(message, self.config.fix.sigma)
            antenna = GnssFix(stamp, float(x), float(y), covariance)
            fix = fix_at_base(antenna, self.config.fix, self._core)
            self._require(self._core.add_fix(fix), stamp)
        except XviewLocError as error:
            self._refuse('fix', error)
            return
        self._accept('fix')

    def _take_initial_pose(self, message: PoseWithCovarianceStamped) -> None:
        """Start over at a pose that a person or another program gives."""
        stamp = seconds(message.header.stamp) or stamp_now(self)
        try:
            conversions.require_frame_id(
                message.header.frame_id, self.config.map_frame, 'initialpose')
            taken = self._core.set_pose(
                stamp, conversions.pose2_from_pose(message.pose.pose),
                conversions.planar_covariance(message.pose.covariance))
            self._require(taken, stamp)
        except XviewLocError as error:
            self._refuse('initialpose', error)
            return
        self._accept('initialpose')

    def _take_heatmap(self, message: PointCloud2) -> None:
        """Hand a heatmap of another process to the filter."""
        try:
            conversions.require_frame_id(
                message.header.frame_id, self.config.map_frame, 'heatmap')
            likelihood = likelihood_from_heatmap(message)
        except XviewLocError as error:
            self._refuse('heatmap', error)
            return
        self._take_likelihood(likelihood)

    def _hand_in(self, likelihood: PoseLikelihood) -> None:
        """Take a likelihood from the matcher's thread."""
        self._arrived.append(likelihood)
        self._guard.trigger()

    def _take_arrived(self) -> None:
        """Hand what came from the matcher's thread to the filter."""
        while self._arrived:
            self._take_likelihood(self._arrived.popleft())

    def _take_likelihood(self, likelihood: PoseLikelihood) -> None:
        """Hand a likelihood to the filter and let it work."""
        try:
            if likelihood.stamp > stamp_now(self) + _AHEAD_S:  # from before a jump back
                raise FilterError(
                    f'A match of {likelihood.stamp:.3f} s lies in the future.')
            self._require(self._core.add_likelihood(likelihood), likelihood.stamp)
        except XviewLocError as error:
            self._refuse('heatmap', error)
            return
        self._delays.add(stamp_now(self) - likelihood.stamp)
        self._accept('heatmap')
        self._update()

    def _on_reinitialize(self, _request: Empty.Request,
                         response: Empty.Response) -> Empty.Response:
        """Spread the particles around the latest fix."""
        self.get_logger().info('Reinitialising around the latest fix.')
        self._core.reinitialize()
        return response

    def _forget_if_back(self, stamp: float) -> None:
        """Notice a bag that starts again without a clock."""
        if stamp < self._newest_odometry - _BACK_JUMP_S:
            self.get_logger().warning('Odometry stamps went back: the filter starts over.')
            self.time_jumped()

    # Outputs

    def _tick(self) -> None:
        """Work off what is ripe and broadcast ``map -> odom``."""
        self._update()
        correction, now = self._core.map_from_odom, stamp_now(self)
        if correction is not None and math.isfinite(now):
            self._out.publish_correction(correction, now)

    def _update(self) -> None:
        """Let the filter work and publish every new estimate."""
        now = stamp_now(self)
        if not math.isfinite(now):
            return
        try:
            estimates = self._core.update(now)
        except XviewLocError as error:
            self._refuse('update', error)
            return
        for estimate in estimates:
            self._publish_estimate(estimate)

    def _publish_estimate(self, estimate: PoseEstimate) -> None:
        """Publish an estimate."""
        self._updates.tick()
        try:
            self._out.publish_estimate(estimate, self._frame)
        except XviewLocError as error:
            self._refuse('fix/filtered', error)

    def _show_particles(self) -> None:
        """Publish the particles if somebody looks."""
        if self._out.particles_wanted:
            self._out.publish_particles(self._core.particles)

    def _set_origin(self, fix: NavSatFix) -> None:
        """Make a fix the origin of the map."""
        altitude = fix.altitude if math.isfinite(fix.altitude) else 0.0
        self._frame = LocalFrame(fix.latitude, fix.longitude, altitude)
        self.get_logger().info(
            f'The first fix is the origin of the map: {fix.latitude:.7f}, '
            f'{fix.longitude:.7f}, {altitude:.1f} m.')
        self._publish_origin()

    def _publish_origin(self) -> None:
        """Publish the origin for late joiners."""
        assert self._frame is not None
        now = stamp_now(self)
        self._out.publish_origin(self._frame, now if math.isfinite(now) else 0.0)

    @property
    def map_frame(self) -> LocalFrame | None:
        """Return the map on the earth, once it is decided."""
        return self._frame

    # Bookkeeping

    @property
    def _core(self) -> Localizer:
        """Return the filter, which exists while the node is configured."""
        assert self._localizer is not None
        return self._localizer

    @property
    def _out(self) -> FilterOutputs:
        """Return the publishers, which exist while the node is configured."""
        assert self._outputs is not None
        return self._outputs

    def _start_counting(self) -> None:
        """Forget all statistics."""
        self._counts: Counter[str] = Counter()
        self._problems: dict[str, str] = {}
        self._updates, self._delays = Rate(), Durations()
        self._newest_odometry = -math.inf

    def _require_present(self, stamp: float) -> None:
        """Refuse measurements of another time than the clock's."""
        late = stamp_now(self) - stamp
        if abs(late) > _CLOCK_LIMIT_S:
            side = 'behind' if late > 0.0 else 'ahead of'
            raise FilterError(
                f'The stamp {stamp:.3f} s is {abs(late):.0f} s {side} the clock; when a bag is '
                'played, set use_sim_time and let the player publish /clock.')

    def _require(self, taken: bool, stamp: float) -> None:
        """Turn the filter's refusal into a sentence."""
        if not taken:
            raise FilterError(
                f'The measurement of {stamp:.3f} s is a duplicate, too old or of another time.')

    def _accept(self, topic: str) -> None:
        """Count a message that was used."""
        self._counts[topic] += 1
        self._problems.pop(topic, None)

    def _refuse(self, topic: str, error: XviewLocError) -> None:
        """Count a message that was not used and remember why."""
        self._counts[f'{topic} refused'] += 1
        self._problems[topic] = str(error)
        self.get_logger().warning(
            f'A message on {topic} is not used: {error}', throttle_duration_sec=5.0)

    def _report(self, status: Status) -> None:
        """Report what the filter believes of itself."""
        status.show('updates', self._updates.count)
        status.show('update rate [Hz]', self._updates.hertz)
        delay = self._delays.percentile(50.0)
        status.show('measurement delay p50 [s]', delay)
        if delay > _OLD_S:
            status.warn(f'Matches arrive {delay:.2f} s after their images.')
        if self._localizer is None or self._outputs is None:
            return
        report_statistics(self._localizer.statistics, status)
        if self._outputs.estimate is not None:
            report_estimate(self._outputs.estimate, status)
            silence = stamp_now(self) - self._outputs.estimate.stamp
            if self.is_active and silence > _SILENCE_S:
                status.error(f'No update for {silence:.0f} s.')
        elif self.is_active:
            status.warn('No pose yet: the filter waits for odometry and a valid fix.')

    def _report_inputs(self, status: Status) -> None:
        """Report what arrives."""
        for key in ('odometry', 'fix', 'fix without position', 'heatmap', 'initialpose'):
            status.show(key, self._counts[key])
            if self._counts[f'{key} refused']:
                status.show(f'{key} refused', self._counts[f'{key} refused'])
        works = self._outputs is not None and self._outputs.transforms_work
        status.show('transforms', 'broadcast' if works else 'off')
        for topic, sentence in self._problems.items():
            status.warn(f'{topic}: {sentence}')
        if not self.is_active:
            return
        for topic in ('odometry/filtered', 'fix', 'heatmap'):
            self.report_qos(topic, status)
        for key, what in (('odometry', 'odometry'), ('fix', 'valid fix'), ('heatmap', 'heatmap')):
            if not self._counts[key]:
                status.warn(f'No {what} has arrived.')
