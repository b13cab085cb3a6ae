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


"""The same bag gives the same trajectory, however the nodes are spread over processes."""

from panorama_bag import write_panorama_bag, write_parameters
import pytest
import small_world

from xview_loc.cli.live_graph import Replay, run_graph
from xview_loc.recordings.trajectory import Trajectory, write_tum

pytestmark = pytest.mark.ros
SECONDS = 2.0


def test_both_layouts_give_the_same_bytes(tmp_path):
    recording = write_panorama_bag(tmp_path / 'bag', SECONDS)
    tiles = small_world.write_tiles(tmp_path / 'world.mbtiles')
    config = write_parameters(tmp_path / 'parameters.yaml')
    written, runs = [], []
    for name, composed in (('apart', False), ('together', True)):
        runs.append(run_graph(Replay(
            recording, tiles, (config,), tmp_path / name, lockstep=True, composed=composed)))
        poses = runs[-1].poses
        path = tmp_path / f'{name}.tum'
        write_tum(path, Trajectory(poses.stamps, poses.poses))
        written.append(path.read_bytes())
    assert written[0] == written[1]
    assert len(written[0].splitlines()) > 12
    # Every image but the first, whose patch had to be read, was matched.
    images = round(SECONDS * 2.5)
    assert [len(run.match_stamps) for run in runs] == [images - 1] * 2
