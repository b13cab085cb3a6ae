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

"""Write small ONNX graphs by hand, for tests without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import helper, numpy_helper, save, TensorProto

OPSET = 18
ELEMENT = {'uint8': TensorProto.UINT8, 'float32': TensorProto.FLOAT}
Shape = Sequence[int | str]


class OnnxBuilder:
    """
    A graph that grows node by node.

    :param inputs: shape by name; an input called ``images`` is uint8, the others are float32.
    """

    def __init__(self, inputs: Mapping[str, Shape]) -> None:
        """Start with the inputs."""
        self._inputs = [
            helper.make_tensor_value_info(
                name, ELEMENT['uint8' if name == 'images' else 'float32'], shape)
            for name, shape in inputs.items()]
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, value: Any, dtype: str = 'float32') -> str:
        """Return the name of a constant."""
        name = f'constant_{len(self._constants)}'
        self._constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def shape(self, *sides: int) -> str:
        """Return the name of a constant that holds integers."""
        return self.constant(sides, 'int64')

    def add(self, operator: str, *inputs: str | float, **attributes: Any) -> str:
        """Return the name of the output of a new node; numbers become constants."""
        name = f'{operator.lower()}_{len(self._nodes)}'
        names = [item if isinstance(item, str) else self.constant(item) for item in inputs]
        self._nodes.append(helper.make_node(operator, names, [name], **attributes))
        return name

    def save(self, path: Path, outputs: Mapping[str, tuple[str, Shape]]) -> None:
        """
        Write the graph.

        :param path: to write to.
        :param outputs: name inside the graph and shape, by the name of the output.
        """
        ends = [helper.make_node('Identity', [inside], [name])
                for name, (inside, _) in outputs.items()]
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                  for name, (_, shape) in outputs.items()]
        graph = helper.make_graph(
            [*self._nodes, *ends], path.stem, self._inputs, values, self._constants)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid('', OPSET)], ir_version=8)
        save(model, path)
