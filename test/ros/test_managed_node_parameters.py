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

"""Parameters of a managed node change in one step, or are refused with a reason."""

from __future__ import annotations

from echo_node import Echo
import pytest
from rclpy.parameter import Parameter

from xview_loc.errors import ConfigurationError

pytestmark = pytest.mark.ros


def set_parameter(node, name, value):
    """Return the result of setting a parameter."""
    return node.set_parameters([Parameter(name, value=value)])[0]


def test_a_changed_parameter_takes_effect_in_one_step(bench):
    node = bench.add(Echo())
    before = node.config
    assert set_parameter(node, 'gain', 1.5).successful
    assert (node.config.gain, before.gain) == (1.5, 1.0)
    assert 'changed' in node.happened


@pytest.mark.parametrize('name, value, fragment', [
    ('gain', 3.0, 'gain'), ('gain', float('nan'), 'gain'), ('gain', 1, 'type'),
    ('low', 7, 'low is 7; it must be at most 5'),
    ('source', 'there', 'source can be changed only while the node is unconfigured'),
    ('autostart', False, 'read-only')])
def test_a_bad_change_is_refused_with_a_reason_and_without_effect(bench, name, value, fragment):
    node = bench.add(Echo())
    before = node.config
    result = set_parameter(node, name, value)
    assert not result.successful
    assert fragment in result.reason
    assert node.config is before
    assert node.is_active


def test_what_is_read_at_configure_can_be_changed_before_it(bench):
    node = bench.add(Echo(autostart=False))
    assert set_parameter(node, 'source', 'there').successful
    node.trigger_configure()
    assert node.config.source == 'there'


def test_the_descriptors_tell_description_unit_and_range(bench):
    node = bench.add(Echo())
    descriptor = node.describe_parameter('gain')
    assert descriptor.description == 'Gain. [m]'
    limits = descriptor.floating_point_range[0]
    assert (limits.from_value, limits.to_value) == (0.0, 2.0)
    assert node.describe_parameter('autostart').read_only


def test_a_refused_start_names_node_and_parameter(bench):
    with pytest.raises(ConfigurationError, match=r'echo: gain is 9.0; it must be in \[0, 2\] m.'):
        Echo(gain=9.0)
