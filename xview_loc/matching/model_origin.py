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

"""Where a model package comes from: its weights, its export, its files."""

from __future__ import annotations

from dataclasses import dataclass
import re

from xview_loc.errors import ModelPackageError


@dataclass(frozen=True)
class ModelCard:
    """
    Where the weights come from.

    :param licence: of the weights.
    :param training_data: data sets, or that there was none.
    :param command: that made the package.
    :param paper: that describes the network.
    :param note: anything else.
    """

    licence: str
    training_data: str
    command: str = ''
    paper: str = ''
    note: str = ''


@dataclass(frozen=True)
class ExportParity:
    """
    Largest difference between the graphs and the network they were exported from.

    :param float32_max_abs: of the float32 graphs; ``None`` when not measured.
    :param float16_max_abs: of the float16 graphs; ``None`` when not measured.
    """

    float32_max_abs: float | None = None
    float16_max_abs: float | None = None


@dataclass(frozen=True)
class GraphFile:
    """
    One file of a package.

    :param sha256: checksum, 64 hexadecimal digits.
    :param bytes: size.
    """

    sha256: str
    bytes: int  # noqa: A003 - the name of the entry in the file

    def __post_init__(self) -> None:
        """Refuse what is no checksum."""
        if not re.fullmatch('[0-9a-f]{64}', self.sha256):
            raise ModelPackageError(
                f'sha256 is {self.sha256!r}; it must be 64 hexadecimal digits.')
