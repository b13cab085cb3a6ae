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

"""The launch files build what they promise; without launch only their text is checked."""

import ast
import importlib.util
from pathlib import Path

import pytest

FILES = ['xview_loc.launch.py', 'bag_demo.launch.py', 'nav2_localization.launch.py',
         'robot_localization.launch.py', 'autoware.launch.py']
# What Nav2's bringup hands to its localization_launch.py.
OF_NAV2 = {'namespace', 'map', 'use_sim_time', 'autostart', 'params_file', 'use_composition',
           'container_name', 'use_respawn', 'log_level'}
ROOTED = {'/tf', '/tf_static', '/compressed'}
PROMISED = {
    'namespace', 'params_file', 'use_sim_time', 'composed', 'rviz', 'rviz_config', 'log_level',
    'image_topic', 'camera_info_topic', 'camera_topics', 'fix_topic', 'odometry_topic',
    'imu_topic', 'overlay_file'}


def source_of(project_root: Path, name: str) -> ast.Module:
    """Return the parsed launch file."""
    return ast.parse((project_root / 'launch' / name).read_text())


@pytest.mark.parametrize('name', FILES)
def test_importing_a_launch_file_does_nothing(project_root, name):
    allowed = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Expr, ast.Assign)
    tree = source_of(project_root, name)
    assert all(isinstance(node, allowed) for node in tree.body)
    assert not any(isinstance(node, ast.Call) for statement in tree.body
                   if isinstance(statement, (ast.Expr, ast.Assign))
                   for node in ast.walk(statement))


@pytest.mark.parametrize('name', FILES)
def test_the_environment_of_the_launch_process_is_not_written(project_root, name):
    names = {node.id for node in ast.walk(source_of(project_root, name))
             if isinstance(node, ast.Name)}
    modules = {alias.name for node in ast.walk(source_of(project_root, name))
               if isinstance(node, ast.Import) for alias in node.names}
    assert 'environ' not in names
    assert 'os' not in modules


@pytest.mark.parametrize('name', FILES)
def test_no_topic_or_file_is_hard_wired(project_root, name):
    tree = source_of(project_root, name)
    fragments = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
                 for part in node.values}
    rooted = {node.value for node in ast.walk(tree)
              if isinstance(node, ast.Constant) and isinstance(node.value, str)
              and id(node) not in fragments and node.value.startswith('/')} - {'/'}
    # Autoware's names are absolute; its file keeps them in one place.
    names = next((ast.literal_eval(node.value) for node in tree.body
                  if isinstance(node, ast.Assign) and node.targets[0].id == 'NAMES'), {})
    assert rooted <= ROOTED | set(names.values())
    assert name == 'autoware.launch.py' or not any(
        given.startswith('/') for given in names.values())


@pytest.fixture
def load(project_root, monkeypatch):
    """Return a function that loads a launch file as a module, or skip where launch is absent."""
    pytest.importorskip('launch_ros.actions', reason='ROS launch is not installed here')
    monkeypatch.setattr('ament_index_python.packages.get_package_share_directory',
                        lambda package: str(project_root))

    def loaded(name):
        spec = importlib.util.spec_from_file_location(
            name.split('.')[0], project_root / 'launch' / name)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loaded


def evaluated(description, **given):
    """Return a context with the arguments set, and the declared arguments by name."""
    from launch import LaunchContext
    from launch.actions import DeclareLaunchArgument
    context = LaunchContext()
    declared = {}
    context.launch_configurations.update(given)
    for entity in description.entities:
        if isinstance(entity, DeclareLaunchArgument):
            declared[entity.name] = entity
            entity.visit(context)
    return context, declared


def started(entities, context):
    """Return the executables that would be started, through groups and conditions."""
    from launch.actions import GroupAction, OpaqueFunction
    from launch_ros.actions import Node
    names = []
    for entity in entities:
        if entity.condition is not None and not entity.condition.evaluate(context):
            continue
        if isinstance(entity, GroupAction):
            names += started(entity.get_sub_entities(), context)
        elif isinstance(entity, OpaqueFunction):
            names += started(entity.execute(context), context)
        elif isinstance(entity, Node):
            executable = entity.node_executable
            names.append(executable if isinstance(executable, str) else ''.join(
                part.perform(context) for part in executable))
    return names


