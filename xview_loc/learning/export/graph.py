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


"""One ONNX graph of a package: a module, and the names of what goes in and out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from xview_loc.learning.export.example_images import ExampleImages

Inputs = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Graph:
    """
    What to export.

    :param name: of the file, without its ending.
    :param module: takes the inputs by position and returns a tensor or several.
    :param outputs: names in the order of what the module returns.
    :param inputs: makes the inputs by name, in order, for images and a number of them.
    :param single: inputs whose leading axis has length 1 always: those of the one tile.
    :param axes: that may have any length: the batch.
    """

    name: str
    module: nn.Module
    outputs: tuple[str, ...]
    inputs: Callable[[ExampleImages, int], Inputs]
    single: frozenset[str] = frozenset()
    axes: tuple[int, ...] = (0,)

    def run(self, inputs: Inputs) -> dict[str, torch.Tensor]:
        """Run the module without gradients and return its outputs by name."""
        with torch.no_grad():
            return dict(zip(self.outputs, flat(self.module(*inputs.values())), strict=True))


def flat(outputs: Any) -> list[torch.Tensor]:
    """Return the tensors of a tensor or of nested sequences, in order."""
    if isinstance(outputs, torch.Tensor):
        return [outputs]
    return [tensor for part in outputs for tensor in flat(part)]
