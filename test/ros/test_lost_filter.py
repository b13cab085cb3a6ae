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


"""A vehicle whose camera sees other places: it gets lost, and users get what they asked for."""

from collections import defaultdict
import math

from filter_drive import Drive, likelihood_at
from geometry_msgs.msg import PoseWithCovarianceStamped
import numpy as np
import pytest
from rclpy.parameter import Parameter
from sensor_msgs.msg import NavSatFix, NavSatStatus
import small_world

from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros import filter_outputs
from xview_loc.ros.conversions import planar_covariance
from xview_loc.ros.stamps import seconds

pytestmark = pytest.mark.ros


class Broadcaster:
    """Takes the place of the broadcaster of transforms, which a wheel environment lacks."""

    works = True
    sent: list = []

    def __init__(self, _node, _what):
        Broadcaster.sent = []

    def send(self, transform):
        Broadcaster.sent.append(transform)


class Kidnapping(Drive):
    """A drive that, once it has converged, matches everything but the place it believes in."""

    def __init__(self, bench, when_lost):
        self.kidnapped = False
        self.generator = np.random.default_rng(3)
        super().__init__(bench, map_origin=list(small_world.DATUM), output__when_lost=when_lost,
                         output__lost_position_std=80.0)
        self.fixes = bench.collect(NavSatFix, 'fix/filtered')
        self.priors = bench.collect(PoseWithCovarianceStamped, 'search_prior')
        self.until(lambda: self.state() == 'converged', 'converged')
        self.kidnapped = True
        self.until(lambda: self.state() == 'lost', 'lost', fixes=False)
        self.lost_from = self.now

    def likelihood(self):
        if not self.kidnapped:
            return super().likelihood()
        away = self.generator.uniform(0.0, 2.0 * math.pi)
        peak = Pose2(self.truth.x + 9.0 * math.cos(away), self.truth.y + 9.0 * math.sin(away),
                     self.truth.yaw)
        return likelihood_at(peak, self.now, centre=self.truth, cells=49)

    def state(self):
        return self.health[-1].data.partition(':')[0] if self.health else ''

    def during(self, messages):
        """Return the messages that belong to the time of being lost, by state."""
        return [message for message in messages
                if seconds(message.header.stamp) > self.lost_from]

    def stay_lost(self):
        """Drive on blindly: a lost filter without news stays lost."""
        self.run(2.0, fixes=False, heatmaps=False)
        assert self.state() == 'lost'


@pytest.fixture
def kidnapped(bench, monkeypatch):
    """Return a function that loses a vehicle under a policy and drives on."""
    monkeypatch.setattr(filter_outputs, 'TransformPublisher', Broadcaster)

    def lost(when_lost):
        drive = Kidnapping(bench, when_lost)
        drive.stay_lost()
        assert drive.during(drive.priors), 'perception is told where to search'
        return drive

    return lost


def test_withheld_means_neither_pose_nor_fix_nor_transform(kidnapped):
    drive = kidnapped('withhold')
    assert drive.during(drive.poses) == []
    assert drive.during(drive.fixes) == []
    sent = len(Broadcaster.sent)
    drive.stay_lost()
    assert len(Broadcaster.sent) == sent > 0


def test_inflated_means_a_covariance_that_users_can_believe_and_a_fix_that_is_none(kidnapped):
    drive = kidnapped('inflate')
    priors = {message.header.stamp.nanosec: message for message in drive.during(drive.priors)}
    shown = drive.during(drive.poses)
    assert shown
    for message in shown:
        covariance = planar_covariance(message.pose.covariance)
        raw = planar_covariance(priors[message.header.stamp.nanosec].pose.covariance)
        assert 0.05 * 80.0 ** 2 < covariance[0, 0] - raw[0, 0] <= 80.0 ** 2
        assert covariance[2, 2] > raw[2, 2]
    fixes = drive.during(drive.fixes)
    assert {fix.status.status for fix in fixes} == {NavSatStatus.STATUS_NO_FIX}
    assert {fix.status.status for fix in drive.fixes} == {
        NavSatStatus.STATUS_FIX, NavSatStatus.STATUS_NO_FIX}
    sent = len(Broadcaster.sent)
    drive.stay_lost()
    assert len(Broadcaster.sent) > sent + 10


def test_published_means_as_it_is_and_the_choice_can_be_changed_on_the_way(kidnapped):
    drive = kidnapped('publish')
    by_stamp = defaultdict(list)
    for message in (*drive.during(drive.poses), *drive.during(drive.priors)):
        by_stamp[seconds(message.header.stamp)].append(message)
    pairs = [pair for pair in by_stamp.values() if len(pair) == 2]
    assert pairs
    assert all(pose == prior for pose, prior in pairs)
    assert drive.node.set_parameters(
        [Parameter('output.when_lost', value='withhold')])[0].successful
    drive.bench.spin(0.1)
    drive.poses.clear()
    drive.stay_lost()
    assert drive.poses == []
