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

"""The parameter file is a manual that tells the truth; the other files can be read."""

import math
import re
import xml.etree.ElementTree as ElementTree

import pytest
from test_parameters import TABLES
import yaml

from xview_loc.ros.parameter_row import short


@pytest.fixture(scope='module')
def manual(project_root):
    """Return the text of the parameter file."""
    return (project_root / 'config' / 'xview_loc.yaml').read_text()


def flattened(tree, prefix=''):
    """Return nested mappings as dotted names."""
    flat = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            flat.update(flattened(value, f'{prefix}{name}.'))
        else:
            flat[f'{prefix}{name}'] = value
    return flat


def comments_by_name(manual, node):
    """Return the comment above each entry of a node, by dotted name, commented-out ones too."""
    section = manual.split(f'/**/{node}:\n')[1].split('\n/**/')[0]
    comments, path, gathered = {}, [], []
    for line in section.splitlines()[1:]:
        entry = re.match(r'^( {4,})(# )?(\w+):(.*)$', line)
        is_unset = entry and entry[2] and '[' in entry[4]
        if entry and (not entry[2] or is_unset):
            path = [*path[:(len(entry[1]) - 4) // 2], entry[3]]
            if entry[4]:
                comments['.'.join(path)] = ' '.join(gathered)
            gathered = []
        elif line.strip().startswith('#'):
            gathered.append(line.strip().lstrip('# '))
    return comments


@pytest.mark.parametrize('node', TABLES)
def test_the_file_sets_every_parameter_to_its_default(manual, node):
    given = flattened(yaml.safe_load(manual)[f'/**/{node}']['ros__parameters'])
    assert given.pop('autostart') is True
    expected = {row.name: row.default for row in TABLES[node][1] if row.kind is not tuple}
    assert set(given) == set(expected)
    for name, value in expected.items():
        assert type(given[name]) is type(value), name
        if isinstance(value, float):
            assert given[name] == pytest.approx(value, rel=5e-3), name
        else:
            assert given[name] == value, name


@pytest.mark.parametrize('node', TABLES)
def test_the_comment_above_an_entry_states_unit_limits_and_default(manual, node):
    comments = comments_by_name(manual, node)
    for row in TABLES[node][1]:
        comment = comments[row.name]
        assert comment.startswith(row.note.description.rstrip('.')), row.name
        if row.note.unit:
            assert f'[{row.note.unit}]' in comment, row.name
        if math.isfinite(row.note.minimum):
            low, high = short(row.note.minimum), short(row.note.maximum)
            assert f'Allowed: {low} to {high}.' in comment, row.name
        assert ('At configure.' in comment) == row.note.at_configure, row.name
        assert re.search(r'Default: \S+', comment), row.name


def test_the_file_names_no_other_node(manual):
    assert set(yaml.safe_load(manual)) == {f'/**/{node}' for node in TABLES}


def test_the_file_uses_no_yaml_that_ros_cannot_read(manual):
    assert not re.search(r':\s*[&*]\w', manual)


def test_the_display_file_shows_our_topics_relative_and_latched_where_they_are(project_root):
    tree = yaml.safe_load((project_root / 'config' / 'xview_loc.rviz').read_text())
    displays = tree['Visualization Manager']['Displays']
    topics = {display['Topic']['Value']: display['Topic']
              for display in displays if 'Topic' in display}
    assert {'satellite_tiles', 'heatmap/grid', 'particle_cloud', 'particle_filter/modes', 'pose',
            'path'} <= set(topics)
    assert topics['satellite_tiles']['Durability Policy'] == 'Transient Local'
    assert not any(topic.startswith('/') for topic in topics)
    assert tree['Visualization Manager']['Global Options']['Fixed Frame'] == 'map'


def test_the_transport_profile_has_a_segment_for_large_images(project_root):
    root = ElementTree.parse(project_root / 'config' / 'fastdds_large_images.xml').getroot()
    space = {'p': 'http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles'}
    assert int(root.findtext('.//p:segment_size', namespaces=space)) >= 64 * 2 ** 20
    kinds = {kind.text for kind in root.iterfind('.//p:transport_descriptor/p:type', space)}
    assert kinds == {'SHM', 'UDPv4'}
    participant = root.find('.//p:participant', space)
    assert participant.get('is_default_profile') == 'true'
