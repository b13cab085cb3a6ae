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


"""The configuration of a node, read from its parameters while they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from xview_loc.errors import ConfigurationError
from xview_loc.ros.parameter_row import Note
from xview_loc.ros.parameters import build, declare, read, table_for_each, table_of


class LiveConfiguration:
    """
    Declares the parameters of a configuration and reads and checks them.

    :param node: node that gets them.
    :param config_type: frozen dataclass of the parameters.
    :param notes: parameter notes for nested configurations of the core.
    :raises ConfigurationError: when a parameter is refused.
    """

    def __init__(self, node: Node, config_type: type,
                 notes: Mapping[str, Note] | None = None) -> None:
        """Declare the parameters."""
        self._node = node
        self._config_type = config_type
        self._table = table_of(config_type, notes)
        declare(node, self._table)

    def read(self) -> Any:
        """Return the configuration of the current parameters; declare those of new names."""
        named = table_for_each(self._config_type, read(self._node, self._table))
        added = [row for row in named if not self._node.has_parameter(row.name)]
        declare(self._node, added)
        self._table += added
        return build(self._config_type, read(self._node, self._table), self._table)

    def concerns(self, changes: Sequence[RosParameter]) -> bool:
        """Tell whether one of some changed parameters belongs to the configuration."""
        names = {row.name for row in self._table}
        return any(change.name in names for change in changes)

    def checked(self, changes: Sequence[RosParameter],
                state_name: str) -> tuple[SetParametersResult, Any | None]:
        """
        Return whether changes are allowed, and the configuration they would make.

        :param changes: parameters with their new values.
        :param state_name: lifecycle state of the node.
        :return: the configuration is ``None`` where nothing of it changes or a change is refused.
        """
        rows = {row.name: row for row in self._table}
        values = read(self._node, self._table)
        ours = [change for change in changes if change.name in rows]
        for change in ours:
            row = rows[change.name]
            value = row.python_value(change.value)
            if row.note.at_configure and value != values[row.name] and (
                    state_name != 'unconfigured'):
                return _refused(f'{row.name} can be changed only while the node is unconfigured; '
                                f'it is {state_name}.')
            values[row.name] = value
        try:
            config = build(self._config_type, values, self._table)
        except ConfigurationError as error:
            return _refused(str(error))
        except TypeError as error:
            return _refused(f'Wrong type: {error}')
        return SetParametersResult(successful=True), config if ours else None


def _refused(reason: str) -> tuple[SetParametersResult, None]:
    """Refuse with a sentence."""
    return SetParametersResult(successful=False, reason=reason), None
