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

"""Parameters of one node from a ROS parameter file."""

import pytest

from xview_loc.errors import ConfigurationError
from xview_loc.recordings.parameter_file import parameters_of

CONTENT = """
/**:
  ros__parameters: {use_sim_time: true, camera: {x: 1.0, z: 1.0}}
/**/image_batcher:
  ros__parameters: {camera.z: 2.0, camera: {pitch: 0.1}}
/car/matcher:
  ros__parameters: {camera: {x: 9.0}}
"""


def test_a_node_gets_what_is_meant_for_it_and_for_all(tmp_path):
    (tmp_path / 'p.yaml').write_text(CONTENT)
    assert parameters_of(tmp_path / 'p.yaml', 'image_batcher') == {
        'use_sim_time': True, 'camera': {'x': 1.0, 'z': 2.0, 'pitch': 0.1}}
    assert parameters_of(tmp_path / 'p.yaml', 'matcher')['camera'] == {'x': 9.0, 'z': 1.0}


@pytest.mark.parametrize('content', [None, '[1, 2]', 'a: {b: 1}', 'a: [', 'plain'])
def test_what_is_no_parameter_file_is_refused_by_name(tmp_path, content):
    path = tmp_path / 'wrong.yaml'
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError, match='wrong.yaml'):
        parameters_of(path, 'a')
