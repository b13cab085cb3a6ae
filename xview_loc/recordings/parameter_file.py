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

"""Reading the parameters of one node from a ROS parameter file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from xview_loc.errors import ConfigurationError


def parameters_of(path: Path, node: str) -> dict[str, Any]:
    """
    Return the parameters that a file gives to a node, nested.

    :param path: YAML of the form ``/**/node: ros__parameters: ...``.
    :param node: name of the node, in whatever namespace.
    :raises ConfigurationError: when the file is not of that form.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8')) or {}
        found: dict[str, Any] = {}
        for pattern, section in content.items():
            if pattern.rpartition('/')[2] in ('**', node):
                merge(found, nested(section['ros__parameters']))
        return found
    except OSError as error:
        raise ConfigurationError(f'{path} cannot be read: {error.strerror}.') from error
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f'{path} is not a ROS parameter file: {str(error).splitlines()[0]}.') from error


def nested(parameters: dict[str, Any]) -> dict[str, Any]:
    """
    Write dotted names as nested dictionaries.

    :param parameters: such as ``{'camera.x': 1.0}``.
    """
    result: dict[str, Any] = {}
    for name, value in parameters.items():
        *folders, last = str(name).split('.')
        place = result
        for folder in folders:
            place = place.setdefault(folder, {})
        if isinstance(value, dict):
            merge(place.setdefault(last, {}), nested(value))
        else:
            place[last] = value
    return result


def merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    """
    Add nested entries; the added ones win.

    :param into: changed in place.
    :param more: what to add.
    """
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            merge(into[name], value)
        else:
            into[name] = value
