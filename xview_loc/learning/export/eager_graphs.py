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

"""The graphs of a package in torch, to be timed beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from xview_loc.learning.export.example_images import ExampleImages
from xview_loc.learning.export.graph import Graph
from xview_loc.learning.export.network_graphs import network_graphs
from xview_loc.learning.export.untrained import untrained
from xview_loc.learning.presets import preset
from xview_loc.matching.model_description import ModelDescription


class EagerGraph(NamedTuple):
    """
    One graph, without gradients.

    :param name: of its file, without ending.
    :param inputs: for one image, by name, as onnxruntime takes them.
    :param run: compute it in torch on the same inputs.
    """

    name: str
    inputs: Mapping[str, np.ndarray]
    run: Callable[[], object]


@contextmanager
def eager_graphs(description: ModelDescription, threads: int) -> Iterator[list[EagerGraph]]:
    """
    Give the graphs of a network of the same family and sizes, with random weights.

    There are none where the package has not one of the sizes of ``export --untrained``.

    :param description: of the package.
    :param threads: that torch runs them on while the context lasts.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield [EagerGraph(graph.name, {name: value.numpy() for name, value in inputs.items()},
                          partial(graph.run, inputs))
               for graph in _same_network(description)
               for inputs in [graph.inputs(ExampleImages.STRUCTURE, 1)]]
    finally:
        torch.set_num_threads(before)


def _same_network(description: ModelDescription) -> list[Graph]:
    """Return the graphs of the full or of the small network of a family, whichever it is."""
    for small in (False, True):
        known = preset(description.family, small).deployment
        if (known.satellite.size, known.ground.shape) == (
                description.satellite.size, description.ground.shape):
            return network_graphs(untrained(description.family, small).network)
    return []
