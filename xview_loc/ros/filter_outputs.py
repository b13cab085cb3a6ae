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

"""What the particle filter publishes."""

from __future__ import annotations

from geometry_msgs.msg import PoseWithCovarianceStamped
from nav_msgs.msg import Path
import numpy as np
from sensor_msgs.msg import NavSatFix, NavSatStatus
from std_msgs.msg import String

from xview_loc.filtering.pose_estimate import Health, PoseEstimate
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros import conversions, fix_conversion
from xview_loc.ros.belief_outputs import BeliefOutputs
from xview_loc.ros.decimated_path import DecimatedPath
from xview_loc.ros.lost_pose import presented
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.particle_filter_config import ParticleFilterNodeConfig
from xview_loc.ros.qos import ESTIMATE, LATCHED, RESULT
from xview_loc.ros.transforms import TransformPublisher

_REASON_PERIOD_S = 1.0


class FilterOutputs:
    """
    The publishers of the filter, each fed with the newest estimate.

    :param node: whose publishers they are; it is being configured.
    :param config: its parameters.
    """

    def __init__(self, node: ManagedNode, config: ParticleFilterNodeConfig) -> None:
        """Create the publishers."""
        self.config = config
        self._pose = node.advertise(PoseWithCovarianceStamped, 'pose', ESTIMATE)
        self._fix = node.advertise(NavSatFix, 'fix/filtered', RESULT)
        self._path_publisher = node.advertise(Path, 'path', RESULT)
        self._origin = node.advertise(NavSatFix, 'map_origin', LATCHED)
        self._health = node.advertise(String, '~/health', LATCHED)
        self._belief = BeliefOutputs(node, config.map_frame)
        self._transforms = None
        if config.output.publish_tf:
            self._transforms = TransformPublisher(
                node, f'{config.map_frame} -> {config.odom_frame}')
        self.clear()

    def clear(self) -> None:
        """Forget the way and what was said."""
        self._path = DecimatedPath(self.config.map_frame, self.config.output.path_length)
        self._said: tuple[str, PoseEstimate] | None = None
        self.estimate: PoseEstimate | None = None
        self.withheld = False

    @property
    def transforms_work(self) -> bool:
        """Tell whether ``map -> odom`` goes out."""
        return self._transforms is not None and self._transforms.works

    def publish_origin(self, frame: LocalFrame, stamp: float) -> None:
        """
        Publish the origin of the map for late joiners too.

        :param frame: the map on the earth.
        :param stamp: when it was decided [s].
        """
        self._origin.publish(fix_conversion.origin_message(frame, stamp, self.config.map_frame))

    def publish_estimate(self, estimate: PoseEstimate, frame: LocalFrame | None) -> None:
        """
        Publish an estimate as a pose, as a fix, as health and as what is believed.

        While the filter is lost, pose and fix are as ``output.when_lost`` wants them, and a fix
        says that it is none.

        :param estimate: the newest.
        :param frame: the map on the earth, if known.
        :raises XviewLocError: when the pose has no place on the map; it is published first.
        """
        self.estimate = estimate
        output = self.config.output
        shown = presented(estimate, output.when_lost, output.lost_position_std)
        self.withheld = shown is None
        if shown is not None:
            self._pose.publish(conversions.pose_message(
                shown.pose, shown.covariance, shown.stamp, self.config.map_frame))
        self._publish_health(estimate)
        self._belief.publish_estimate(estimate)
        if shown is not None and frame is not None:
            fix = fix_conversion.fix_message(
                shown.pose, shown.covariance, shown.stamp, frame, self.config.base_frame)
            if shown is not estimate:
                fix.status.status = NavSatStatus.STATUS_NO_FIX
            self._fix.publish(fix)

    def publish_correction(self, map_from_odom: Pose2, now: float) -> None:
        """
        Broadcast ``map -> odom``, dated ahead, unless the pose is withheld.

        :param map_from_odom: the correction of the odometry.
        :param now: present time [s].
        """
        if self._transforms is not None and not self.withheld:
            self._transforms.send(conversions.transform_message(
                map_from_odom, now + self.config.output.transform_tolerance,
                self.config.map_frame, self.config.odom_frame))

    def publish_particles(self, particles: np.ndarray) -> None:
        """
        Publish the particles if somebody looks.

        :param particles: ``(N, 3)`` x, y, yaw.
        """
        if self.estimate is not None:
            self._belief.publish_particles(
                particles, self.estimate.stamp, self.config.output.particle_limit)

    @property
    def particles_wanted(self) -> bool:
        """Tell whether somebody looks at the particles."""
        return self._belief.particles_wanted

    def publish_path(self) -> None:
        """Add the newest pose to the path and publish it."""
        estimate = self.estimate
        if estimate is None or estimate.health is Health.INITIALISING or self.withheld:
            return
        self._path.add(estimate.stamp, estimate.pose)
        self._path_publisher.publish(self._path.message())

    def _publish_health(self, estimate: PoseEstimate) -> None:
        """Publish the health when it changes, and a new reason at most once a second."""
        text = f'{estimate.health.value}: {estimate.reason}'.rstrip(': ')
        if self._said is not None:
            said, before = self._said
            waited = estimate.stamp - before.stamp > _REASON_PERIOD_S
            if before.health is estimate.health and not (waited and said != text):
                return
        self._said = text, estimate
        self._health.publish(String(data=text))
