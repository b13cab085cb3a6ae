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

"""Timed steps of a model package, beside the training-free matcher and beside torch."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from pathlib import Path

from xview_loc.cli.bench_result import BenchResult, median_ms
from xview_loc.cli.model_timing import made_up_scene, time_matcher
from xview_loc.matching.load_matcher import (
    load_model, LoadedModel, PackageOptions, TRAINING_FREE)

THREADS = 1


def package_benchmarks(folder: Path, repetitions: int) -> list[BenchResult]:
    """
    Time a package: preparing imagery, matching, both together, and each of its graphs.

    The peer of the first two is the training-free matcher, on the same images, imagery and search
    (+-10 m and +-10 degrees). That of the first image, which pays for both, is every later one on
    the same imagery, which only matches. That of the graphs is the same network in torch, eager
    and on one thread too, where torch is installed and the package has one of the sizes that
    ``xview-loc export --untrained`` makes.

    :param folder: of the package; random weights will do.
    :param repetitions: timed runs of each step.
    :raises XviewLocError: when the package cannot be used.
    """
    model = load_model(str(folder), 0.0, PackageOptions(allow_untrained=True, threads=THREADS))
    model.warm_up()
    scene = made_up_scene(model)
    ours = time_matcher(model.matcher, scene, repetitions)
    free = load_model(TRAINING_FREE, model.matcher.metres_per_pixel).matcher
    theirs = time_matcher(free, scene, repetitions)
    name = folder.name if model.package is None else model.package.name
    prepare, match = ours.prepare_ms or 0.0, ours.match_ms or 0.0
    return [
        BenchResult(f'{name}, prepare', prepare, peer=TRAINING_FREE,
                    peer_value=theirs.prepare_ms),
        BenchResult(f'{name}, match', match, peer=TRAINING_FREE, peer_value=theirs.match_ms),
        BenchResult(f'{name}, first image', prepare + match, peer='a later image',
                    peer_value=match),
        *_graph_benchmarks(model, repetitions)]


def _graph_benchmarks(model: LoadedModel, repetitions: int) -> list[BenchResult]:
    """Time every graph of a package beside torch; nothing where torch cannot be had."""
    package = model.package
    if package is None or find_spec('torch') is None:
        return []
    from xview_loc.learning.export.eager_graphs import eager_graphs
    with eager_graphs(package.description, THREADS) as graphs:
        return [BenchResult(
            f'{package.name}, {graph.name}.onnx',
            median_ms(partial(model.sessions.run, graph.name, graph.inputs), repetitions),
            peer='torch', peer_value=median_ms(graph.run, repetitions)) for graph in graphs]
