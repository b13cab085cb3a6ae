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

"""
Parameters from frozen configurations: declared once, read once, checked in one place.

A configuration is a frozen dataclass whose fields are made by :func:`parameter`; nested
dataclasses give dotted names (``search_radius.min``). The dataclass is the declarative table:
name, type, default, range, unit and description stand together, and nothing is written twice.
A list of names may give each name a group of parameters of its own: :func:`for_each`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import dataclasses
from dataclasses import dataclass
import math
import re
from typing import Any, get_args, get_type_hints

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node

from xview_loc.errors import ConfigurationError, XviewLocError

_NOTE = 'xview_loc.parameter'
_INLINED = 'xview_loc.inlined'
_FOR_EACH = 'xview_loc.for_each'
_TYPE_NAMES = {
    bool: 'true or false',
    int: 'an integer (written without a point)',
    float: 'a floating point number (written with a point)',
    str: 'a string',
    tuple: 'a list of numbers, empty for not set',
}
_LIST_OF_NAMES = 'a list of names, empty for not set'


@dataclass(frozen=True)
class Note:
    """
    What a user must know about a parameter besides its name, type and default.

    :param description: one sentence.
    :param unit: unit of the value, '' where it has none.
    :param minimum: smallest allowed value.
    :param maximum: largest allowed value.
    :param choices: the allowed strings; any when empty.
    :param read_only: a change cannot be honoured after the start of the process.
    :param at_configure: a change can be honoured only while the node is unconfigured.
    """

    description: str
    unit: str = ''
    minimum: float = -math.inf
    maximum: float = math.inf
    choices: tuple[str, ...] = ()
    read_only: bool = False
    at_configure: bool = False


@dataclass(frozen=True)
class Parameter:
    """
    One row of a parameter table.

    :param name: dotted name.
    :param kind: Python type of the value; ``tuple`` is a list that may be not set.
    :param default: value when the user gives none.
    :param note: description, unit and limits.
    :param of_names: whether a list is one of strings, not of numbers.
    """

    name: str
    kind: type
    default: Any
    note: Note
    of_names: bool = False

    @property
    def type_name(self) -> str:
        """Return what values it takes, for messages."""
        return _LIST_OF_NAMES if self.of_names else _TYPE_NAMES[self.kind]

    @property
    def limits(self) -> str:
        """Return what is allowed, for messages."""
        note = self.note
        if note.choices:
            return 'one of ' + ', '.join(note.choices)
        unit = f' {note.unit}' if note.unit else ''
        if math.isfinite(note.minimum) and math.isfinite(note.maximum):
            return f'in [{short(note.minimum)}, {short(note.maximum)}]{unit}'
        if math.isfinite(note.minimum):
            return f'at least {short(note.minimum)}{unit}'
        if math.isfinite(note.maximum):
            return f'at most {short(note.maximum)}{unit}'
        return self.type_name

    def refusal(self, value: Any) -> str:
        """
        Return why a value of the right type is refused, or ''.

        :param value: the value given.
        """
        note = self.note
        if note.choices and value not in note.choices:
            return f'{self.name} is "{value}"; it must be {self.limits}.'
        if self.kind in (int, float):
            if not math.isfinite(value) or not note.minimum <= value <= note.maximum:
                return f'{self.name} is {value}; it must be {self.limits}.'
        fits = _is_name if self.of_names else _is_finite_number
        if self.kind is tuple and not all(map(fits, value)):
            return f'{self.name} is {list(value)}; it must be {self.limits}.'
        return ''

    def python_value(self, value: Any) -> Any:
        """Return the value as a configuration holds it: lists as tuples, not set as empty."""
        if self.kind is not tuple:
            return value
        if value is None:
            return ()
        if isinstance(value, str) or not isinstance(value, Iterable):
            value = (value,)
        return tuple(item for item in value if item != '')

    def descriptor(self) -> ParameterDescriptor:
        """Return the ROS descriptor."""
        note = self.note
        unit = f' [{note.unit}]' if note.unit else ''
        descriptor = ParameterDescriptor(
            name=self.name, description=f'{note.description}{unit}', read_only=note.read_only,
            additional_constraints='' if self.limits == self.type_name else self.limits)
        descriptor.dynamic_typing = self.kind is tuple  # an empty list has no type in YAML
        if self.kind is float and math.isfinite(note.minimum + note.maximum):
            descriptor.floating_point_range = [FloatingPointRange(
                from_value=float(note.minimum), to_value=float(note.maximum))]
        if self.kind is int and math.isfinite(note.minimum + note.maximum):
            descriptor.integer_range = [IntegerRange(
                from_value=int(note.minimum), to_value=int(note.maximum), step=1)]
        return descriptor


def parameter(default: Any, description: str, **limits: Any) -> Any:
    """
    Return a dataclass field that is a parameter.

    :param default: value when the user gives none; its type must be the field's.
    :param description: one sentence.
    :param limits: the other fields of :class:`Note`.
    """
    return dataclasses.field(
        default=default, metadata={_NOTE: Note(description, **limits)})


def inlined(config: type) -> Any:
    """
    Return a dataclass field whose own fields are named as if they were its parent's.

    :param config: frozen dataclass.
    """
    return dataclasses.field(default_factory=config, metadata={_INLINED: True})


def for_each(names: str, config: type, group: str) -> Any:
    """
    Return a dataclass field that maps each name of a list parameter to a configuration of its own.

    Its parameters are called ``NAME.group.field``.

    :param names: the list parameter, a field of the same dataclass.
    :param config: frozen dataclass.
    :param group: keeps them apart from other parameters.
    """
    return dataclasses.field(default_factory=dict, metadata={_FOR_EACH: (names, config, group)})


def table_of(config: type, notes: Mapping[str, Note] | None = None,
             prefix: str = '') -> list[Parameter]:
    """
    Return the parameter table of a configuration.

    :param config: frozen dataclass.
    :param notes: notes by dotted name, for configurations of the core whose fields carry none.
    :param prefix: dotted prefix of the names, '' or ending with a point.
    """
    hints = get_type_hints(config)
    table: list[Parameter] = []
    for field in dataclasses.fields(config):
        if _FOR_EACH in field.metadata:
            continue
        kind = hints[field.name]
        name = f'{prefix}{field.name}'
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            table += table_of(kind, notes, prefix if _INLINED in field.metadata else f'{name}.')
            continue
        undescribed = Note(field.name.replace('_', ' ').capitalize() + '.')
        note = field.metadata.get(_NOTE) or (notes or {}).get(name, undescribed)
        of_names = get_args(kind)[:1] == (str,)
        kind = kind if kind in _TYPE_NAMES else tuple
        default = (field.default_factory() if callable(field.default_factory)
                   else field.default)
        table.append(Parameter(name, kind, default, note, of_names))
    return table


def table_for_each(config: type, values: Mapping[str, Any]) -> list[Parameter]:
    """
    Return the rows that the names in list parameters add to the table of a configuration.

    :param config: frozen dataclass, as given to :func:`table_of`.
    :param values: by dotted name.
    """
    return [row for field in dataclasses.fields(config) if _FOR_EACH in field.metadata
            for names, kind, group in (field.metadata[_FOR_EACH],)
            for name in dict.fromkeys(values[names])
            for row in table_of(kind, prefix=f'{name}.{group}.')]


def declare(node: Node, table: list[Parameter]) -> None:
    """
    Declare the parameters of a table.

    :param node: node that gets them.
    :param table: rows with distinct names.
    :raises ConfigurationError: naming the parameter, the value given and what is allowed.
    """
    overrides = getattr(node, '_parameter_overrides', {})  # for the sentence of a refusal
    for row in table:
        value = (list(row.default) or None) if row.kind is tuple else row.default
        shown = overrides[row.name].value if row.name in overrides else value
        try:
            node.declare_parameter(row.name, value, row.descriptor())
        except InvalidParameterTypeException as error:
            raise ConfigurationError(
                f'{row.name} is {shown!r}; it must be {row.type_name}.') from error
        except InvalidParameterValueException as error:
            raise ConfigurationError(
                row.refusal(shown) or f'{row.name} is {shown!r}: {error}') from error


def read(node: Node, table: list[Parameter]) -> dict[str, Any]:
    """
    Return the values of the parameters of a table.

    :param node: node that has declared them.
    :param table: the rows to read.
    """
    values: dict[str, Any] = {}
    for row in table:
        values[row.name] = row.python_value(node.get_parameter(row.name).value)
    return values


def build(config: type, values: Mapping[str, Any], table: list[Parameter]) -> Any:
    """
    Return the configuration made of parameter values.

    :param config: frozen dataclass, as given to :func:`table_of`.
    :param values: by dotted name.
    :param table: rows whose limits are checked first.
    :raises ConfigurationError: when a value is not allowed by itself or beside the others.
    """
    for row in table:
        reason = row.refusal(values[row.name])
        if reason:
            raise ConfigurationError(reason)
    try:
        return _assemble(config, values, '')
    except ConfigurationError:
        raise
    except XviewLocError as error:
        raise ConfigurationError(str(error)) from error


def _assemble(config: type, values: Mapping[str, Any], prefix: str) -> Any:
    """Return a configuration and those nested in it; defaults for names just added."""
    hints = get_type_hints(config)
    arguments: dict[str, Any] = {}
    for field in dataclasses.fields(config):
        kind = hints[field.name]
        name = f'{prefix}{field.name}'
        if _FOR_EACH in field.metadata:
            names, kind, group = field.metadata[_FOR_EACH]
            added = {row.name: row.default for row in table_for_each(config, values)}
            arguments[field.name] = {
                each: _assemble(kind, {**added, **values}, f'{each}.{group}.')
                for each in values[f'{prefix}{names}']}
        elif dataclasses.is_dataclass(kind) and isinstance(kind, type):
            inner = prefix if _INLINED in field.metadata else f'{name}.'
            arguments[field.name] = _assemble(kind, values, inner)
        else:
            arguments[field.name] = values[name]
    return config(**arguments)


def short(number: float) -> str:
    """Return a limit as people write it: whole numbers in full."""
    return f'{number:g}' if abs(number) < 1e5 or number % 1.0 else f'{number:.0f}'


def _is_name(value: Any) -> bool:
    """Tell whether something can be part of a parameter's and of a topic's name."""
    return isinstance(value, str) and re.fullmatch('[A-Za-z][A-Za-z0-9_]*', value) is not None


def _is_finite_number(value: Any) -> bool:
    """Tell whether something is a finite number and not a bool or byte."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
