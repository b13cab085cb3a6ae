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

"""Imagery that is missing, broken or elsewhere becomes a sentence."""

import sqlite3

import pytest
from rclpy.parameter import Parameter
from ros_bench import overrides
import small_world
from tile_desk import Desk, HERE

from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros.handover import Handover
from xview_loc.ros.tile_manager import TileManager

pytestmark = pytest.mark.ros


def test_outside_the_imagery_there_is_no_job_and_it_says_so(desk):
    desk.tell(Pose2(5000.0, 0.0, 0.0), 10.0)
    status = desk.bench.until_diagnosed('tile_manager: tiles', 'percent of the patch',
                                        meanwhile=lambda: desk.ask(10.0))
    assert status.level == b'\x02'
    assert desk.jobs == []


def test_broken_tiles_are_a_warning_and_masked(bench, tmp_path):
    path = small_world.write_tiles(tmp_path / 'broken.mbtiles')
    with sqlite3.connect(path) as database:
        database.execute("UPDATE tiles SET tile_data = x'00112233' WHERE rowid % 2 = 0")
    desk = Desk(bench, path, patch__min_coverage=0.05)
    desk.tell(HERE, 10.0)
    job = desk.until_job(10.0)
    assert job.patch.valid_fraction < 1.0
    bench.until_diagnosed('tile_manager: tiles', 'tile')
    assert bench.diagnostics['tile_manager: tiles'].level == b'\x01'


def test_missing_imagery_keeps_it_unconfigured_with_a_sentence(bench, tmp_path):
    node = bench.add(TileManager(Handover(), parameter_overrides=overrides(
        imagery=str(tmp_path / 'none.mbtiles'))))
    assert node.state_name == 'unconfigured'
    bench.until_diagnosed('tile_manager: state', 'does not exist')


def test_no_imagery_parameter_is_named(bench):
    bench.add(TileManager(Handover()))
    bench.until_diagnosed('tile_manager: state', 'set the parameter imagery')


def test_imagery_can_be_given_later(bench, tiles):
    node = bench.add(TileManager(Handover()))
    assert node.set_parameters([Parameter('imagery', value=str(tiles))])[0].successful
    node.start()
    assert node.is_active


def test_a_corrupt_file_is_refused_with_a_sentence(bench, tmp_path):
    path = tmp_path / 'corrupt.mbtiles'
    path.write_bytes(b'not a database at all' * 100)
    bench.add(TileManager(Handover(), parameter_overrides=overrides(imagery=str(path))))
    bench.until_diagnosed('tile_manager: state', 'corrupt.mbtiles')
