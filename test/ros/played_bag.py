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

"""A small bag, and the player that plays it inside one process."""

from pathlib import Path

import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile
from ros_bench import overrides, RosBench
from rosgraph_msgs.msg import Clock

from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_messages import nav_sat_fix
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.ros.bag_player import BagPlayer

START = 1_700_000_000
COUNT = 20
# Ten times the rate of the bag outruns a test that shares its process with the player.
DEEP = QoSProfile(depth=1000)


def write_bag(path: Path) -> Path:
    """Write two seconds of images, fixes and odometry at 10 Hz, and a latched fix."""
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    with BagWriter(path) as writer:
        writer.write('/origin', nav_sat_fix(float(START), 49.5, 8.5, 0.0, 'earth'),
                     float(START), latched=True)
        for i in range(COUNT):
            stamp_ns = START * 10**9 + i * 10**8
            writer.write_image('/image', stamp_ns, pixels + i, 'camera')
            writer.write_fix('/fix', stamp_ns, 49.0, 8.0 + i, 100.0)
            writer.write_odometry('/odometry/filtered', stamp_ns, Pose2(i, 0, 0))
    return path


def player(bench: RosBench, bag: Path, **parameters) -> BagPlayer:
    """Return a player that waits for its subscribers, not started."""
    values = {'wait_for_subscribers_s': 10.0, 'wait_for_topics': '/fix', 'rate': 10.0,
              **parameters}
    return bench.add(BagPlayer(parameter_overrides=overrides(bag=str(bag), **values)),
                     start=False)


def clock_seconds(message: Clock) -> float:
    """Return the time of a clock message from the start of the bag [s]."""
    return message.clock.sec - START + message.clock.nanosec * 1e-9


def warnings_of(monkeypatch):
    """Return a list that fills with the warnings of nodes."""
    warnings = []

    class Logger:
        """Keeps warnings."""

        def warning(self, text):
            warnings.append(text)

        def info(self, text):
            pass

    monkeypatch.setattr(Node, 'get_logger', lambda self: Logger())
    return warnings
