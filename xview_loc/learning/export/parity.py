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


"""How far an exported graph is from the module it was made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from xview_loc.errors import LearningError
from xview_loc.learning.export.example_images import ExampleImages
from xview_loc.learning.export.graph import Graph

BOUNDS = {'float32': 1e-4, 'float16': 5e-2}
# Graphs are exported with two at once.
BATCHES = (1, 3)


def largest_difference(graph: Graph, path: Path, precision: str = 'float32') -> float:
    """
    Run a file with onnxruntime and its module with torch, on noise and on shapes, 1 and 3 at once.

    The difference of an output is its largest absolute difference, divided by the largest absolute
    value of the output where that is above 1: the features that CVML hands on reach 100, where
    float32 resolves 1e-5. Up to 1e-4 is accepted in float32. In float16 the difference depends on
    the weights; up to 0.05 is accepted, beyond which something is broken.

    :param graph: that was exported.
    :param path: of the file.
    :param precision: ``float32`` or ``float16``.
    :raises LearningError: when an output differs by more, has another shape or is not finite.
    """
    session = _session(path)
    largest = 0.0
    for images in ExampleImages:
        for batch in BATCHES:
            inputs = graph.inputs(images, batch)
            results = session.run(
                list(graph.outputs), {name: value.numpy() for name, value in inputs.items()})
            for (name, expected), result in zip(graph.run(inputs).items(), results):
                where = f'{graph.name}.{name} for {batch} of {images.value}'
                largest = max(largest, _difference(
                    expected.numpy(), result, BOUNDS[precision], where))
    return largest


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(path), options, providers=['CPUExecutionProvider'])


def _difference(expected: np.ndarray, result: np.ndarray, bound: float, where: str) -> float:
    """Return the difference of one output, or refuse it."""
    if expected.shape != result.shape:
        raise LearningError(
            f'The exported {where} has the shape {result.shape} instead of {expected.shape}.')
    if not np.isfinite(result).all():
        raise LearningError(f'The exported {where} holds values that are not finite.')
    scale = max(1.0, float(np.abs(expected).max()))
    difference = float(np.abs(result - expected).max()) / scale
    if difference > bound:
        raise LearningError(
            f'The exported {where} differs by {difference:.2g} from torch; at most {bound:g} is '
            'accepted.')
    return difference
