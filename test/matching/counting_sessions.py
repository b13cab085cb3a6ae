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

"""Graphs of a package that count what they were asked, with answers that can be replaced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import onnxruntime

from xview_loc.matching.model_package import ModelPackage

Answer = Callable[[dict[str, np.ndarray]], np.ndarray]


class CountingSessions:
    """
    Run the graphs of a package and count the images.

    :param package: whose graphs are run.
    :param answers: what to return as ``descriptors`` instead, by graph.
    """

    def __init__(self, package: ModelPackage, **answers: Answer) -> None:
        """Open the graphs."""
        self.images: Counter[str] = Counter()
        self.runs: Counter[str] = Counter()
        self.answers = answers
        self._sessions = {
            graph: onnxruntime.InferenceSession(
                str(package.graph_path(graph)), providers=['CPUExecutionProvider'])
            for graph in package.description.graphs}

    def run(self, graph: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the outputs of a graph by name."""
        self.runs[graph] += 1
        self.images[graph] += len(inputs['images'])
        if graph in self.answers:
            return {'descriptors': self.answers[graph](inputs)}
        session = self._sessions[graph]
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, inputs)))
