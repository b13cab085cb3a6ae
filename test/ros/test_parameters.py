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

"""A parameter table checks what it is given and says what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
import math

import pytest

from xview_loc.errors import ConfigurationError, FilterError
from xview_loc.ros.filter_notes import FILTER_NOTES
from xview_loc.ros.image_batcher_config import ImageBatcherConfig
from xview_loc.ros.matcher_config import MatcherConfig
from xview_loc.ros.parameters import (
    build, for_each, inlined, parameter, table_for_each, table_of)
from xview_loc.ros.particle_filter_config import ParticleFilterNodeConfig
from xview_loc.ros.tile_manager_config import TileManagerConfig

TABLES = {
    'image_batcher': (ImageBatcherConfig, table_of(ImageBatcherConfig)),
    'tile_manager': (TileManagerConfig, table_of(TileManagerConfig)),
    'matcher': (MatcherConfig, table_of(MatcherConfig)),
    'particle_filter': (
        ParticleFilterNodeConfig, table_of(ParticleFilterNodeConfig, FILTER_NOTES)),
}
ROWS = [pytest.param(config, table, row, id=f'{node}.{row.name}')
        for node, (config, table) in TABLES.items() for row in table]
RANGED = [case for case in ROWS if math.isfinite(case.values[2].note.minimum)]


@dataclass(frozen=True)
class Inner:
    """A nested part."""

    low: float = parameter(1.0, 'Low end.', unit='m', minimum=0.0, maximum=10.0)
    high: float = parameter(2.0, 'High end.', unit='m', minimum=0.0, maximum=10.0)

    def __post_init__(self) -> None:
        """Refuse a reversed pair."""
        if self.low > self.high:
            raise FilterError(f'low is {self.low}; it must be at most high ({self.high}).')


@dataclass(frozen=True)
class Outer:
    """A configuration with everything."""

    mode: str = parameter('slow', 'Mode.', choices=('slow', 'fast'))
    span: Inner = field(default_factory=Inner)
    flat: Inner = inlined(Inner)
    place: tuple[float, ...] = parameter((), 'Place.')


def built(**changes):
    """Build from the defaults with changes; a double underscore stands for a point."""
    table = table_of(Outer)
    values = {row.name: row.default for row in table}
    values.update({name.replace('__', '.'): value for name, value in changes.items()})
    return build(Outer, values, table)


def test_nested_parts_give_dotted_names_and_inlined_ones_plain_names():
    assert [row.name for row in table_of(Outer)] == [
        'mode', 'span.low', 'span.high', 'low', 'high', 'place']


def test_values_reach_their_place():
    config = built(span__high=7.0, high=3.0, place=(1.0, 2.0))
    assert (config.span.high, config.flat.high, config.place) == (7.0, 3.0, (1.0, 2.0))


@pytest.mark.parametrize('changes, sentence', [
    ({'span__low': -0.5}, r'span.low is -0.5; it must be in \[0, 10\] m.'),
    ({'span__low': math.nan}, r'span.low is nan; it must be in \[0, 10\] m.'),
    ({'mode': 'medium'}, 'mode is "medium"; it must be one of slow, fast.'),
    ({'place': (1.0, math.inf)}, r'place is \[1.0, inf\]; it must be a list of numbers'),
    ({'place': ('a',)}, r"place is \['a'\]; it must be a list of numbers"),
    ({'span__low': 5.0}, 'low is 5.0; it must be at most high'),
])
def test_a_bad_value_is_refused_with_its_name_and_what_is_allowed(changes, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        built(**changes)


@pytest.mark.parametrize('config, table, row', ROWS)
def test_every_parameter_is_described_and_its_default_is_allowed(config, table, row):
    assert row.note.description.endswith('.')
    assert len(row.note.description) > 10
    assert row.refusal(row.default) == ''
    if row.kind in (int, float):
        assert math.isfinite(row.note.minimum + row.note.maximum)


@pytest.mark.parametrize('config, table, row', RANGED)
@pytest.mark.parametrize('side', [-1, 1])
def test_every_number_outside_its_range_is_refused_by_name(config, table, row, side):
    values = {each.name: each.default for each in table}
    limit = row.note.minimum if side < 0 else row.note.maximum
    values[row.name] = limit + side * (1 if row.kind is int else max(1e-9, abs(limit) * 1e-6))
    with pytest.raises(ConfigurationError, match=row.name.replace('.', r'\.')):
        build(config, values, table)


@pytest.mark.parametrize('config, table', TABLES.values(), ids=TABLES.keys())
def test_the_defaults_of_the_table_build_the_default_configuration(config, table):
    assert build(config, {row.name: row.default for row in table}, table) == config()


def test_the_notes_of_the_filter_fit_its_configuration_exactly():
    names = {row.name for row in TABLES['particle_filter'][1]}
    own = {row.name for row in table_of(ParticleFilterNodeConfig)
           if row.name in names and row.note.minimum == -math.inf and row.kind in (int, float)}
    assert own == set(FILTER_NOTES)


@dataclass(frozen=True)
class Named:
    """A configuration with a group of parameters for each name."""

    names: tuple[str, ...] = parameter((), 'Names.')
    groups: Mapping[str, Inner] = for_each('names', Inner, 'part')


def named(**values):
    """Build from names and the parameters that come with them."""
    values = {name.replace('__', '.'): value for name, value in values.items()}
    return build(Named, values, table_of(Named) + table_for_each(Named, values))


def test_each_name_of_a_list_has_parameters_of_its_own():
    assert [row.name for row in table_of(Named)] == ['names']
    assert [row.name for row in table_for_each(Named, {'names': ('a', 'b')})] == [
        'a.part.low', 'a.part.high', 'b.part.low', 'b.part.high']
    config = named(names=('a', 'b'), a__part__low=0.5, a__part__high=2.0, b__part__low=1.0,
                   b__part__high=3.0)
    assert config.groups == {'a': Inner(0.5, 2.0), 'b': Inner(1.0, 3.0)}
    assert named(names=()).groups == {}


def test_limits_hold_for_the_parameters_of_a_name_too():
    with pytest.raises(ConfigurationError, match=r'a\.part\.low is 11\.0; it must be in'):
        named(names=('a',), a__part__low=11.0, a__part__high=2.0)


@pytest.mark.parametrize('given, held', [
    (None, ()), ([''], ()), (['a', 'b'], ('a', 'b')), ('front', ('front',))])
def test_a_list_of_names_is_held_without_empty_ones(given, held):
    row, = table_of(Named)
    assert row.python_value(given) == held
    assert row.refusal(held) == ''


@pytest.mark.parametrize('name', ['', 'a b', 'a/b', '1a', 'a.b', 3.0])
def test_what_cannot_be_part_of_a_topic_is_no_name(name):
    row, = table_of(Named)
    assert 'must be a list of names' in row.refusal((name,))
