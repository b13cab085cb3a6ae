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

FILES = ['xview_loc.launch.py', 'bag_demo.launch.py']
PROMISED = {
    'namespace', 'params_file', 'use_sim_time', 'composed', 'rviz', 'rviz_config', 'log_level',
    'image_topic', 'camera_info_topic', 'fix_topic', 'odometry_topic', 'imu_topic'}


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
    strings = [node.value for node in ast.walk(source_of(project_root, name))
               if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    rooted = [text for text in strings if text.startswith('/')]
    assert set(rooted) <= {'/tf', '/tf_static', '/compressed'}


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
    from launch.actions import GroupAction
    from launch_ros.actions import Node
    names = []
    for entity in entities:
        if isinstance(entity, GroupAction):
            names += started(entity.get_sub_entities(), context)
        elif isinstance(entity, Node):
            if entity.condition is None or entity.condition.evaluate(context):
                executable = entity.node_executable
                names.append(executable if isinstance(executable, str) else ''.join(
                    part.perform(context) for part in executable))
    return names


@pytest.mark.parametrize('name', FILES)
def test_every_promised_argument_is_declared_and_described(load, name):
    _, declared = evaluated(load(name).generate_launch_description(), bag='/bag')
    wanted = PROMISED if name == 'xview_loc.launch.py' else PROMISED - {'use_sim_time'} | {'bag'}
    assert wanted <= set(declared)
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


def test_the_bag_demo_hands_every_shared_argument_on(load):
    module = load('bag_demo.launch.py')
    _, own = evaluated(module.generate_launch_description(), bag='/bag')
    _, localizer = evaluated(load('xview_loc.launch.py').generate_launch_description())
    assert set(module.FORWARDED) == set(own) & set(localizer)


def test_the_bag_demo_starts_the_player(load):
    description = load('bag_demo.launch.py').generate_launch_description()
    context, _ = evaluated(description, bag='/bag')
    assert 'bag_player' in started(description.entities, context)
