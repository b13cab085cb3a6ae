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


import numpy as np
import onnx
from onnx import helper, numpy_helper, TensorProto
import onnxruntime
import pytest
import torch
from torch import nn

from xview_loc.learning.export.graph import Graph
from xview_loc.learning.export.half_precision import write_half
from xview_loc.learning.export.onnx_graph import write_onnx
from xview_loc.learning.export.parity import largest_difference
from xview_loc.learning.networks.unit_length import unit_length


class Described(nn.Module):
    """Features, one of which is handed on, a descriptor with a norm, and a skip connection."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.second = nn.Conv2d(12, 6, 3, padding=1)

    def forward(
            self, images: torch.Tensor, skip: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return features and descriptor; the sum of squares exceeds float16."""
        features = torch.relu(self.first(images.permute(0, 3, 1, 2).float() - 120.0))
        mixed = self.second(torch.cat([features, skip], dim=1))
        return features, unit_length((20.0 * mixed).flatten(1))


@pytest.fixture
def graph() -> Graph:
    """Return a graph with images and a feature map as inputs."""
    def inputs(images, batch):
        return {'images': images(batch, 9, 14),
                'skip': torch.linspace(-50, 50, batch * 4 * 9 * 14).reshape(batch, 4, 9, 14)}

    return Graph('a', Described().eval(), ('features', 'descriptors'), inputs)


def test_convolutions_become_half_and_norms_stay(graph, tmp_path) -> None:
    single, half = tmp_path / 'single.onnx', tmp_path / 'half.onnx'
    write_onnx(graph, single)
    write_half(single, half)
    model = onnx.shape_inference.infer_shapes(onnx.load(half), strict_mode=True)
    kinds = {item.name: item.type.tensor_type.elem_type for item in model.graph.value_info}
    kinds.update({item.name: item.data_type for item in model.graph.initializer})
    for node in model.graph.node:
        if node.op_type == 'Conv':
            assert {kinds[name] for name in node.input} == {TensorProto.FLOAT16}
        if node.op_type == 'ReduceL2':
            assert kinds[node.input[0]] == TensorProto.FLOAT
    assert {node.op_type for node in model.graph.node} >= {'Conv', 'ReduceL2'}
    assert half.stat().st_size < single.stat().st_size


def test_inputs_and_outputs_keep_names_and_types(graph, tmp_path) -> None:
    write_onnx(graph, tmp_path / 'a.onnx')
    write_half(tmp_path / 'a.onnx', tmp_path / 'a.onnx')
    session = onnxruntime.InferenceSession(
        str(tmp_path / 'a.onnx'), providers=['CPUExecutionProvider'])
    assert [(item.name, item.type) for item in session.get_inputs()] == [
        ('images', 'tensor(uint8)'), ('skip', 'tensor(float)')]
    assert [(item.name, item.type) for item in session.get_outputs()] == [
        ('features', 'tensor(float)'), ('descriptors', 'tensor(float)')]


def test_the_difference_is_that_of_rounding(graph, tmp_path) -> None:
    write_onnx(graph, tmp_path / 'a.onnx')
    exact = largest_difference(graph, tmp_path / 'a.onnx')
    write_half(tmp_path / 'a.onnx', tmp_path / 'half.onnx')
    rounded = largest_difference(graph, tmp_path / 'half.onnx', 'float16')
    assert exact < 1e-6 < 1e-5 < rounded < 2e-3


def test_weights_that_a_norm_takes_as_well_are_kept_in_both_types(tmp_path) -> None:
    kernel = numpy_helper.from_array(
        np.linspace(-1, 1, 4, dtype=np.float32).reshape(4, 1, 1, 1), 'kernel')
    nodes = [helper.make_node('Conv', ['x', 'kernel'], ['y']),
             helper.make_node('ReduceL2', ['kernel'], ['norm'], keepdims=0),
             helper.make_node('Div', ['y', 'norm'], ['z'])]
    shape = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ['b', channels, 2, 2])
             for name, channels in (('x', 1), ('z', 4))]
    model = helper.make_model(
        helper.make_graph(nodes, 'a', shape[:1], shape[1:], [kernel]),
        opset_imports=[helper.make_opsetid('', 18)], ir_version=10)
    onnx.save(model, tmp_path / 'a.onnx')
    write_half(tmp_path / 'a.onnx', tmp_path / 'half.onnx')
    values = np.full((1, 1, 2, 2), 3.0, np.float32)
    expected, found = (onnxruntime.InferenceSession(
        str(tmp_path / name), providers=['CPUExecutionProvider']).run(None, {'x': values})[0]
        for name in ('a.onnx', 'half.onnx'))
    np.testing.assert_allclose(found, expected, atol=2e-3)
    assert {item.data_type for item in onnx.load(tmp_path / 'half.onnx').graph.initializer} == {
        TensorProto.FLOAT, TensorProto.FLOAT16}
