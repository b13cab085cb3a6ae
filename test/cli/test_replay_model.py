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

"""Changing the model of a replay is changing one option."""

import json
from pathlib import Path

from panorama_bag import T0, write_panorama_bag, write_parameters
import pytest
import small_world
from tiny_packages import tiny_package

from xview_loc.cli.main import main
from xview_loc.cli.replay_run import ReplayRequest
from xview_loc.errors import MatchingError
from xview_loc.recordings.trajectory import read_tum


@pytest.mark.ros
@pytest.mark.parametrize('family', ['cvml', 'safa', 'bev_net'])
def test_package_runs_live_through_the_nodes(
        family: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = tiny_package(tmp_path / 'model', family)
    bag = write_panorama_bag(tmp_path / 'bag', 2.0)
    arguments = [
        'replay', str(bag), '--tiles', str(small_world.write_tiles(tmp_path / 'world.mbtiles')),
        '--config', str(write_parameters(tmp_path / 'parameters.yaml')), '--lockstep',
        '--out', str(tmp_path / 'out'), '--model', str(package.folder),
        '--allow-untrained', '--json']
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)['matches_per_s'] > 0.5
    last = read_tum(tmp_path / 'out' / 'trajectory.tum')
    truth = small_world.truth_at(float(last.stamps[-1]), T0)
    # Ten metres of way do not tell the heading: this is no test of accuracy.
    assert last.poses[-1, :2] == pytest.approx((truth.x, truth.y), abs=6.0)


def test_model_is_handed_to_the_matcher_as_a_path(tmp_path: Path) -> None:
    folder = tiny_package(tmp_path / 'model', 'safa').folder
    request = ReplayRequest(tmp_path, tmp_path, model=str(folder), allow_untrained=True)
    assert request.node_arguments() == (
        '-p', f'matcher:model:={folder}', '-p', 'matcher:allow_untrained:=true')
    assert ReplayRequest(tmp_path, tmp_path).node_arguments() == ()
    assert ReplayRequest(tmp_path, tmp_path, model='bev').node_arguments() == (
        '-p', 'matcher:model:=bev')


def test_unknown_model_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(MatchingError, match="no matcher 'telepathy'"):
        ReplayRequest(tmp_path, tmp_path, model='telepathy').node_arguments()
