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

from collections.abc import Mapping
import dataclasses
from typing import Any, get_args, get_type_hints

from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node

from xview_loc.errors import ConfigurationError, XviewLocError
from xview_loc.ros.parameter_row import Note, Parameter, TYPE_NAMES

_NOTE = 'xview_loc.parameter'
_INLINED = 'xview_loc.inlined'
_FOR_EACH = 'xview_loc.for_each'


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
        kind = kind if kind in TYPE_NAMES else tuple
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
