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


"""Write a graph as an ONNX file."""

from __future__ import annotations

from pathlib import Path
import warnings

import onnx
import torch

from xview_loc.learning.export.example_images import ExampleImages
from xview_loc.learning.export.graph import Graph

OPSET = 18
EXAMPLES = 2
AXES = {0: 'batch', 2: 'rows', 3: 'columns'}


def write_onnx(graph: Graph, path: Path) -> None:
    """
    Export with torch's dynamo exporter, weights inside the file, free axes as the graph says.

    The exporter notes at every node which line of which file on this machine it came from; a
    package does not show that.

    :param graph: whose module is in evaluation.
    :param path: of the file.
    """
    inputs = graph.inputs(ExampleImages.STRUCTURE, EXAMPLES)
    free = {axis: torch.export.Dim(AXES[axis], min=1, max=4096) for axis in graph.axes}
    shapes = tuple({} if name in graph.single else free for name in inputs)
    with warnings.catch_warnings():
        # about versions of other packages, of no concern to whoever exports
        warnings.simplefilter('ignore')
        torch.onnx.export(
            graph.module, tuple(inputs.values()), str(path), dynamo=True, verbose=False,
            opset_version=OPSET, external_data=False, dynamic_shapes=shapes,
            input_names=list(inputs), output_names=list(graph.outputs))
    model = onnx.load(path)
    for part in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input,
                 *model.graph.output, *model.graph.initializer):
        del part.metadata_props[:]
    onnx.save(model, path)
