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

"""Bags and parameters that cannot be played are refused in one sentence."""

from played_bag import player, write_bag
import pytest
from ros_bench import overrides

from xview_loc.errors import ConfigurationError, RecordingError
from xview_loc.ros.bag_player import BagPlayer

pytestmark = pytest.mark.ros


def test_truncated_bag_is_refused_with_its_name(bench, tmp_path):
    bag = write_bag(tmp_path / 'bag')
    path = bag / 'bag.mcap'
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(RecordingError, match='bag'):
        player(bench, bag)


@pytest.mark.parametrize('parameters, reason', [
    ({'bag': ''}, 'bag is empty'),
    ({'rate': 0.0}, r'rate is 0.0; it must be in \[0.01, 100\]'),
    ({'rate': 1}, 'rate is 1; it must be a floating point number'),
    ({'start_offset': -1.0}, 'start_offset is -1.0; it must be at least 0'),
    ({'remappings': '/a->/b'}, 'remappings holds "/a->/b"; each rule must be /from:=/to')])
def test_refused_parameters_are_named_with_what_is_allowed(bench, tmp_path, parameters, reason):
    values = {'bag': str(write_bag(tmp_path / 'bag')), **parameters}
    with pytest.raises(ConfigurationError, match=reason):
        BagPlayer(parameter_overrides=overrides(**values))


def test_offset_beyond_the_end_is_refused(bench, tmp_path):
    with pytest.raises(RecordingError, match=r'start_offset is 7.0 s; .*bag lasts 1.9 s'):
        player(bench, write_bag(tmp_path / 'bag'), start_offset=7.0)


def test_bag_without_playable_topics_is_refused(bench, tmp_path):
    with pytest.raises(RecordingError, match='no topic that can be played'):
        player(bench, write_bag(tmp_path / 'bag'), topics='/nothing')


@pytest.mark.parametrize('parameters', [{'loop': True}, {'clock_rate': 0.0}])
def test_lockstep_needs_a_clock_and_an_end(isolated_ros, bench, tmp_path, parameters):
    with pytest.raises(ConfigurationError, match='lockstep_nodes is set'):
        player(bench, write_bag(tmp_path / 'bag'), lockstep_nodes='particle_filter', **parameters)
