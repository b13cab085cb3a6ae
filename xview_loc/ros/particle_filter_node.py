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

from collections import deque
import math
from typing import Any

from geometry_msgs.msg import PoseWithCovarianceStamped
from nav_msgs.msg import Odometry
from sensor_msgs.msg import NavSatFix, PointCloud2
from std_srvs.srv import Empty

from xview_loc.errors import XviewLocError
from xview_loc.filtering.localizer import Localizer
from xview_loc.filtering.pose_estimate import PoseEstimate
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.ros.compatibility import stamp_now
from xview_loc.ros.diagnostics import Status
from xview_loc.ros.filter_inputs import FilterInputs, InputEvents
from xview_loc.ros.filter_notes import FILTER_NOTES
from xview_loc.ros.filter_outputs import FilterOutputs
from xview_loc.ros.filter_report import report_estimate, report_statistics
from xview_loc.ros.handover import Handover
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.particle_filter_config import ParticleFilterNodeConfig
from xview_loc.ros.qos import EVENT, HEATMAP, ODOMETRY, SENSOR
from xview_loc.ros.running_statistics import Rate

_OLD_S = 0.5
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
        self._inputs: FilterInputs | None = None
        self._outputs: FilterOutputs | None = None
        self._arrived: deque[PoseLikelihood] = deque(maxlen=8)
        self._updates = Rate()
        self.diagnostics.add('consistency', self._report)
        self.diagnostics.add('inputs', self._report_inputs)

    # Lifecycle

    def configure(self) -> None:
        """Create the filter, its inputs and the publishers."""
        self._localizer = Localizer(self.config.core)
        self._inputs = FilterInputs(self, self.config, self._localizer, InputEvents(
            self._publish_origin, self._start_over, self._update))
        self._outputs = FilterOutputs(self, self.config)
        self._updates = Rate()

    def activate(self) -> None:
        """Listen and start the timers."""
        inputs = self._in
        self.listen(Odometry, 'odometry/filtered', inputs.take_odometry, ODOMETRY)
        self.listen(NavSatFix, 'fix', inputs.take_fix, SENSOR)
        self.listen(PoseWithCovarianceStamped, 'initialpose', inputs.take_initial_pose, EVENT)
        if self._handover is None:
            self.listen(PointCloud2, 'heatmap', inputs.take_heatmap, HEATMAP)
        else:
            self._guard = self.create_guard_condition(self._take_arrived)
            self._handover.take_likelihood = self._hand_in
        output = self.config.output
        self.every(1.0 / output.tf_rate, self._tick)
        self.every(1.0 / output.particle_rate, self._show_particles)
        self.every(1.0 / output.path_rate, self._out.publish_path)
        self._reinitialize = self.create_service(
            Empty, 'reinitialize', self._on_reinitialize)
        if inputs.frame is not None:
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
        self._localizer = self._inputs = self._outputs = None

    def config_changed(self) -> None:
        """Use what can be changed while the node runs."""
        for part in (self._inputs, self._outputs):
            if part is not None:
                part.config = self.config

    def time_jumped(self) -> None:
        """Start over: everything known belongs to another time."""
        self._arrived.clear()
        if self._localizer is not None:
            self._localizer.reset()
            self._in.time_jumped()
            self._out.clear()

    def _start_over(self) -> None:
        """Notice a bag that starts again without a clock."""
        self.get_logger().warning('Odometry stamps went back: the filter starts over.')
        self.time_jumped()

    # Inputs that do not come as messages

    def _hand_in(self, likelihood: PoseLikelihood) -> None:
        """Take a likelihood from the matcher's thread."""
        self._arrived.append(likelihood)
        self._guard.trigger()

    def _take_arrived(self) -> None:
        """Hand what came from the matcher's thread to the filter."""
        while self._arrived:
            self._in.take_likelihood(self._arrived.popleft())

    def _on_reinitialize(self, _request: Empty.Request,
                         response: Empty.Response) -> Empty.Response:
        """Spread the particles around the latest fix."""
        self.get_logger().info('Reinitialising around the latest fix.')
        self._core.reinitialize()
        return response

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
            self._in.refuse('update', error)
            return
        for estimate in estimates:
            self._publish_estimate(estimate)

    def _publish_estimate(self, estimate: PoseEstimate) -> None:
        """Publish an estimate."""
        self._updates.tick()
        try:
            self._out.publish_estimate(estimate, self._in.frame)
        except XviewLocError as error:
            self._in.refuse('fix/filtered', error)

    def _show_particles(self) -> None:
        """Publish the particles if somebody looks."""
        if self._out.particles_wanted:
            self._out.publish_particles(self._core.particles)

    def _publish_origin(self) -> None:
        """Publish the origin for late joiners."""
        frame, now = self._in.frame, stamp_now(self)
        assert frame is not None
        self._out.publish_origin(frame, now if math.isfinite(now) else 0.0)

    @property
    def map_frame(self) -> LocalFrame | None:
        """Return the map on the earth, once it is decided."""
        return None if self._inputs is None else self._inputs.frame

    @property
    def idle(self) -> bool:
        """Tell whether no likelihood from the matcher's thread waits."""
        return not self._arrived

    # What exists while the node is configured

    @property
    def _core(self) -> Localizer:
        assert self._localizer is not None
        return self._localizer

    @property
    def _in(self) -> FilterInputs:
        assert self._inputs is not None
        return self._inputs

    @property
    def _out(self) -> FilterOutputs:
        assert self._outputs is not None
        return self._outputs

    # Diagnostics

    def _report(self, status: Status) -> None:
        """Report what the filter believes of itself."""
        status.show('updates', self._updates.count)
        status.show('update rate [Hz]', self._updates.hertz)
        if self._localizer is None:
            return
        delay = self._in.delays.percentile(50.0)
        status.show('measurement delay p50 [s]', delay)
        if delay > _OLD_S:
            status.warn(f'Matches arrive {delay:.2f} s after their images.')
        report_statistics(self._localizer.statistics, status)
        estimate = self._out.estimate
        if estimate is not None:
            report_estimate(estimate, status)
            silence = stamp_now(self) - estimate.stamp
            if self.is_active and silence > _SILENCE_S:
                status.error(f'No update for {silence:.0f} s.')
        elif self.is_active:
            status.warn('No pose yet: the filter waits for odometry and a valid fix.')

    def _report_inputs(self, status: Status) -> None:
        """Report what arrives, and whether transforms go out."""
        works = self._outputs is not None and self._outputs.transforms_work
        status.show('transforms', 'broadcast' if works else 'off')
        if self._inputs is not None:
            self._inputs.report(status)
