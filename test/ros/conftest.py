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

"""Fixtures of the tests that need ROS."""

from __future__ import annotations

from collections.abc import Iterator
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from filter_drive import Drive
    from image_intake import Intake
    from ros_bench import RosBench
    from tile_desk import Desk

ROS_MISSING = importlib.util.find_spec('rclpy') is None
collect_ignore_glob = ['test_*.py'] if ROS_MISSING else []


def pytest_report_header() -> str:
    """Say why a folder of tests is left out."""
    return 'test/ros is left out: rclpy is not installed' if ROS_MISSING else ''


@pytest.fixture
def bench(isolated_ros: None) -> Iterator[RosBench]:
    """Return a bench with ROS running, and stop it afterwards."""
    from ros_bench import RosBench
    made = RosBench()
    yield made
    made.close()


@pytest.fixture
def drive(bench: RosBench) -> Drive:
    """Return a running filter whose map is that of the small world."""
    from filter_drive import Drive
    import small_world
    return Drive(bench, map_origin=list(small_world.DATUM))


@pytest.fixture
def intake(bench: RosBench) -> Intake:
    """Return an active batcher of raw panoramas."""
    from image_intake import Intake
    return Intake(bench)


@pytest.fixture(scope='module')
def tiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the imagery of the small world."""
    import small_world
    return small_world.write_tiles(tmp_path_factory.mktemp('imagery') / 'world.mbtiles')


@pytest.fixture
def desk(bench: RosBench, tiles: Path) -> Desk:
    """Return an active tile manager."""
    from tile_desk import Desk
    return Desk(bench, tiles)
