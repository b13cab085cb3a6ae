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

"""Compare a module with its ONNX export, run by onnxruntime."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

TOLERANCE = 1e-4
# A value of a long unit vector is about 0.02, and differs little between untrained images.
DESCRIPTOR_TOLERANCE = 2e-6


def export(module: nn.Module, inputs: Sequence[torch.Tensor], path: Path) -> Path:
    """
    Export with the dynamo exporter and a free batch axis.

    :param inputs: positional inputs of the module, at least two of a batch.
    """
    for name in ('onnx', 'onnxscript'):
        pytest.importorskip(name, reason=f'{name} is not installed')
    module.eval()
    batch = torch.export.Dim('batch', min=1, max=64)
    torch.onnx.export(
        module, tuple(inputs), str(path), dynamo=True, verbose=False,
        dynamic_shapes=tuple({0: batch} for _ in inputs))
    return path


def run(path: Path, inputs: Sequence[torch.Tensor]) -> list[np.ndarray]:
    """Run an exported graph on the CPU."""
    onnxruntime = pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(path), options, providers=['CPUExecutionProvider'])
    names = [item.name for item in session.get_inputs()]
    return session.run(None, {name: value.numpy() for name, value in zip(names, inputs)})


def assert_parity(
        module: nn.Module, batches: Sequence[Sequence[torch.Tensor]], path: Path,
        tolerance: float = TOLERANCE) -> None:
    """
    Export once and compare on every batch.

    :param batches: positional inputs of several calls; the first (two or more images) exports.
    :param path: folder for the graph.
    """
    graph = export(module, batches[0], path / 'graph.onnx')
    for inputs in batches:
        with torch.no_grad():
            expected = module(*inputs)
        outputs = expected if isinstance(expected, (tuple, list)) else [expected]
        results = run(graph, inputs)
        assert len(results) == len(outputs)
        for result, output in zip(results, outputs):
            assert result.shape == tuple(output.shape)
            difference = np.abs(result - output.numpy())
            assert np.isfinite(result).all() and difference.max() <= tolerance


def random_images(batch: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    """Return uint8 noise, (B, H, W, 3)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(
        0, 256, (batch, height, width, 3), dtype=torch.uint8, generator=generator)


def structured_images(batch: int, height: int, width: int) -> torch.Tensor:
    """Return uint8 ramps and stripes that differ from image to image, (B, H, W, 3)."""
    index, row, column = torch.meshgrid(
        torch.arange(batch), torch.arange(height), torch.arange(width), indexing='ij')
    return torch.stack(
        [(3 * row + 5 * column + 40 * index) % 256, (7 * row + column * (index + 1)) % 256,
         torch.where((column // 4 + index) % 2 == 0, 20, 230)], dim=-1).to(torch.uint8)
