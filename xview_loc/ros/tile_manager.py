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

import math
from typing import Any

from geometry_msgs.msg import PoseWithCovarianceStamped
from sensor_msgs.msg import NavSatFix
from visualization_msgs.msg import MarkerArray

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import ImageryError, XviewLocError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer
from xview_loc.imagery.bounds import centre_of
from xview_loc.imagery.imagery_source import ImagerySource
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.ros.diagnostics import Status
from xview_loc.ros.handover import Handover, MatchJob, PatchNeeds
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.patch_supply import PatchSupply
from xview_loc.ros.prior_inputs import PriorInputs
from xview_loc.ros.prior_source import Prior
from xview_loc.ros.qos import LATCHED, SENSOR
from xview_loc.ros.tile_manager_config import TileManagerConfig
from xview_loc.ros.tile_markers import TileMarkers


class TileManager(ManagedNode):
    """
    Finds the prior of each window, keeps a patch of imagery around it and makes the match job.

    :param handover: the seams to the other nodes of the process.
    :param arguments: passed on to the ROS node.
    """

    config: TileManagerConfig

    def __init__(self, handover: Handover, **arguments: Any) -> None:
        """Declare the parameters."""
        super().__init__('tile_manager', TileManagerConfig, **arguments)
        self._handover = handover
        self._source: ImagerySource | None = None
        self._supply: PatchSupply | None = None
        self._epoch = 0
        self._inputs = PriorInputs(self.config, self._place_again)
        self._markers = TileMarkers(self.config.map_frame)
        self._problems: dict[str, str] = {}
        self._jobs = self._waited = 0
        self._last_coverage = math.nan
        self.diagnostics.add('tiles', self._report)
        self.diagnostics.add('prior', self._report_prior)

    @property
    def idle(self) -> bool:
        """Tell whether no imagery is being read."""
        return self._supply is None or self._supply.idle

    # Lifecycle

    def configure(self) -> None:
        """Open the imagery and create the publisher."""
        if not self.config.imagery:
            raise ImageryError('No imagery is configured; set the parameter imagery.')
        self._source = open_imagery(self.config.imagery, self.config.cache * 2 ** 20)
        self._supply = PatchSupply(self._source, self.config.patch, self._prepare)
        self._inputs = PriorInputs(self.config, self._place_again)
        frame = self._inputs.frame
        place = ((frame.latitude_deg, frame.longitude_deg) if frame
                 else centre_of(self._source.bounds))
        resolution = self._source.metres_per_pixel_at(*place)
        self._handover.imagery_metres_per_pixel = resolution
        self._markers = TileMarkers(self.config.map_frame)
        self._marker_publisher = self.advertise(MarkerArray, 'satellite_tiles', LATCHED)
        self.get_logger().info(f'Imagery {self._source.name}: {resolution:.3f} m per pixel.')

    def activate(self) -> None:
        """Listen, and start to read."""
        assert self._supply is not None
        self._supply.start(self._note_failure)
        self.listen(PoseWithCovarianceStamped, 'search_prior', self._inputs.take_pose, SENSOR)
        self.listen(NavSatFix, 'fix', self._inputs.take_fix, SENSOR)
        if not self.config.map_origin:
            self.listen(NavSatFix, 'map_origin', self._inputs.take_origin, LATCHED)
        self._handover.take_window = self._take_window

    def deactivate(self) -> None:
        """Accept no more windows."""
        self._handover.take_window = None

    def stop_workers(self) -> None:
        """Stop to read."""
        if self._supply is not None:
            self._supply.stop()

    def cleanup(self) -> None:
        """Close the imagery."""
        self._handover.imagery_metres_per_pixel = None
        self._problems.clear()
        self._supply = None
        if self._source is not None:
            self._source.close()
            self._source = None

    def config_changed(self) -> None:
        """Use the new timeout; everything else is read where it is used."""
        self._inputs.use(self.config)

    def time_jumped(self) -> None:
        """Forget the priors; imagery has no time."""
        self._epoch += 1
        self._inputs.time_jumped()
        if self._supply is not None:
            self._supply.forget_motion()

    def _place_again(self) -> None:
        """Drop the patches of another place of the map."""
        if self._supply is not None:
            self._supply.clear()

    # From windows to jobs

    def _take_window(self, window: FrameWindow, odometry: PoseBuffer) -> None:
        """Make the job of a window, or say why there is none."""
        needs, inputs, supply = self._handover.needs, self._inputs, self._supply
        if inputs.frame is None:
            self._problems['job'] = (
                'The origin of the map is not known yet: no valid fix has reached the filter, or '
                'the filter does not run.')
        elif needs is None or supply is None:
            self._problems['job'] = 'The matcher is not ready.'
        else:
            self._problems.pop('job', None)
            prior = inputs.prior_at(window.stamp, odometry)
            if prior is not None:
                self._make_job(window, prior, inputs.frame, needs, supply)

    def _make_job(self, window: FrameWindow, prior: Prior, frame: LocalFrame,
                  needs: PatchNeeds, supply: PatchSupply) -> None:
        """Hand the window on with its patch, if there is one."""
        search = self.config.search.around(prior)
        patch = supply.patch_for(prior.pose, search.radius_m, needs, frame)
        if patch is None:
            self._waited += 1
            return
        supply.fetch_ahead(window.stamp, prior.pose, search.radius_m, needs, frame)
        self._draw_surroundings(prior.pose, frame, supply)
        if not self._covers(patch, prior.pose):
            return
        if self._handover.take_job is not None:
            self._jobs += 1
            self._handover.take_job(MatchJob(window, patch, search, self._epoch))

    def _covers(self, patch: SatellitePatch, pose: Pose2) -> bool:
        """Tell whether enough of a patch carries imagery."""
        self._last_coverage = patch.valid_fraction
        if patch.valid_fraction < self.config.patch.min_coverage:
            self._problems['coverage'] = (
                f'Only {100.0 * patch.valid_fraction:.0f} percent of the patch around '
                f'({pose.x:.0f}, {pose.y:.0f}) carry imagery.')
            return False
        self._problems.pop('coverage', None)
        return True

    def _draw_surroundings(self, pose: Pose2, frame: LocalFrame, supply: PatchSupply) -> None:
        """Ask for new markers when the vehicle has left the middle of the old ones."""
        display = self.config.display
        if display.radius <= 0.0 or not supply.idle:
            return
        geometry = self._markers.due(pose.x, pose.y, display.radius, display.metres_per_pixel)
        if geometry is not None:
            supply.read_once(geometry, frame, lambda patch: self._marker_publisher.publish(
                self._markers.message(patch)))

    def _prepare(self, patch: SatellitePatch) -> None:
        """Let the matcher work ahead; runs in the reading thread."""
        if self._handover.prepare is not None:
            self._handover.prepare(patch)
        self._problems.pop('read', None)

    def _note_failure(self, error: Exception) -> None:
        """Remember what went wrong; runs in the reading thread."""
        text = str(error) if isinstance(error, XviewLocError) else repr(error)
        self._problems['read'] = text
        if self.context.ok():
            self.get_logger().error(f'Imagery cannot be read: {text}', throttle_duration_sec=5.0)

    # Diagnostics

    def _report(self, status: Status) -> None:
        """Report the imagery."""
        source = self._source
        status.show('source', source.name if source else '')
        status.show('date', source.date if source else '')
        status.show('attribution', source.attribution if source else '')
        status.show('metres per pixel', self._handover.imagery_metres_per_pixel or math.nan)
        status.show('patches read', self._supply.reads if self._supply else 0)
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
        status.show('jobs', self._jobs)
        self._inputs.report(status)
        if 'job' in self._problems:
            status.error(self._problems['job'])
