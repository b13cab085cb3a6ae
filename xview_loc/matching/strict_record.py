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

"""Frozen dataclasses from YAML mappings, strictly: nothing unknown, missing or of another type."""

from __future__ import annotations

from collections.abc import Mapping
import dataclasses
import math
import types
from typing import Any, get_args, get_origin, get_type_hints, TypeVar, Union

from xview_loc.errors import ConfigurationError

Record = TypeVar('Record')


def record_from(kind: type[Record], content: Any, where: str = '') -> Record:
    """
    Build a dataclass from what a YAML file says.

    Fields may be bool, int, float, str, tuples, string-keyed mappings, other dataclasses, and any
    of them or ``None``. An integer is taken for a float; nothing else is converted.

    :param kind: dataclass that validates its own values.
    :param content: mapping of field names.
    :param where: dotted name of the mapping, for messages; '' is the file itself.
    :raises ConfigurationError: naming the entry and what it must be.
    """
    if not isinstance(content, Mapping):
        raise ConfigurationError(f'{where or "The file"} must be a mapping; got {content!r}.')
    fields = {field.name: field
              for field in dataclasses.fields(kind) if field.init}  # type: ignore[arg-type]
    unknown = [str(name) for name in content if name not in fields]
    if unknown:
        raise ConfigurationError(
            f'{_dotted(where, unknown[0])} is not known; the entries of {where or "the file"} '
            f'are {", ".join(fields)}.')
    for name, field in fields.items():
        required = (field.default is dataclasses.MISSING
                    and field.default_factory is dataclasses.MISSING)
        if required and name not in content:
            raise ConfigurationError(f'{_dotted(where, name)} is missing.')
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value, _dotted(where, name))
                   for name, value in content.items()})


def plain_record(record: Any) -> Any:
    """
    Return what a YAML writer takes for a dataclass: the inverse of :func:`record_from`.

    Fields that are ``None`` and have that default are left out.

    :param record: dataclass, or a value inside one.
    """
    if dataclasses.is_dataclass(record):
        return {field.name: plain_record(getattr(record, field.name))
                for field in dataclasses.fields(record)
                if field.init and not (field.default is None
                                       and getattr(record, field.name) is None)}
    if isinstance(record, Mapping):
        return {name: plain_record(value) for name, value in record.items()}
    if isinstance(record, tuple):
        return [plain_record(value) for value in record]
    return record


def _dotted(where: str, name: str) -> str:
    return f'{where}.{name}' if where else name


def _value(hint: Any, value: Any, where: str) -> Any:
    """Return a value as a field holds it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        inner = [argument for argument in arguments if argument is not type(None)]
        return None if value is None else _value(inner[0], value, where)
    if dataclasses.is_dataclass(hint):
        return record_from(hint, value, where)  # type: ignore[arg-type]
    if origin is tuple:
        return _tuple(arguments, value, where)
    if origin is not None:
        if not isinstance(value, Mapping):
            raise ConfigurationError(f'{where} must be a mapping; got {value!r}.')
        return {str(name): _value(arguments[1], item, _dotted(where, str(name)))
                for name, item in value.items()}
    return _scalar(hint, value, where)


def _tuple(arguments: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    """Return a list as a tuple of the wanted length."""
    many = len(arguments) == 2 and arguments[1] is Ellipsis
    if not isinstance(value, (list, tuple)) or not (many or len(value) == len(arguments)):
        count = 'a list' if many else f'a list of {len(arguments)}'
        raise ConfigurationError(f'{where} must be {count}; got {value!r}.')
    hints = arguments[:1] * len(value) if many else arguments
    return tuple(_value(hint, item, f'{where}[{index}]')
                 for index, (hint, item) in enumerate(zip(hints, value)))


def _scalar(hint: Any, value: Any, where: str) -> Any:
    """Return a scalar of exactly the wanted type; an integer also where a float is wanted."""
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not hint or (hint is float and not math.isfinite(value)):
        names = {bool: 'true or false', int: 'an integer', float: 'a finite number',
                 str: 'a string'}
        raise ConfigurationError(f'{where} must be {names[hint]}; got {value!r}.')
    return value
