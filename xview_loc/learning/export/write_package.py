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


"""Write the model package of a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
import shutil
import tempfile

from xview_loc.errors import LearningError
from xview_loc.learning.checkpoint import Checkpoint
from xview_loc.learning.export.half_precision import write_half
from xview_loc.learning.export.network_graphs import network_graphs
from xview_loc.learning.export.onnx_graph import OPSET, write_onnx
from xview_loc.learning.export.parity import largest_difference
from xview_loc.learning.networks.bev_net import BevNet
from xview_loc.learning.networks.bev_net_config import BevNetKind
from xview_loc.learning.networks.ccvpe import Ccvpe
from xview_loc.matching.birds_eye_input import BirdsEyeInput
from xview_loc.matching.model_description import FORMAT, ModelDescription, PRECISIONS
from xview_loc.matching.model_origin import ExportParity
from xview_loc.matching.model_package import (
    ModelPackage, read_model_package, write_model_package)
from xview_loc.matching.model_records import Calibration, RingLayout

Progress = Callable[[str, int, int], None]


def write_package(
        checkpoint: Checkpoint, folder: Path, name: str, trained: bool = True,
        precision: str = 'float32', progress: Progress = lambda stage, done, total: None) \
        -> ModelPackage:
    """
    Export the graphs of a network, compare them with torch, and describe them.

    :param checkpoint: the network and how to use it.
    :param folder: of the package, new or empty; it appears complete or not at all.
    :param name: of the package.
    :param trained: false where the weights are random.
    :param precision: of the convolutions, ``float32`` or ``float16``.
    :param progress: told the stage, how many steps are done and how many there are.
    :raises LearningError: when the precision is unknown, the folder holds something, or a graph
        differs from torch by more than :func:`.largest_difference` accepts.
    """
    if precision not in PRECISIONS:
        raise LearningError(
            f'The precision is {precision!r}; it must be one of {", ".join(PRECISIONS)}.')
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LearningError(f'{folder} is there already; choose a new or an empty folder.')
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix='.export-') as place:
        unfinished = Path(place) / 'package'
        unfinished.mkdir()
        parity = _write_graphs(checkpoint, unfinished, precision, progress)
        write_model_package(
            unfinished, _description(checkpoint, name, trained, precision, parity))
        if folder.exists():
            folder.rmdir()
        shutil.move(unfinished, folder)
    return read_model_package(folder)


def _write_graphs(
        checkpoint: Checkpoint, folder: Path, precision: str, progress: Progress) -> ExportParity:
    """Write and compare all graphs; return the largest differences."""
    graphs = network_graphs(checkpoint.network)
    single, half = [], []
    for index, graph in enumerate(graphs):
        progress('exporting', 2 * index, 2 * len(graphs))
        path = folder / f'{graph.name}.onnx'
        write_onnx(graph, path)
        progress('exporting', 2 * index + 1, 2 * len(graphs))
        single.append(largest_difference(graph, path))
        if precision == 'float16':
            write_half(path, path)
            half.append(largest_difference(graph, path, precision))
    progress('exporting', 2 * len(graphs), 2 * len(graphs))
    return ExportParity(max(single), max(half, default=None))


def _description(
        checkpoint: Checkpoint, name: str, trained: bool, precision: str,
        parity: ExportParity) -> ModelDescription:
    """Return what ``model.yaml`` will say."""
    use = checkpoint.deployment
    return ModelDescription(
        format=FORMAT, name=name, family=checkpoint.family, trained=trained, precision=precision,
        opset=OPSET, satellite=use.satellite, ground=use.ground, heading=use.heading,
        card=checkpoint.card, window=use.window, calibration=_calibration(checkpoint),
        parity=parity, retrieval=use.retrieval, camera_height_m=use.camera_height_m,
        ring=_ring(checkpoint), birds_eye=_birds_eye(checkpoint))


def _ring(checkpoint: Checkpoint) -> RingLayout | None:
    """Return the directions of CCVPE, with the bins that it considers where these are not all."""
    ring, network = checkpoint.deployment.ring, checkpoint.network
    if ring is None or not isinstance(network, Ccvpe) or network.config.yaw_prior is None:
        return ring
    return replace(ring, considered=tuple(network.config.considered_bins))


def _birds_eye(checkpoint: Checkpoint) -> BirdsEyeInput | None:
    """Return the features of bev_net, with the sides and cells that the network has."""
    described, network = checkpoint.deployment.birds_eye, checkpoint.network
    if described is None or not isinstance(network, BevNet):
        return described
    own = network.config
    return replace(described, cell_m=own.cell_m, view_radius_m=own.view_radius_m,
                   satellite=network.satellite is not None, free=own.kind is BevNetKind.FREE)


def _calibration(checkpoint: Checkpoint) -> Calibration:
    """Return the calibration; bev_net learns its own."""
    network = checkpoint.network
    if not isinstance(network, BevNet):
        return checkpoint.deployment.calibration
    return Calibration(float(network.log_kappa.detach().exp()))
