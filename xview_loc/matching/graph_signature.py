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

"""What the graphs of each family must take and give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import math

from xview_loc.errors import ModelPackageError
from xview_loc.matching.birds_eye_input import BirdsEyeInput
from xview_loc.matching.model_package import ModelPackage

Shape = Sequence[int | str | None]
Signature = tuple[tuple[str, ...], tuple[str, ...]]

ARCS = tuple(f'arc{scale}' for scale in range(6))
RETRIEVAL: dict[str, Signature] = {
    'satellite': (('images',), ('descriptors',)),
    'ground': (('images',), ('descriptors',))}
CVML_MAP = ('descriptors', 'conv5_3', 'conv4_3', 'conv3_3', 'conv2_2', 'conv1_2')
# What is known of the location and of the orientation before any image: of five scales each.
CCVPE_MAP = ('rings', *(f'{part}{scale}' for part in ('place', 'turn') for scale in range(5)))
CVLNET_MAP = ('features', 'uncertainty')
SIGNATURES: dict[str, dict[str, Signature]] = {
    'safa': RETRIEVAL,
    'stn_safa': RETRIEVAL,
    'oricnn': {**RETRIEVAL, 'ground': (('images', 'heading'), ('descriptors',))},
    'cvml': {'satellite': (('images',), CVML_MAP), 'ground': (('images',), ('descriptors',)),
             'match': (('ground', *CVML_MAP), ('logits', 'cell_scores'))},
    'ccvpe': {'satellite': (('images',), CCVPE_MAP), 'ground': (('images',), ARCS),
              'match': ((*ARCS, *CCVPE_MAP), ('logits', 'field', 'matches'))},
    'cvlnet': {'satellite': (('images',), CVLNET_MAP), 'ground': (('images',), ('features',)),
               'fuse': (('features', 'intrinsics', 'motion'), ('map',)),
               'match': ((*CVLNET_MAP, 'map'), ('scores',))},
    'bev_net': {'satellite': (('channels',), ('gates',)),
                'ground': (('channels', 'weight', 'rays'), ('gates',))}}


def check_signature(package: ModelPackage, graph: str, inputs: Mapping[str, Shape],
                    outputs: Sequence[str]) -> None:
    """
    Make sure that a graph is the one that the family and ``model.yaml`` describe.

    :param package: it belongs to.
    :param graph: its name.
    :param inputs: its inputs, shape by name.
    :param outputs: the names of its outputs.
    :raises ModelPackageError: naming the input, output or shape.
    """
    path = package.graph_path(graph)
    wanted_inputs, wanted_outputs = SIGNATURES[package.family][graph]
    birds_eye = package.description.birds_eye
    if birds_eye is not None and birds_eye.free:
        wanted_outputs = (*wanted_outputs, 'free')
    for what, wanted, found in (('input', wanted_inputs, list(inputs)),
                                ('output', wanted_outputs, list(outputs))):
        if set(wanted) != set(found):
            raise ModelPackageError(
                f'{path} has the {what}s {", ".join(found)}; {package.family} needs '
                f'{", ".join(wanted)}.')
    if birds_eye is not None:
        _check_cells(package, graph, birds_eye, inputs['channels'])
    elif graph in ('satellite', 'ground'):
        _check_images(package, graph, inputs['images'])


def _check_images(package: ModelPackage, graph: str, shape: Shape) -> None:
    """Compare the images that a graph takes with those that the description states."""
    described = package.description
    side = described.satellite.size
    expected = (side, side) if graph == 'satellite' else described.ground.shape
    if tuple(shape[1:]) != (*expected, 3):
        raise ModelPackageError(
            f'{package.graph_path(graph)} takes images of shape {list(shape)}; model.yaml '
            f'describes {expected[0]} rows and {expected[1]} columns of 3 colours.')


def _check_cells(package: ModelPackage, graph: str, birds_eye: BirdsEyeInput,
                 shape: Shape) -> None:
    """Compare the cells that a graph takes with those that the description states."""
    side = 2 * math.ceil(birds_eye.view_radius_m / birds_eye.cell_m)
    sides = (side, side) if graph == 'ground' else tuple(shape[2:])
    if tuple(shape[1:]) != (birds_eye.channels, *sides):
        raise ModelPackageError(
            f'{package.graph_path(graph)} takes channels of shape {list(shape)}; model.yaml '
            f'describes {birds_eye.channels} channels of {side} x {side} cells.')
