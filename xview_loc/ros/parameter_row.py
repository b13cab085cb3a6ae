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


"""One parameter: name, type, default, unit and limits, and the sentence that refuses a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
import math
import re
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor

TYPE_NAMES = {
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
        return _LIST_OF_NAMES if self.of_names else TYPE_NAMES[self.kind]

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


def short(number: float) -> str:
    """Return a limit as people write it: whole numbers in full."""
    return f'{number:g}' if abs(number) < 1e5 or number % 1.0 else f'{number:.0f}'


def _is_name(value: Any) -> bool:
    """Tell whether something can be part of a parameter's and of a topic's name."""
    return isinstance(value, str) and re.fullmatch('[A-Za-z][A-Za-z0-9_]*', value) is not None


def _is_finite_number(value: Any) -> bool:
    """Tell whether something is a finite number and not a bool or byte."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
