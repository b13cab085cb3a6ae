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
A node that writes down what the localizer publishes during a replay.

Runs as a process of its own, so that recording disturbs neither the nodes nor the progress
display: ``python -m xview_loc.cli.recorder OUT.npz --ros-args ...``. Every half second it prints
one JSON object on stdout for whoever started it; on SIGINT or SIGTERM it writes the file and ends.
"""

from __future__ import annotations

import json
from pathlib import Path
import re
import signal
import sys
import time
from types import FrameType
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PoseWithCovarianceStamped
import numpy as np
import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data, QoSProfile
from rclpy.signals import SignalHandlerOptions
from rosgraph_msgs.msg import Clock as ClockMessage
from sensor_msgs.msg import NavSatFix, PointCloud2
from std_msgs.msg import String

from xview_loc.errors import MatchingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.report.live_run import Complaint, HealthEvent, HeatmapSample, LiveRun
from xview_loc.report.track import Track
from xview_loc.ros import qos
from xview_loc.ros.heatmap_conversion import likelihood_from_heatmap
from xview_loc.ros.stamps import seconds

SAMPLE_SPACING_S = 2.0
SAMPLES_KEPT = 5
POSES_WAITING = 1000
LONGEST_TICK_S = 0.02
STAMP_TOLERANCE_S = 1e-3
LIFECYCLE = 'state'
FIGURES = re.compile(r'-?\d+(\.\d+)?')


class Recorder(Node):
    """Collects poses, heatmaps, health and complaints; :meth:`run_so_far` returns them."""

    def __init__(self) -> None:
        """Subscribe to everything the report needs."""
        super().__init__('xview_loc_recorder')
        self.node_states: dict[str, str] = {}
        self.node_problems: dict[str, str] = {}
        self._poses: list[tuple[float, float, np.ndarray, np.ndarray]] = []
        self._matches: list[tuple[float, float, float, float, float, float]] = []
        self._samples: list[HeatmapSample] = []
        self._health: list[HealthEvent] = []
        self._warnings: dict[tuple[str, str], Complaint] = {}
        self._origin: tuple[float, float, float] | None = None
        self._clock_stamp, self._clock_seen = 0.0, 0.0
        self.create_subscription(
            PoseWithCovarianceStamped, 'pose', self._on_pose, QoSProfile(depth=POSES_WAITING))
        self.create_subscription(PointCloud2, 'heatmap', self._on_heatmap, qos.HEATMAP)
        self.create_subscription(NavSatFix, 'map_origin', self._on_origin, qos.LATCHED)
        self.create_subscription(
            String, 'particle_filter/health', self._on_health, qos.LATCHED)
        self.create_subscription(
            DiagnosticArray, '/diagnostics', self._on_diagnostics, qos.RESULT)
        self.create_subscription(
            ClockMessage, '/clock', self._on_clock, qos_profile_sensor_data)
        self.create_timer(0.5, self._report, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def run_so_far(self) -> LiveRun:
        """Return everything recorded, ordered and thinned."""
        matches = np.array(self._matches).reshape(-1, 6)
        stamps = np.array([stamp for stamp, *_ in self._poses])
        poses = Track.from_unordered(
            stamps, np.array([pose for _, _, pose, _ in self._poses]).reshape(-1, 3),
            np.array([covariance for *_, covariance in self._poses]).reshape(-1, 3, 3))
        chosen = np.unique(np.linspace(0, len(self._samples) - 1, SAMPLES_KEPT).round())
        return LiveRun(
            poses=poses, latencies_s=self._latencies(matches[:, 0]),
            match_stamps=matches[:, 0], match_centres=matches[:, 1:3],
            match_peaks=matches[:, 3:6], health=tuple(self._health),
            samples=tuple(self._samples[int(i)] for i in chosen) if self._samples else (),
            map_origin=self._origin,
            warnings=tuple(self._warnings.values()))

    def _latencies(self, image_stamps: np.ndarray) -> np.ndarray:
        """Return arrival minus stamp of the poses that belong to an image."""
        if len(image_stamps) == 0 or not self._poses:
            return np.empty(0)
        known = np.sort(image_stamps)
        stamps = np.array([stamp for stamp, *_ in self._poses])
        arrivals = np.array([arrival for _, arrival, *_ in self._poses])
        after = np.clip(np.searchsorted(known, stamps), 1, max(len(known) - 1, 1))
        nearest = np.minimum(np.abs(known[np.minimum(after, len(known) - 1)] - stamps),
                             np.abs(known[after - 1] - stamps))
        return (arrivals - stamps)[nearest <= STAMP_TOLERANCE_S]

    def _now(self) -> float:
        """Return ROS time, read between the ticks of /clock from the steady clock [s]."""
        since = min(time.monotonic() - self._clock_seen, LONGEST_TICK_S)
        return self._clock_stamp + since

    def _on_clock(self, message: ClockMessage) -> None:
        """Note a tick."""
        self._clock_stamp, self._clock_seen = seconds(message.clock), time.monotonic()

    def _on_pose(self, message: PoseWithCovarianceStamped) -> None:
        """Note a pose and when it came."""
        position, turn = message.pose.pose.position, message.pose.pose.orientation
        yaw = 2.0 * np.arctan2(turn.z, turn.w)
        covariance = np.array(message.pose.covariance).reshape(6, 6)[np.ix_([0, 1, 5], [0, 1, 5])]
        self._poses.append((
            seconds(message.header.stamp), self._now(),
            np.array([position.x, position.y, wrap_angle(yaw)]), covariance))

    def _on_heatmap(self, message: PointCloud2) -> None:
        """Note centre and peak of a heatmap, and the whole of it now and then."""
        stamp = seconds(message.header.stamp)
        try:
            likelihood = likelihood_from_heatmap(message)
        except MatchingError as error:
            self._note_complaint('recorder: heatmap', str(error), stamp)
            return
        centre = likelihood.geometry.centre_x, likelihood.geometry.centre_y
        try:
            peak = likelihood.peak()
        except MatchingError:
            self._matches.append((stamp, *centre, np.nan, np.nan, np.nan))
            return
        self._matches.append((stamp, *centre, peak.x, peak.y, peak.yaw))
        if not self._samples or stamp - self._samples[-1].stamp >= SAMPLE_SPACING_S:
            volume = likelihood.log_likelihood
            best = np.where(np.isfinite(volume), volume, -np.inf).max(axis=0)
            self._samples.append(HeatmapSample(
                stamp, np.where(np.isfinite(best), best, np.nan).astype(np.float32),
                likelihood.geometry))

    def _on_origin(self, message: NavSatFix) -> None:
        """Note the datum of the map."""
        self._origin = (message.latitude, message.longitude, message.altitude)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        """Note node states, the filter's health, and complaints."""
        stamp = seconds(message.header.stamp)
        for status in message.status:
            node, _, component = status.name.partition(': ')
            values = {value.key: value.value for value in status.values}
            if component == LIFECYCLE:
                self.node_states[node] = values.get('state', '')
                self.node_problems[node] = (
                    status.message if status.level == DiagnosticStatus.ERROR else '')
            elif status.level != DiagnosticStatus.OK and self._clock_stamp > 0.0:
                self._note_complaint(status.name, status.message, stamp)

    def _note_complaint(self, name: str, message: str, stamp: float) -> None:
        """Count a complaint; those that differ in their figures only are the same one."""
        key = name, FIGURES.sub('#', message)
        known = self._warnings.get(key)
        self._warnings[key] = (Complaint(name, message, stamp, 1) if known is None
                               else known._replace(times=known.times + 1))

    def _on_health(self, message: String) -> None:
        """Note a change of health at the stamp of the pose that came with it."""
        state, _, reason = message.data.partition(': ')
        stamp = self._poses[-1][0] if self._poses else self._now()
        if not self._health or self._health[-1].state != state:
            self._health.append(HealthEvent(stamp, state, reason))

    def _report(self) -> None:
        """Tell on stdout how far things are."""
        print(json.dumps({
            'states': self.node_states, 'problems': self.node_problems,
            'clock': self._clock_stamp, 'poses': len(self._poses),
            'matches': len(self._matches),
            'health': self._health[-1].state if self._health else ''}), flush=True)


def main(args: list[str] | None = None) -> int:
    """
    Record until asked to end.

    :param args: the file to write, then ``--ros-args``; those of the process when ``None``.
    """
    arguments = sys.argv[1:] if args is None else args
    out = Path(arguments[0])
    rclpy.init(args=arguments[1:], signal_handler_options=SignalHandlerOptions.NO)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    recorder = Recorder()
    executor = SingleThreadedExecutor()
    executor.add_node(recorder)
    try:
        while True:
            executor.spin_once(timeout_sec=0.2)
    except (KeyboardInterrupt, ExternalShutdownException):
        recorder.run_so_far().save(out)
    finally:
        recorder.destroy_node()
        rclpy.try_shutdown()
    return 0


def _end(number: int, frame: FrameType | None) -> Any:
    """Turn a signal into the end of spinning."""
    raise KeyboardInterrupt


if __name__ == '__main__':
    sys.exit(main())
