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

"""The path covers the whole way in bounded length."""

from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros.decimated_path import DecimatedPath


def test_a_long_way_is_thinned_evenly_and_keeps_its_start():
    path = DecimatedPath('map', limit=16)
    for index in range(1000):
        path.add(float(index), Pose2(float(index), 0.0, 0.0))
        assert len(path) < 16
    xs = [pose.pose.position.x for pose in path.message().poses]
    steps = {later - earlier for earlier, later in zip(xs, xs[1:])}
    assert xs[0] == 0.0
    assert xs[-1] > 800.0
    assert max(steps) <= 2 * min(steps)


def test_the_message_is_stamped_with_its_newest_pose():
    path = DecimatedPath('map', limit=10)
    path.add(3.0, Pose2(1.0, 2.0, 0.0))
    path.add(4.5, Pose2(2.0, 2.0, 0.0))
    message = path.message()
    assert (message.header.frame_id, message.header.stamp.sec) == ('map', 4)
    assert message.poses[0].header.frame_id == 'map'


def test_after_clearing_every_pose_is_kept_again():
    path = DecimatedPath('map', limit=4)
    for index in range(50):
        path.add(float(index), Pose2(0.0, 0.0, 0.0))
    path.clear()
    path.add(1.0, Pose2(0.0, 0.0, 0.0))
    path.add(2.0, Pose2(0.0, 0.0, 0.0))
    assert len(path) == 2
