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


"""The table of names in config/README.md is what the nodes really have, in each system."""

import ast
import re

import pytest
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.qos import DurabilityPolicy
from test_parameters import TABLES
import yaml

from xview_loc.ros.handover import Handover
from xview_loc.ros.image_batcher import ImageBatcher
from xview_loc.ros.matcher_node import MatcherNode
from xview_loc.ros.particle_filter_node import ParticleFilterNode
from xview_loc.ros.tile_manager import TileManager

pytestmark = pytest.mark.ros
SYSTEMS = {'ours': None, 'robot_localization': 'robot_localization.launch.py',
           'Nav2': 'nav2_localization.launch.py', 'Autoware': 'autoware.launch.py'}
NODES = ('image_batcher', 'tile_manager', 'matcher', 'particle_filter')
OVERLAYS = {'robot_localization': 'robot_localization.yaml', 'Nav2': 'nav2.yaml',
            'Autoware': 'autoware.yaml'}
# What rclpy gives every node.
COMMON = re.compile(r'/(rosout|parameter_events|diagnostics)|/\w+/\w+/(transition_event|'
                    r'(get|set|list|describe)_\w*parameter\w*|get_type_description|'
                    r'change_state|get_state|get_available_\w+|get_transition_graph)')


@pytest.fixture(scope='module')
def table(project_root):
    """Return the rows of the table by column."""
    text = (project_root / 'config' / 'README.md').read_text()
    lines = [line for line in text.split('## Names')[1].split('\n## ')[0].splitlines()
             if line.startswith('|')]
    rows = [[cell.strip().strip('`') for cell in line.strip('|').split('|')] for line in lines]
    return [dict(zip(rows[0], row)) for row in rows[2:]]


def names_of(project_root, system):
    """Return what the launch file of a system renames."""
    if SYSTEMS[system] is None:
        return {}
    tree = ast.parse((project_root / 'launch' / SYSTEMS[system]).read_text())
    return next(ast.literal_eval(node.value) for node in tree.body
                if isinstance(node, ast.Assign) and node.targets[0].id == 'NAMES')


def start_all(bench, tiles, names, namespace):
    """
    Start the four nodes with the remappings of a launch file.

    Each test has a namespace of its own: the middleware remembers nodes of earlier tests.
    """
    rules = [word for ours, theirs in names.items() for word in ('-r', f'{ours}:={theirs}')]
    arguments = {'cli_args': [
        '--ros-args', *rules, '-r', f'__ns:=/{namespace}', '-p', f'imagery:={tiles}']}
    seam = Handover()
    for node in (ParticleFilterNode(**arguments), TileManager(seam, **arguments),
                 MatcherNode(seam, **arguments), ImageBatcher(seam, **arguments)):
        assert bench.add(node).is_active


def entities(tester, namespace):
    """Return (name, type, node, direction) of everything that is not common to all nodes."""
    found = set()
    for node in NODES:
        for direction, ask in (('out', tester.get_publisher_names_and_types_by_node),
                               ('in', tester.get_subscriber_names_and_types_by_node),
                               ('service', tester.get_service_names_and_types_by_node)):
            found |= {(name, kind, node, direction) for name, kinds in ask(node, f'/{namespace}')
                      for kind in kinds if not COMMON.fullmatch(name)}
    return found


def full(name, node, namespace):
    """Return the name seen from outside."""
    return name if name.startswith('/') else f'/{namespace}/' + name.replace('~', node)


@pytest.mark.parametrize('system', SYSTEMS)
def test_the_nodes_have_exactly_the_names_of_the_table(bench, tiles, project_root, table, system):
    start_all(bench, tiles, names_of(project_root, system), system)
    between = {'in': 'msg', 'out': 'msg', 'service': 'srv'}
    expected = {(full(row[system], row['node'], system),
                 row['type'].replace('/', f'/{between[row["direction"]]}/'),
                 row['node'], row['direction']) for row in table}

    def seen():
        try:
            return entities(bench.tester, system)
        except rclpy_implementation.NodeNameNonExistentError:  # not discovered yet
            return set()

    try:
        bench.until(lambda: seen() == expected, 'every name is discovered')
    except AssertionError:
        assert seen() == expected


def test_the_pose_is_latched_as_that_of_amcl(bench, tiles, project_root):
    start_all(bench, tiles, names_of(project_root, 'Nav2'), 'latched')
    topic = '/latched/amcl_pose'
    bench.until(lambda: bench.tester.get_publishers_info_by_topic(topic), 'the publisher')
    found = bench.tester.get_publishers_info_by_topic(topic)
    assert found[0].qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL


@pytest.mark.parametrize('system, expected', [
    ('robot_localization', {'output.publish_tf': False}),
    ('Nav2', {'autostart': False, 'output.transform_tolerance': 1.0}),
    ('Autoware', {'output.publish_tf': False, 'output.when_lost': 'withhold'})])
def test_what_a_system_needs_wins_over_the_packaged_parameters(
        bench, project_root, system, expected):
    files = [project_root / 'config' / name for name in ('xview_loc.yaml', OVERLAYS[system])]
    words = [word for path in files for word in ('--params-file', str(path))]
    node = bench.add(ParticleFilterNode(cli_args=['--ros-args', *words]), start=False)
    for name, value in expected.items():
        assert node.get_parameter(name).value == value, name


@pytest.mark.parametrize('system', OVERLAYS)
def test_the_files_set_only_parameters_that_exist(project_root, system):
    tree = yaml.safe_load((project_root / 'config' / OVERLAYS[system]).read_text())
    for section, content in tree.items():
        node, given = section.removeprefix('/**/'), content['ros__parameters']
        if node in TABLES:
            known = {row.name for row in TABLES[node][1]} | {'autostart'}
            assert {f'{group}.{name}' for group, inner in given.items()
                    if isinstance(inner, dict) for name in inner} <= known
            assert {name for name, value in given.items()
                    if not isinstance(value, dict)} <= known
        else:
            vectors = {name: value for name, value in given.items() if name.endswith('_config')}
            assert vectors
            assert {len(value) for value in vectors.values()} == {15}
            assert given['world_frame'] in (given['map_frame'], given['odom_frame'])
