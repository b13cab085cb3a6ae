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


"""What the filter believes beyond the pose, for those who look closer."""

from __future__ import annotations

from geometry_msgs.msg import PoseArray, PoseWithCovarianceStamped
import numpy as np
from std_msgs.msg import Float32MultiArray, MultiArrayDimension

from xview_loc.filtering.pose_estimate import PoseEstimate, PoseMode
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros import conversions
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.qos import DISPLAY, ESTIMATE, RESULT
from xview_loc.ros.stamps import time_message


class BeliefOutputs:
    """
    The publishers of the belief itself, each silent while nobody listens.

    They speak whatever the health: a lost filter is what one wants to look into.

    :param node: whose publishers they are; it is being configured.
    :param frame_id: the map frame.
    """

    def __init__(self, node: ManagedNode, frame_id: str) -> None:
        """Create the publishers."""
        self._frame_id = frame_id
        self._prior = node.advertise(PoseWithCovarianceStamped, 'search_prior', ESTIMATE)
        self._particles = node.advertise(PoseArray, 'particle_cloud', DISPLAY)
        self._modes = node.advertise(PoseArray, '~/modes', RESULT)
        self._weights = node.advertise(Float32MultiArray, '~/mode_weights', RESULT)
        self._offset = node.advertise(PoseWithCovarianceStamped, '~/imagery_offset', RESULT)

    @property
    def particles_wanted(self) -> bool:
        """Tell whether somebody looks at the particles."""
        return _is_heard(self._particles)

    def publish_estimate(self, estimate: PoseEstimate) -> None:
        """
        Publish prior, hypotheses and imagery offset.

        :param estimate: the newest.
        """
        if _is_heard(self._prior):
            self._prior.publish(conversions.pose_message(
                estimate.pose, estimate.covariance, estimate.stamp, self._frame_id))
        if _is_heard(self._modes):
            self._modes.publish(conversions.particle_message(
                np.array([mode.pose.as_array() for mode in estimate.modes]).reshape(-1, 3),
                estimate.stamp, self._frame_id))
        if _is_heard(self._weights):
            self._weights.publish(weights_message(estimate.modes, estimate.stamp))
        if _is_heard(self._offset):
            self._offset.publish(offset_message(estimate, self._frame_id))

    def publish_particles(self, particles: np.ndarray, stamp: float, limit: int) -> None:
        """
        Publish the particles if somebody looks.

        :param particles: ``(N, 3)`` x, y, yaw.
        :param stamp: time of the particles [s].
        :param limit: at most so many.
        """
        if self.particles_wanted and len(particles):
            self._particles.publish(conversions.particle_message(
                particles, stamp, self._frame_id, limit))


def weights_message(modes: tuple[PoseMode, ...], stamp: float) -> Float32MultiArray:
    """
    Return the probabilities of hypotheses.

    The type has no header: the label of its only dimension is the stamp, ``seconds.nanoseconds``
    with nine digits, by which it finds the poses it belongs to.

    :param modes: in the order of the poses.
    :param stamp: time of the estimate [s].
    """
    when = time_message(stamp)
    message = Float32MultiArray()
    message.layout.dim = [MultiArrayDimension(
        label=f'{when.sec}.{when.nanosec:09d}', size=len(modes), stride=len(modes))]
    message.data.fromlist([float(mode.weight) for mode in modes])
    return message


def offset_message(estimate: PoseEstimate, frame_id: str) -> PoseWithCovarianceStamped:
    """
    Return how far GNSS lies from the imagery, east and north, as a position with covariance.

    :param estimate: carries the offset; the other axes get large variances.
    :param frame_id: the map frame.
    """
    east, north = estimate.imagery_offset
    covariance = np.diag([0.0, 0.0, conversions.UNESTIMATED_TILT_VARIANCE])
    covariance[:2, :2] = estimate.imagery_offset_covariance
    return conversions.pose_message(
        Pose2(float(east), float(north), 0.0), covariance, estimate.stamp, frame_id)


def _is_heard(publisher) -> bool:
    """Tell whether a publisher has a subscriber."""
    return bool(publisher.get_subscription_count() > 0)
