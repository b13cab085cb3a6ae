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


"""Turn the convolutions of an ONNX file to float16."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper, TensorProto

# These carry nearly all weights and all but a few percent of the arithmetic.
HALF = {'Conv', 'ConvTranspose'}
# These go on in the type of their first input.
PASSING = {'Relu', 'LeakyRelu', 'MaxPool', 'Sigmoid', 'Slice', 'Expand', 'Reshape', 'Transpose',
           'Squeeze', 'Unsqueeze', 'Gather', 'Split', 'Identity'}
# These go on in float16 where all that they take is, or (Concat) anything.
JOINING = {'Add', 'Mul'}
FEATURE_AXES = 4


def write_half(path: Path, half_path: Path) -> None:
    """
    Write a graph whose convolutions, and what lies between them, are float16.

    Norms, sums, softmax, matrix products and geometry stay float32: a sum of squares over 1280
    channels exceeds float16 from values of 7 on. Inputs and outputs keep their types; feature
    maps that enter are rounded to float16 at once.

    :param path: of a float32 graph with its weights inside.
    :param half_path: of the result.
    """
    model = onnx.load(path)
    _Conversion(model.graph).run()
    onnx.checker.check_model(model)
    onnx.save(model, half_path)


class _Conversion:
    """One pass over the nodes of a graph, in order, that knows which tensors are float16."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.graph = graph
        self.weights = {item.name: item for item in graph.initializer}
        self.half: set[str] = set()
        self.cast: dict[tuple[str, int], str] = {}
        self.nodes: list[onnx.NodeProto] = []

    def run(self) -> None:
        """Rewrite the graph."""
        for item in self.graph.input:
            kind = item.type.tensor_type
            if kind.elem_type == TensorProto.FLOAT and len(kind.shape.dim) >= FEATURE_AXES:
                self.half.add(self._as(item.name, TensorProto.FLOAT16))
        rounded = {name: new for (name, _), new in self.cast.items()}
        for node in self.graph.node:
            node.input[:] = [rounded.get(name, name) for name in node.input]
            self._convert(node)
        self._restore_outputs()
        del self.graph.node[:]
        self.graph.node.extend(self.nodes)
        del self.graph.value_info[:]
        self._drop_unused_weights()

    def _convert(self, node: onnx.NodeProto) -> None:
        """Decide on the type of a node and cast what it takes."""
        halves = [name in self.half for name in node.input]
        if (node.op_type in HALF or (node.op_type in PASSING and halves[0])
                or (node.op_type in JOINING and any(halves) and all(
                    half or name in self.weights for half, name in zip(halves, node.input)))
                or (node.op_type == 'Concat' and any(halves))):
            many = node.op_type not in PASSING
            node.input[:] = [
                self._as(name, TensorProto.FLOAT16)
                if name and (many or index == 0) else name
                for index, name in enumerate(node.input)]
            self.half.update(node.output)
        else:
            node.input[:] = [self._as(name, TensorProto.FLOAT) if name in self.half else name
                             for name in node.input]
        self.nodes.append(node)

    def _as(self, name: str, kind: int) -> str:
        """Return the name of a tensor in a type, and cast it where it is not there yet."""
        if (kind == TensorProto.FLOAT16) == (name in self.half):
            return name
        if (name, kind) not in self.cast:
            self.cast[name, kind] = new = f'{name}_as_{TensorProto.DataType.Name(kind).lower()}'
            if name in self.weights:
                array = numpy_helper.to_array(self.weights[name]).astype(np.float16)
                self.graph.initializer.append(numpy_helper.from_array(array, new))
            else:
                self.nodes.append(helper.make_node('Cast', [name], [new], to=kind))
        return self.cast[name, kind]

    def _restore_outputs(self) -> None:
        """Give outputs that became float16 their type back, under their own names."""
        renamed = {item.name: f'{item.name}_half' for item in self.graph.output
                   if item.name in self.half}
        for node in self.nodes:
            node.input[:] = [renamed.get(name, name) for name in node.input]
            node.output[:] = [renamed.get(name, name) for name in node.output]
        for name, half in renamed.items():
            self.nodes.append(helper.make_node('Cast', [half], [name], to=TensorProto.FLOAT))

    def _drop_unused_weights(self) -> None:
        """Leave out the float32 weights that no node takes any more."""
        used = {name for node in self.nodes for name in node.input}
        kept = [item for item in self.graph.initializer if item.name in used]
        del self.graph.initializer[:]
        self.graph.initializer.extend(kept)
