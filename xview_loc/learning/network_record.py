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


"""Network configurations as plain values for a file, and back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, get_type_hints

from xview_loc.errors import ConfigurationError
from xview_loc.matching.strict_record import plain_record, record_from


def plain_network(config: Any) -> dict[str, Any]:
    """
    Return the fields of a configuration as what JSON knows.

    :param config: frozen dataclass, possibly with enumerations.
    """
    return {name: value.value if isinstance(value, Enum) else value
            for name, value in plain_record(config).items()}


def network_from(kind: type, content: Any) -> Any:
    """
    Return the configuration that was written.

    :param kind: its dataclass.
    :param content: see :func:`plain_network`.
    :raises ConfigurationError: naming the entry and what it must be.
    """
    if not isinstance(content, Mapping):
        raise ConfigurationError(f'the network must be a mapping; got {content!r}.')
    hints = get_type_hints(kind)
    return record_from(
        kind, {name: _member(hints.get(name), value, name) for name, value in content.items()},
        'network')


def _member(hint: Any, value: Any, name: str) -> Any:
    """Return the member of an enumeration that a value names, and other values as they are."""
    if not (isinstance(hint, type) and issubclass(hint, Enum)):
        return value
    try:
        return hint(value)
    except ValueError as error:
        allowed = ', '.join(str(member.value) for member in hint)
        raise ConfigurationError(
            f'network.{name} is {value!r}; it must be one of {allowed}.') from error