@pytest.mark.parametrize('name', FILES)
def test_every_promised_argument_is_declared_and_described(load, name):
    _, declared = evaluated(load(name).generate_launch_description(), bag='/bag')
    wanted = {'xview_loc.launch.py': PROMISED,
              'bag_demo.launch.py': PROMISED - {'use_sim_time'} | {'bag'},
              'nav2_localization.launch.py': OF_NAV2}
    assert wanted.get(name, {'params_file', 'use_sim_time', 'log_level'}) <= set(declared)
    assert all(len(argument.description) > 5 for argument in declared.values())


@pytest.mark.parametrize('given, expected', [
    ({}, ['perception', 'particle_filter']), ({'composed': 'true'}, ['localizer']),
    ({'rviz': 'true'}, ['perception', 'particle_filter', 'rviz2'])])
def test_the_arguments_choose_the_processes(load, given, expected):
    description = load('xview_loc.launch.py').generate_launch_description()
    context, _ = evaluated(description, **given)
    assert started(description.entities, context) == expected


def test_the_default_files_are_packaged(load):
    context, declared = evaluated(load('xview_loc.launch.py').generate_launch_description())
    for name in ('params_file', 'rviz_config'):
        assert Path(context.launch_configurations[name]).is_file()
    assert declared['params_file'].default_value is not None


def remappings_of(load, given):
    """Return what an argument ``camera_topics`` renames."""
    context, _ = evaluated(load('xview_loc.launch.py').generate_launch_description(),
                           camera_topics=given)
    actions = load('xview_loc.launch.py').camera_remappings(context)
    return {''.join(part.perform(context) for part in action.src):
            ''.join(part.perform(context) for part in action.dst) for action in actions}


def test_each_of_several_cameras_is_found_at_its_topics(load):
    assert remappings_of(load, '') == {}
    assert remappings_of(load, 'front=/a/image_raw, rear=image') == {
        'front/image': '/a/image_raw', 'front/image/compressed': '/a/image_raw/compressed',
        'front/camera_info': '/a/camera_info', 'rear/image': 'image',
        'rear/image/compressed': 'image/compressed', 'rear/camera_info': 'camera_info'}


@pytest.mark.parametrize('wrong', ['front', 'front=', '=/a/image'])
def test_a_camera_without_name_or_topic_is_refused_with_what_is_allowed(load, wrong):
    with pytest.raises(ValueError, match='must be NAME=TOPIC'):
        remappings_of(load, wrong)


@pytest.mark.parametrize('name, given, expected', [
    ('nav2_localization.launch.py', {}, ['lifecycle_manager']),
    ('nav2_localization.launch.py', {'map': 'm.yaml'}, ['map_server', 'lifecycle_manager']),
    ('robot_localization.launch.py', {}, ['ekf_node', 'ekf_node']),
    ('autoware.launch.py', {}, ['ekf_node']),
    ('autoware.launch.py', {'make_odometry': 'false'}, [])])
def test_each_system_gets_the_nodes_of_its_own_beside_the_localizer(load, name, given, expected):
    from launch.actions import GroupAction, IncludeLaunchDescription
    description = load(name).generate_launch_description()
    context, declared = evaluated(description, **given)
    assert started(description.entities, context) == expected
    inside = [entity for group in (description, *(
        each for each in description.entities if isinstance(each, GroupAction)))
        for entity in (group.entities if group is description else group.get_sub_entities())]
    includes = [each for each in inside if isinstance(each, IncludeLaunchDescription)]
    handed_on = {argument for argument, _ in includes[0].launch_arguments}
    _, ours = evaluated(load('xview_loc.launch.py').generate_launch_description())
    assert len(includes) == 1
    assert handed_on <= set(ours)
    assert set(load(name).FORWARDED) <= set(declared)


def test_the_bag_demo_hands_every_shared_argument_on(load):
    module = load('bag_demo.launch.py')
    _, own = evaluated(module.generate_launch_description(), bag='/bag')
    _, localizer = evaluated(load('xview_loc.launch.py').generate_launch_description())
    assert set(module.FORWARDED) == set(own) & set(localizer)


def test_the_bag_demo_starts_the_player(load):
    description = load('bag_demo.launch.py').generate_launch_description()
    context, _ = evaluated(description, bag='/bag')
    assert 'bag_player' in started(description.entities, context)
