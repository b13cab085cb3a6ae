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

"""Mounting and clock of the camera of a simulated drive."""

from dataclasses import replace
import json

import pytest
import yaml

from xview_loc.cli.main import main
from xview_loc.simulation.scenario import get_scenario
from xview_loc.simulation.write_scenario import simulate

INJECTED_S = 0.12


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    """Return the files of half a minute in town, with a bend and a stop."""
    urban = get_scenario('urban')
    return simulate(replace(
        urban, motion=replace(urban.motion, duration_s=30.0), camera_rate_hz=4.0,
        metres_per_pixel=0.2), 4, tmp_path_factory.mktemp('urban'))


@pytest.mark.slow
@pytest.mark.parametrize('truth', ['', '/truth'])
def test_an_injected_time_offset_is_found_and_written_where_the_node_reads_it(
        drive, truth, tmp_path, capsys):
    config, out = tmp_path / 'late.yaml', tmp_path / 'camera.yaml'
    parameters = yaml.safe_load(drive.config.read_text())
    parameters['/**/image_batcher']['ros__parameters']['image_time_offset'] = INJECTED_S
    config.write_text(yaml.safe_dump(parameters))
    arguments = ['calibrate', str(drive.bag), '--tiles', str(drive.tiles), '--config',
                 str(config), '--images', '8', '--out', str(out), '--json']
    assert main([*arguments, '--truth', truth] if truth else arguments) == 0
    record = json.loads(capsys.readouterr().out)
    std = record['image_time_offset_std_s']
    assert 0.005 < std < 0.03
    assert record['image_time_offset_s'] == pytest.approx(0.0, abs=2.5 * std)
    assert record['height_offset_m'] == pytest.approx(0.0, abs=0.12)
    assert record['pitch_offset_deg'] == pytest.approx(0.0, abs=0.3)
    written = yaml.safe_load(out.read_text())['/**']['ros__parameters']
    assert written['image_time_offset'] == record['image_time_offset_s']
