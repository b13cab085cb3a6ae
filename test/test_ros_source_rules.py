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

"""What no file of ``xview_loc/ros`` does, because it fails in the field and not on the desk."""

import ast
from pathlib import Path
from typing import Iterator

import pytest
from source_tree import python_files

# Agreed absolute names; every other topic is relative so that namespaces work.
ABSOLUTE_TOPICS = {'/clock', '/diagnostics', '/tf', '/tf_static', '/parameter_events'}
ENDPOINTS = {'create_publisher', 'create_subscription', 'create_lifecycle_publisher',
             'create_service'}
SLOW_DATA_TYPES = {'Image', 'CompressedImage', 'PointCloud2', 'OccupancyGrid'}


def dotted(node: ast.AST) -> str:
    """Write a name or attribute chain as in the source, ``''`` for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f'{dotted(node.value)}.{node.attr}'
    return ''


def assigned_data(tree: ast.AST) -> Iterator[ast.AST]:
    """Find ``message.data = ...`` and ``Image(data=...)``; bulk data goes in by ``frombytes``."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Attribute) and target.attr == 'data'
                   for target in targets):
                yield node
        elif isinstance(node, ast.Call) and dotted(node.func).split('.')[-1] in SLOW_DATA_TYPES:
            yield from (word.value for word in node.keywords if word.arg == 'data')


def forbidden_names(tree: ast.AST) -> Iterator[ast.AST]:
    """Find executors, sleeps and wall clocks that a node must not use."""
    banned = {'MultiThreadedExecutor', 'ReentrantCallbackGroup', 'EventsExecutor'}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute, ast.alias)):
            name = node.name if isinstance(node, ast.alias) else dotted(node)
            if name.split('.')[-1] in banned or name in ('time.sleep', 'time.time'):
                yield node
        elif isinstance(node, ast.keyword) and node.arg == 'spin_thread':
            yield node.value


def absolute_topics(tree: ast.AST) -> Iterator[ast.AST]:
    """Find endpoints whose name starts with a slash without being absolute by convention."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).split('.')[-1] in ENDPOINTS:
            yield from (
                value for value in node.args
                if isinstance(value, ast.Constant) and isinstance(value.value, str)
                and value.value.startswith('/') and value.value not in ABSOLUTE_TOPICS)


def bare_depths(tree: ast.AST) -> Iterator[ast.AST]:
    """Find endpoints whose quality of service is a bare number, which means *reliable*."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).split('.')[-1] in ENDPOINTS:
            yield from (value for value in [*node.args, *(word.value for word in node.keywords)]
                        if isinstance(value, ast.Constant) and type(value.value) is int)


RULES = [assigned_data, forbidden_names, absolute_topics, bare_depths]


@pytest.mark.parametrize('rule', RULES)
def test_no_node_breaks_the_rule(project_root: Path, rule) -> None:
    found = [f'{path.name}:{node.lineno}' for path in python_files(project_root, 'xview_loc/ros')
             for node in rule(ast.parse(path.read_text()))]
    assert found == []


@pytest.mark.parametrize('rule, source', [
    (assigned_data, 'message.data = image.tobytes()'),
    (assigned_data, 'Image(height=1, data=pixels)'),
    (forbidden_names, 'from rclpy.executors import MultiThreadedExecutor'),
    (forbidden_names, 'time.sleep(1.0)'),
    (forbidden_names, 'TransformListener(buffer, node, spin_thread=True)'),
    (absolute_topics, "self.create_subscription(Image, '/camera/image', callback, SENSOR)"),
    (bare_depths, "self.create_publisher(Image, 'image', 10)"),
])
def test_the_rule_sees_its_violation(rule, source: str) -> None:
    assert list(rule(ast.parse(source)))


@pytest.mark.parametrize('rule', RULES)
def test_the_rule_accepts_the_proper_way(rule) -> None:
    source = """
message.data.frombytes(memoryview(image).cast('B'))
executor = SingleThreadedExecutor()
started = time.perf_counter()
self.create_subscription(Image, 'image', callback, SENSOR)
self.create_publisher(DiagnosticArray, '/diagnostics', RESULT)
"""
    assert list(rule(ast.parse(source))) == []
