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

"""The node that keeps the imagery around the vehicle at hand."""

from __future__ import annotations

from dataclasses import dataclass
import math
import time
from typing import Any

from geometry_msgs.msg import PoseWithCovarianceStamped
import numpy as np
from sensor_msgs.msg import NavSatFix
from visualization_msgs.msg import MarkerArray

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import ImageryError, XviewLocError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer
from xview_loc.imagery.bounds import centre_of
from xview_loc.imagery.imagery_source import ImagerySource
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.ros import conversions
from xview_loc.ros.diagnostics import Status
from xview_loc.ros.handover import Handover, MatchJob
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.patch_store import PatchStore
from xview_loc.ros.prior_source import Prior, PriorSource
from xview_loc.ros.qos import LATCHED, SENSOR
from xview_loc.ros.stamps import seconds
from xview_loc.ros.tile_manager_config import local_frame_of, TileManagerConfig
from xview_loc.ros.tile_markers import TileMarkers
from xview_loc.ros.worker import Worker

_RETRY_S = 2.0


@dataclass(frozen=True)
class _Errand:
    """One thing for the tile worker to do: read a patch, or draw the surroundings."""

    geometry: PatchGeometry
    frame: LocalFrame
    for_display: bool = False


class TileManager(ManagedNode):
    """
    Finds the prior of each window, keeps a patch of imagery around it and makes the match job.

    :param handover: the seams to the other nodes of the process.
    :param arguments: passed on to the ROS node.
    """

    config: TileManagerConfig
    _last_seen: tuple[float, Pose2] | None
    _velocity: tuple[float, float]

    def __init__(self, handover: Handover, **arguments: Any) -> None:
        """Declare the parameters."""
        super().__init__('tile_manager', TileManagerConfig, **arguments)
        self._handover = handover
        self._source: ImagerySource | None = None
        self._frame: LocalFrame | None = None
        self._worker: Worker[_Errand] | None = None
        self._epoch = 0
        self._priors = PriorSource(self.config.prior_timeout)
        self._patches = PatchStore(self.config.patch.grid, self.config.patch.kept)
        self._markers = TileMarkers(self.config.map_frame)
        self._forget_motion()
        self._problems: dict[str, str] = {}
        self._jobs = self._waited = self._reads = 0
        self._requested: tuple[PatchGeometry, float] | None = None
        self._last_prior: Prior | None = None
        self._last_coverage = math.nan
        self.diagnostics.add('tiles', self._report)
        self.diagnostics.add('prior', self._report_prior)

    # Lifecycle

    def configure(self) -> None:
        """Open the imagery and create the publisher."""
        if not self.config.imagery:
            raise ImageryError('No imagery is configured; set the parameter imagery.')
        self._source = open_imagery(self.config.imagery, self.config.cache * 2 ** 20)
        self._frame = local_frame_of(self.config.map_origin)
        place = ((self._frame.latitude_deg, self._frame.longitude_deg) if self._frame
                 else centre_of(self._source.bounds))
        self._handover.imagery_metres_per_pixel = self._source.metres_per_pixel_at(*place)
        self._patches = PatchStore(self.config.patch.grid, self.config.patch.kept)
        self._markers = TileMarkers(self.config.map_frame)
        self._marker_publisher = self.advertise(MarkerArray, 'satellite_tiles', LATCHED)
        self.get_logger().info(
            f'Imagery {self._source.name}: '
            f'{self._handover.imagery_metres_per_pixel:.3f} m per pixel.')

    def activate(self) -> None:
        """Listen, and start the worker."""
        self._worker = Worker('tiles', self._work, self._note_failure)
        self.listen(PoseWithCovarianceStamped, 'pose', self._take_pose, SENSOR)
        self.listen(NavSatFix, 'fix', self._take_fix, SENSOR)
        if not self.config.map_origin:
            self.listen(NavSatFix, 'map_origin', self._take_origin, LATCHED)
        self._handover.take_window = self._take_window

    def deactivate(self) -> None:
        """Accept no more windows."""
        self._handover.take_window = None

    def stop_workers(self) -> None:
        """Stop the worker."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def cleanup(self) -> None:
        """Close the imagery."""
        self._handover.imagery_metres_per_pixel = None
        self._patches.clear()
        self._problems.clear()
        self._requested = None
        if self._source is not None:
            self._source.close()
            self._source = None

    def config_changed(self) -> None:
        """Use the new timeout; everything else is read where it is used."""
        self._priors.timeout_s = self.config.prior_timeout

    def time_jumped(self) -> None:
        """Forget the priors; imagery has no time."""
        self._epoch += 1
        self._priors.clear()
        self._forget_motion()

    # Inputs

    def _take_origin(self, message: NavSatFix) -> None:
        """Place the map on the earth."""
        try:
            frame = conversions.frame_from_origin(message)
        except XviewLocError as error:
            self._problems['map_origin'] = str(error)
            return
        self._problems.pop('map_origin', None)
        if self._frame is not None and repr(frame) != repr(self._frame):
            self._patches.clear()
            self._priors.clear()
        self._frame = frame

    def _take_pose(self, message: PoseWithCovarianceStamped) -> None:
        """Remember what the filter believes."""
        try:
            conversions.require_frame_id(
                message.header.frame_id, self.config.map_frame, 'pose')
            self._priors.set_pose(
                seconds(message.header.stamp),
                conversions.pose2_from_pose(message.pose.pose),
                conversions.planar_covariance(message.pose.covariance))
            self._problems.pop('pose', None)
        except XviewLocError as error:
            self._problems['pose'] = str(error)

    def _take_fix(self, message: NavSatFix) -> None:
        """Remember a fix, for the time before the filter believes anything."""
        if self._frame is None or not conversions.is_valid_fix(message):
            return
        try:
            x, y, _ = self._frame.map_from_geodetic(message.latitude, message.longitude)
        except XviewLocError as error:
            self._problems['fix'] = str(error)
            return
        self._problems.pop('fix', None)
        covariance = conversions.fix_covariance(message, self.config.fix_sigma)
        covariance = covariance + np.eye(2) * self.config.fix_sigma_min ** 2
        self._priors.set_fix(seconds(message.header.stamp), float(x), float(y), covariance)

    def _take_window(self, window: FrameWindow, odometry: PoseBuffer) -> None:
        """Make the job of a window, or say why there is none."""
        needs, frame = self._handover.needs, self._frame
        if frame is None or needs is None:
            self._problems['job'] = (
                'The origin of the map is not known yet: no valid fix has reached the filter, or '
                'the filter does not run.' if frame is None else 'The matcher is not ready.')
            return
        prior = self._priors.at(window.stamp, odometry)
        self._last_prior = prior
        if prior is None:
            self._problems['job'] = (
                f'There is no prior: neither pose nor fix within {self.config.prior_timeout:g} s '
                'of the image.')
            return
        refusal = self.config.search.refusal(prior)
        if refusal:
            self._problems['job'] = refusal
            return
        self._problems.pop('job', None)
        self._make_job(window, prior, frame, needs.metres_per_pixel, needs.view_radius_m)

    # Patches

    def _make_job(self, window: FrameWindow, prior: Prior, frame: LocalFrame,
                  metres_per_pixel: float, view_radius_m: float) -> None:
        """Hand the window on with its patch, or ask for the patch."""
        search = self.config.search.around(prior)
        x, y = prior.pose.x, prior.pose.y
        reach = search.radius_m + view_radius_m
        patch = self._patches.find(x, y, reach, metres_per_pixel)
        if patch is None:
            self._waited += 1
            self._request(self._patches.geometry_for(x, y, reach, metres_per_pixel), frame)
            return
        self._fetch_ahead(window.stamp, prior.pose, reach, metres_per_pixel, frame)
        self._draw_surroundings(prior.pose, frame)
        self._last_coverage = patch.valid_fraction
        if patch.valid_fraction < self.config.patch.min_coverage:
            self._problems['coverage'] = (
                f'Only {100.0 * patch.valid_fraction:.0f} percent of the patch around '
                f'({x:.0f}, {y:.0f}) carry imagery.')
            return
        self._problems.pop('coverage', None)
        if self._handover.take_job is not None:
            self._jobs += 1
            self._handover.take_job(MatchJob(window, patch, search, self._epoch))

    def _request(self, geometry: PatchGeometry, frame: LocalFrame) -> None:
        """Ask the worker for a patch, once; again after a while if nothing has come."""
        now = time.monotonic()
        if self._requested is not None and self._requested[0] == geometry and (
                now - self._requested[1] < _RETRY_S):
            return
        self._requested = (geometry, now)
        if self._worker is not None:
            self._worker.put(_Errand(geometry, frame))

    def _fetch_ahead(self, stamp: float, pose: Pose2, reach: float, metres_per_pixel: float,
                     frame: LocalFrame) -> None:
        """Ask for the patch the motion leads to."""
        before, self._last_seen = self._last_seen, (stamp, pose)
        duration = stamp - before[0] if before is not None else 0.0
        if before is None or not 0.0 < duration < 2.0:
            return
        self._velocity = (
            0.7 * self._velocity[0] + 0.3 * (pose.x - before[1].x) / duration,
            0.7 * self._velocity[1] + 0.3 * (pose.y - before[1].y) / duration)
        ahead = self.config.patch.prefetch_time
        if ahead <= 0.0 or self._worker is None or not self._worker.idle:
            return
        x, y = pose.x + ahead * self._velocity[0], pose.y + ahead * self._velocity[1]
        if self._patches.find(x, y, reach, metres_per_pixel) is None:
            self._request(self._patches.geometry_for(x, y, reach, metres_per_pixel), frame)

    def _draw_surroundings(self, pose: Pose2, frame: LocalFrame) -> None:
        """Ask for new markers when the vehicle has left the middle of the old ones."""
        display = self.config.display
        if display.radius <= 0.0 or self._worker is None or not self._worker.idle:
            return
        geometry = self._markers.due(pose.x, pose.y, display.radius, display.metres_per_pixel)
        if geometry is not None:
            self._worker.put(_Errand(geometry, frame, for_display=True))

    def _forget_motion(self) -> None:
        """Start to measure the velocity anew."""
        self._last_seen = None
        self._velocity = (0.0, 0.0)

    # Worker

    def _work(self, errand: _Errand) -> None:
        """Read a patch; runs in the worker."""
        source = self._source
        if source is None:
            return
        patch = source.read_patch(errand.geometry, errand.frame)
        if errand.for_display:
            self._marker_publisher.publish(self._markers.message(patch))
            return
        prepare = self._handover.prepare
        if prepare is not None and patch.valid.any():
            prepare(patch)
        self._keep(patch)

    def _keep(self, patch: SatellitePatch) -> None:
        """Make a patch available; runs in the worker."""
        self._patches.add(patch)
        self._reads += 1
        self._problems.pop('read', None)

    def _note_failure(self, error: Exception) -> None:
        """Remember what went wrong; runs in the worker."""
        text = str(error) if isinstance(error, XviewLocError) else repr(error)
        self._problems['read'] = text
        self.get_logger().error(f'Imagery cannot be read: {text}', throttle_duration_sec=5.0)

    # Diagnostics

    def _report(self, status: Status) -> None:
        """Report the imagery."""
        source = self._source
        status.show('source', source.name if source else '')
        status.show('date', source.date if source else '')
        status.show('attribution', source.attribution if source else '')
        status.show('metres per pixel', self._handover.imagery_metres_per_pixel or math.nan)
        status.show('patches read', self._reads)
        status.show('windows without patch', self._waited)
        status.show('coverage', self._last_coverage)
        if source is not None and len(source.warnings):
            for sentence in source.warnings.messages():
                status.warn(sentence)
        if self._last_coverage < 0.95:
            status.warn(f'Imagery is partly missing: {100.0 * self._last_coverage:.0f} percent '
                        'of the patch is covered.')
        for key in ('read', 'coverage'):
            if key in self._problems:
                status.error(self._problems[key])

    def _report_prior(self, status: Status) -> None:
        """Report where the search is centred."""
        prior = self._last_prior
        status.show('jobs', self._jobs)
        if prior is not None:
            status.show('source', prior.source)
            status.show('position sigma [m]', prior.position_sigma)
            status.show('yaw sigma [rad]', prior.yaw_sigma)
            status.show('age [s]', prior.age_s)
        for key in ('map_origin', 'pose', 'fix'):
            if key in self._problems:
                status.warn(self._problems[key])
        if 'job' in self._problems:
            status.error(self._problems['job'])
