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

"""Small valid model packages of all families, written in milliseconds, for tests."""

from __future__ import annotations

import math
from pathlib import Path

from onnx_builder import OnnxBuilder, OPSET
from tiny_graphs import SECTORS, TinyWorld, write_ccvpe, write_cvml, write_retrieval
from tiny_video_graphs import FRAMES, write_cvlnet

from xview_loc.matching.birds_eye_input import BirdsEyeInput
from xview_loc.matching.model_description import (
    ModelDescription, RETRIEVAL_FAMILIES, UNTRAINED, VIDEO_FAMILIES)
from xview_loc.matching.model_origin import ModelCard
from xview_loc.matching.model_package import ModelPackage, write_model_package
from xview_loc.matching.model_records import (
    Calibration, FrameSequence, GroundInput, HeadingSearch, RetrievalGrid, RingLayout,
    SatelliteInput)

HEADING = {'oricnn': 'input', 'cvlnet': 'input', 'ccvpe': 'joint', 'bev_net': 'invariant'}
# Of the views of the gates [m].
VIEW_RADIUS_M = 12.0


def tiny_package(
        folder: Path, family: str, *, projection: str = '', trained: bool = False,
        heading: str = '', size: int = 64, metres_per_pixel: float = 0.5,
        camera_height_m: float = 2.0, ring_angle: str = 'clockwise') -> ModelPackage:
    """
    Write a package whose networks find poses on flat, patterned ground.

    :param folder: to make.
    :param family: one of the seven.
    :param projection: of the ground images; equirectangular unless the family takes pinhole only.
    :param trained: what the package says about itself; random weights there are none.
    :param heading: kind; that of the family when ''.
    :param size: side of the tiles [px], a multiple of 16.
    :param metres_per_pixel: of the tiles.
    :param camera_height_m: of the cameras.
    :param ring_angle: of ccvpe's orientation field.
    """
    video = family in VIDEO_FAMILIES
    ground = _ground(projection or ('pinhole' if video else 'equirectangular'))
    kind = heading or HEADING.get(family, 'aligned')
    description = ModelDescription(
        format=1, name=f'tiny_{family}' if trained else f'{UNTRAINED}{family}', family=family,
        trained=trained, precision='float32', opset=OPSET,
        satellite=SatelliteInput(size, metres_per_pixel), ground=ground,
        heading=HeadingSearch(kind, SECTORS), card=ModelCard('Apache-2.0', 'none'),
        window=FrameSequence(FRAMES, 0.3) if video else FrameSequence(),
        calibration=Calibration(1.0 if family in ('cvml', 'ccvpe') else 20.0),
        retrieval=RetrievalGrid(2.0) if family in RETRIEVAL_FAMILIES else None,
        camera_height_m=camera_height_m if video else None,
        ring=_ring(ring_angle) if family == 'ccvpe' else None,
        birds_eye=BirdsEyeInput(view_radius_m=VIEW_RADIUS_M) if family == 'bev_net' else None)
    folder.mkdir(parents=True)
    world = _world(description, camera_height_m)
    writers = {'cvml': write_cvml, 'ccvpe': write_ccvpe, 'cvlnet': write_cvlnet,
               'bev_net': write_open_gates}
    if family in RETRIEVAL_FAMILIES:
        write_retrieval(folder, world, family)
    else:
        writers[family](folder, world)
    return write_model_package(folder, description)


def write_open_gates(folder: Path, world: TinyWorld) -> None:
    """Write gates that are all 1."""
    side = round(2.0 * VIEW_RADIUS_M / 0.5)
    graph = OnnxBuilder({'channels': ('batch', 7, side, side), 'weight': ('batch', 1, side, side),
                         'rays': ('batch', 2, side, side)})
    seen = graph.add('Concat', 'channels', 'weight', 'rays', axis=1)
    some = graph.add('Slice', seen, graph.shape(0), graph.shape(6), graph.shape(1))
    gates = graph.add('Add', graph.add('Mul', some, 0.0), 1.0)
    graph.save(folder / 'ground.onnx', {'gates': (gates, ('batch', 6, side, side))})


def _ring(angle: str) -> RingLayout:
    """Return the layout of bins that grow clockwise."""
    return RingLayout(angle, bins='with_angle' if angle == 'clockwise' else 'against_angle')


def _ground(projection: str) -> GroundInput:
    if projection == 'pinhole':
        return GroundInput('pinhole', (64, 128), 90.0)
    return GroundInput('equirectangular', (64, 256), 360.0, 30.0, -60.0)


def _world(description: ModelDescription, camera_height_m: float) -> TinyWorld:
    ground = description.ground
    return TinyWorld(
        description.satellite.size, description.satellite.metres_per_pixel, ground.projection,
        ground.shape, math.radians(ground.horizontal_fov_deg), math.radians(ground.top_deg or 0.0),
        math.radians(ground.bottom_deg or 0.0), camera_height_m,
        description.ring is not None and description.ring.angle == 'counterclockwise')
