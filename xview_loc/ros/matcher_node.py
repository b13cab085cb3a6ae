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

"""The node that compares frames to imagery."""

from __future__ import annotations

from dataclasses import replace
import time
from typing import Any

from nav_msgs.msg import OccupancyGrid
import numpy as np
from sensor_msgs.msg import PointCloud2

from xview_loc.errors import MatchingError, XviewLocError
from xview_loc.matching.load_matcher import load_model, LoadedModel
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.ros.compatibility import stamp_now
from xview_loc.ros.diagnostics import Status
from xview_loc.ros.feature_cache import FeatureCache
from xview_loc.ros.handover import Handover, MatchJob, PatchNeeds
from xview_loc.ros.heatmap_conversion import heatmap_message, likelihood_from_heatmap
from xview_loc.ros.heatmap_grid import heatmap_grid
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.matcher_config import MatcherConfig
from xview_loc.ros.qos import DISPLAY, HEATMAP
from xview_loc.ros.running_statistics import Durations, Rate
from xview_loc.ros.worker import Worker


class MatcherNode(ManagedNode):
    """
    Matches in its own thread, always the newest job, and publishes ``heatmap``.

    :param handover: the seams to the other nodes of the process.
    :param arguments: passed on to the ROS node.
    """

    config: MatcherConfig

    def __init__(self, handover: Handover, **arguments: Any) -> None:
        """Declare the parameters."""
        super().__init__('matcher', MatcherConfig, **arguments)
        self._handover = handover
        self._model: LoadedModel | None = None
        self._features: FeatureCache | None = None
        self._worker: Worker[MatchJob] | None = None
        self._epoch = 0
        self._start_counting()
        self.diagnostics.add('inference', self._report)

    @property
    def idle(self) -> bool:
        """Tell whether nothing is being matched and nothing waits."""
        return self._worker is None or self._worker.idle

    def configure(self) -> None:
        """Load the matcher, run its networks once, and create the publishers."""
        resolution = (self.config.imagery_metres_per_pixel
                      or self._handover.imagery_metres_per_pixel)
        if not resolution:
            raise MatchingError(
                'The resolution of the imagery is not known: configure the tile manager first or '
                'set imagery_metres_per_pixel.')
        options = replace(self.config.package_options, unhurried=self.lockstep)
        model = load_model(self.config.model, resolution, options)
        model.warm_up()
        self._model, matcher = model, model.matcher
        self._features = FeatureCache(matcher.prepare, self.config.feature_cache)
        self._heatmap = self.advertise(PointCloud2, 'heatmap', HEATMAP)
        self._grid = self.advertise(OccupancyGrid, 'heatmap/grid', DISPLAY)
        self._start_counting()
        if model.note:
            self.get_logger().info(model.note)
        self._log_warnings(model)
        self._handover.prepare = self._features.get
        self._handover.needs = PatchNeeds(matcher.metres_per_pixel, matcher.view_radius_m)
        self._handover.frames = model.frames

    def activate(self) -> None:
        """Start the worker."""
        self._worker = Worker('matcher', self._match, self._note_failure)
        self._handover.take_job = self._worker.put

    def deactivate(self) -> None:
        """Accept no more jobs."""
        self._handover.take_job = None

    def stop_workers(self) -> None:
        """Stop the worker."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def cleanup(self) -> None:
        """Free the matcher."""
        self._handover.prepare = self._handover.needs = self._handover.frames = None
        self._model = self._features = None

    def time_jumped(self) -> None:
        """Discard the waiting job and the result of the running one."""
        self._epoch += 1
        if self._worker is not None:
            self._worker.clear()

    def _start_counting(self) -> None:
        """Forget all statistics."""
        self._rate = Rate()
        self._elapsed, self._ages = Durations(), Durations()
        self._failures = 0
        self._last_failure = ''
        self._last_failed = False
        self._last_result: tuple[float, float] | None = None
        self._logged: set[str] = set()

    def _match(self, job: MatchJob) -> None:
        """Do one job; runs in the worker."""
        epoch, model, features = self._epoch, self._model, self._features
        if model is None or features is None:
            return
        start = time.perf_counter()
        likelihood = model.matcher.match(job.window, features.get(job.patch), job.prior)
        self._elapsed.add(time.perf_counter() - start)
        if not np.isfinite(likelihood.log_likelihood).any():
            raise MatchingError('The matcher saw nothing: its likelihood is empty.')
        if epoch == self._epoch:
            self._hand_on(likelihood)

    def _hand_on(self, likelihood: PoseLikelihood) -> None:
        """Give a result to the filter and to whoever listens; runs in the worker."""
        in_memory = self._handover.take_likelihood
        message = heatmap_message(
            likelihood, self.config.map_frame, self.config.heatmap_max_bytes)
        if in_memory is not None:  # what the message rounds, so that a pose is the same anywhere
            in_memory(likelihood_from_heatmap(message))
        if in_memory is None or self._heatmap.get_subscription_count() > 0:
            self._heatmap.publish(message)
        if self._grid.get_subscription_count() > 0:
            self._grid.publish(heatmap_grid(likelihood, self.config.map_frame))
        self._rate.tick()
        self._ages.add(stamp_now(self) - likelihood.stamp)
        self._last_result = (likelihood.score, likelihood.confidence)
        self._last_failed = False

    def _note_failure(self, error: Exception) -> None:
        """Remember what went wrong; runs in the worker."""
        self._failures += 1
        self._last_failed = True
        self._last_failure = str(error) if isinstance(error, XviewLocError) else repr(error)
        if self.context.ok():
            self.get_logger().warning(
                f'A match failed: {self._last_failure}', throttle_duration_sec=5.0)

    def _report(self, status: Status) -> None:
        """Report rate, time and failures."""
        slow = self._elapsed.percentile(95.0)
        status.show('model', self.config.model)
        self._report_model(status)
        status.show('matches', self._rate.count)
        status.show('rate [Hz]', self._rate.hertz)
        status.show('time p50 [ms]', 1e3 * self._elapsed.percentile(50.0))
        status.show('time p95 [ms]', 1e3 * slow)
        status.show('age p50 [s]', self._ages.percentile(50.0))
        status.show('overwritten', self._worker.overwritten if self._worker else 0)
        status.show('failures', self._failures)
        if self._features is not None:
            status.show('maps prepared', self._features.misses)
        if self._last_result is not None:
            status.show('score', self._last_result[0])
            status.show('confidence', self._last_result[1])
        if slow > self.config.latency_budget:
            status.warn(f'95 percent of the matches take up to {1e3 * slow:.0f} ms; the budget '
                        f'is {1e3 * self.config.latency_budget:.0f} ms.')
        if self._last_failed:
            status.error(self._last_failure)
        elif self.is_active and not self._rate.ever:
            status.warn('No match yet; see image_batcher and tile_manager.')

    def _report_model(self, status: Status) -> None:
        """Report what runs the networks, and what did not go as asked for."""
        if self._model is None or not self._model.provider:
            return
        status.show('provider', self._model.provider)
        for warning in self._model.warnings:
            status.warn(warning)
        self._log_warnings(self._model)

    def _log_warnings(self, model: LoadedModel) -> None:
        """Log each warning of a model once."""
        for warning in model.warnings:
            if warning not in self._logged:
                self._logged.add(warning)
                self.get_logger().warning(warning)
