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

"""
Graphs of the six families that compare colours of the ground in sectors around the camera.

They find poses on flat, patterned ground, in milliseconds. A descriptor holds the mean colour
of 16 sectors, sector j centred ``j * 22.5`` degrees clockwise from north (satellite) or from the
centre column (ground). Both sides weigh all ranges from the camera alike. Black pixels count as
not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
import math
from pathlib import Path

import numpy as np
from onnx_builder import OnnxBuilder

SECTORS = 16
COLOURS = 3
SIZE = SECTORS * COLOURS
NEAR_M = 2.5
CELL_PX = 4
SHARPNESS = 40.0
BLUR = 8.0
RADIUS = 3
SKIPS = {
    'cvml': {'conv5_3': 16, 'conv4_3': 8, 'conv3_3': 4, 'conv2_2': 2, 'conv1_2': 1},
    'ccvpe': {f'{part}{scale}': max(16 >> scale, 2) for part in ('place', 'turn')
              for scale in range(5)}}


@dataclass(frozen=True)
class TinyWorld:
    """What the graphs assume of tiles and cameras."""

    size: int
    metres_per_pixel: float
    projection: str
    shape: tuple[int, int]
    horizontal_fov: float
    top: float
    bottom: float
    camera_height_m: float
    counterclockwise: bool = False

    @property
    def cells(self) -> int:
        """Return the cells of a tile along a side."""
        return self.size // CELL_PX

    def satellite_sectors(self, side: int) -> np.ndarray:
        """Return the weight of the pixels of a square for every sector, ``(16, side, side)``."""
        axis = (np.arange(side) + 0.5 - 0.5 * side) * self.metres_per_pixel
        east, south = np.meshgrid(axis, axis)
        reach = np.hypot(east, south)
        seen = (reach >= NEAR_M) & (reach <= self.reach_m(side))
        return _normalised(
            _in_sectors(np.arctan2(east, -south)) * seen / np.maximum(reach, NEAR_M))

    def reach_m(self, side: int) -> float:
        """Return how far from the middle of a square the ground is compared [m]."""
        return 0.5 * side * self.metres_per_pixel

    def ground_sectors(self, side: int) -> np.ndarray:
        """Return the weight of the pixels of an image for every sector, ``(16, H, W)``."""
        azimuth, elevation = self.directions()
        reach = self.camera_height_m / np.tan(np.maximum(-elevation, 1e-6))
        seen = (reach >= NEAR_M) & (reach <= self.reach_m(side))
        return _normalised(
            _in_sectors(azimuth) * seen * (reach ** 2 + self.camera_height_m ** 2))

    def directions(self) -> tuple[np.ndarray, np.ndarray]:
        """Return azimuth (clockwise from the centre) and elevation of the pixels [rad]."""
        rows, columns = self.shape
        column = (np.arange(columns) + 0.5) / columns - 0.5
        row = (np.arange(rows) + 0.5) / rows
        if self.projection == 'equirectangular':
            return np.meshgrid(
                self.horizontal_fov * column, self.top + (self.bottom - self.top) * row)
        focal = 0.5 * columns / math.tan(0.5 * self.horizontal_fov)
        right, down = np.meshgrid(columns * column / focal, rows * (row - 0.5) / focal)
        return np.arctan(right), -np.arctan(down / np.hypot(1.0, right))


def _in_sectors(azimuth: np.ndarray) -> np.ndarray:
    """Return one-hot sectors along a new first axis."""
    index = np.round(azimuth * SECTORS / (2.0 * math.pi)).astype(int) % SECTORS
    return (index == np.arange(SECTORS)[:, None, None]).astype(np.float64)


def _normalised(weights: np.ndarray) -> np.ndarray:
    return weights / np.maximum(weights.sum(axis=(1, 2), keepdims=True), 1e-12)


def colours(builder: OnnxBuilder) -> str:
    """Return contrast to grey, zero where black, ``(B, H, W, 3)``."""
    images = builder.add('Cast', 'images', to=1)
    brightest = builder.add('ReduceMax', images, builder.shape(3), keepdims=1)
    seen = builder.add('Cast', builder.add('Greater', brightest, 0.5), to=1)
    return builder.add(
        'Mul', builder.add('Div', builder.add('Sub', images, 100.0), 50.0), seen)


def _pooled(builder: OnnxBuilder, weights: np.ndarray) -> str:
    """Return the mean colours of the sectors of images, ``(B, 16, 3)``."""
    pixels = weights[0].size
    flat = builder.add('Reshape', colours(builder), builder.shape(-1, pixels, COLOURS))
    return builder.add('MatMul', builder.constant(weights.reshape(SECTORS, pixels)), flat)


def _turned(builder: OnnxBuilder, sectors: str, heading: str) -> str:
    """Turn sectors clockwise by ``(B, 1, 1)`` headings, with a blur of about a sector."""
    angle = 2.0 * math.pi / SECTORS * np.arange(SECTORS)
    difference = builder.add(
        'Sub', builder.constant(angle[None, :, None] - angle[None, None, :]), heading)
    weight = builder.add('Exp', builder.add('Mul', builder.add('Cos', difference), BLUR))
    total = builder.add('ReduceSum', weight, builder.shape(2), keepdims=1)
    return builder.add('MatMul', builder.add('Div', weight, total), sectors)


def _unit(builder: OnnxBuilder, vectors: str, *shape: int) -> str:
    flat = builder.add('Reshape', vectors, builder.shape(*shape))
    return builder.add('LpNormalization', flat, axis=1, p=2)


def write_retrieval(folder: Path, world: TinyWorld, family: str) -> None:
    """Write ``satellite.onnx`` and ``ground.onnx`` of safa, stn_safa or oricnn."""
    for graph, weights in (('satellite', world.satellite_sectors(world.size)),
                           ('ground', world.ground_sectors(world.size))):
        oriented = family == 'oricnn' and graph == 'ground'
        inputs: dict = {'images': ('batch', *_image_shape(world, graph), COLOURS)}
        builder = OnnxBuilder({**inputs, 'heading': ('batch',)} if oriented else inputs)
        sectors = _pooled(builder, weights)
        if family == 'oricnn':
            heading = (builder.add('Reshape', 'heading', builder.shape(-1, 1, 1)) if oriented
                       else builder.constant(0.0))
            sectors = _turned(builder, sectors, heading)
        builder.save(folder / f'{graph}.onnx', {
            'descriptors': (_unit(builder, sectors, -1, SIZE), ('batch', SIZE))})


def _image_shape(world: TinyWorld, graph: str) -> tuple[int, int]:
    return (world.size, world.size) if graph == 'satellite' else world.shape


def _write_dense_satellite(folder: Path, world: TinyWorld, family: str) -> None:
    """Write ``satellite.onnx``: sectors around every cell, and pooled colours as skips."""
    side, cells = world.size // 2, world.cells
    builder = OnnxBuilder({'images': ('batch', world.size, world.size, COLOURS)})
    planes = builder.add('Transpose', colours(builder), perm=(0, 3, 1, 2))
    kernel = np.einsum('shw,cd->scdhw', world.satellite_sectors(side), np.eye(COLOURS))
    pad = (side - CELL_PX) // 2
    rings = builder.add(
        'Conv', planes, builder.constant(kernel.reshape(SIZE, COLOURS, side, side)),
        strides=(CELL_PX, CELL_PX), pads=(pad,) * 4)
    name = 'rings'
    if family == 'cvml':
        name, rings = 'descriptors', builder.add('LpNormalization', rings, axis=1, p=2)
    outputs = {name: (rings, ('batch', SIZE, cells, cells))}
    for skip, step in SKIPS[family].items():
        pooled = builder.add('AveragePool', planes, kernel_shape=(step,) * 2, strides=(step,) * 2)
        outputs[skip] = (pooled, ('batch', COLOURS, world.size // step, world.size // step))
    builder.save(folder / 'satellite.onnx', outputs)


def _match_inputs(world: TinyWorld, family: str) -> dict:
    """Return the shapes of what ``match.onnx`` takes from the satellite."""
    cells = 'descriptors' if family == 'cvml' else 'rings'
    sides = {skip: world.size // step for skip, step in SKIPS[family].items()}
    return {cells: (1, SIZE, world.cells, world.cells),
            **{skip: (1, COLOURS, side, side) for skip, side in sides.items()}}


def _enlarged(builder: OnnxBuilder, cells: str, world: TinyWorld, channels: int) -> str:
    sizes = builder.shape(1, channels, world.size, world.size)
    batch = builder.add('Slice', builder.add('Shape', cells), builder.shape(0), builder.shape(1))
    sizes = builder.add('Concat', batch, builder.add(
        'Slice', sizes, builder.shape(1), builder.shape(4)), axis=0)
    return builder.add('Resize', cells, '', '', sizes, mode='linear',
                       coordinate_transformation_mode='half_pixel')


def write_cvml(folder: Path, world: TinyWorld) -> None:
    """Write the three graphs of cvml."""
    _write_dense_satellite(folder, world, 'cvml')
    builder = OnnxBuilder({'images': ('batch', *world.shape, COLOURS)})
    sectors = _pooled(builder, world.ground_sectors(world.size // 2))
    builder.save(folder / 'ground.onnx', {
        'descriptors': (_unit(builder, sectors, -1, SIZE), ('batch', SIZE))})
    builder = OnnxBuilder({'ground': ('batch', SIZE), **_match_inputs(world, 'cvml')})
    cells = builder.add('Reshape', 'descriptors', builder.shape(SIZE, -1))
    side, size = world.cells, world.size
    scores = builder.add('Reshape', builder.add('MatMul', 'ground', cells),
                         builder.shape(-1, 1, side, side))
    logits = builder.add('Mul', _enlarged(builder, scores, world, 1), SHARPNESS)
    builder.save(folder / 'match.onnx', {
        'logits': (logits, ('batch', 1, size, size)),
        'cell_scores': (scores, ('batch', 1, side, side))})


def write_ccvpe(folder: Path, world: TinyWorld) -> None:
    """Write the three graphs of ccvpe; bin i is a heading of ``i * 22.5`` degrees clockwise."""
    _write_dense_satellite(folder, world, 'ccvpe')
    builder = OnnxBuilder({'images': ('batch', *world.shape, COLOURS)})
    sectors = _pooled(builder, world.ground_sectors(world.size // 2))
    mean = builder.add('ReduceMean', sectors, builder.shape(1), keepdims=0)
    flat = builder.add('Reshape', sectors, builder.shape(-1, SIZE))
    builder.save(folder / 'ground.onnx', {
        'arc0': (flat, ('batch', SIZE)),
        **{f'arc{scale}': (mean, ('batch', COLOURS)) for scale in range(1, 6)}})
    _write_ccvpe_match(folder, world)


def _write_ccvpe_match(folder: Path, world: TinyWorld) -> None:
    side, size = world.cells, world.size
    arcs = {f'arc{scale}': ('batch', SIZE if scale == 0 else COLOURS) for scale in range(6)}
    builder = OnnxBuilder({**arcs, **_match_inputs(world, 'ccvpe')})
    entry = (np.arange(SIZE)[None, :] - COLOURS * np.arange(SECTORS)[:, None]) % SIZE
    turned = builder.add('Gather', _unit(builder, 'arc0', -1, SIZE),
                         builder.constant(entry, 'int64'), axis=1)
    cells = builder.add('Reshape', builder.add('LpNormalization', 'rings', axis=1, p=2),
                        builder.shape(SIZE, -1))
    matches = builder.add('Reshape', builder.add('MatMul', turned, cells),
                          builder.shape(-1, SECTORS, side, side))
    best = builder.add('ReduceMax', matches, builder.shape(1), keepdims=1)
    logits = builder.add('Mul', _enlarged(builder, best, world, 1), SHARPNESS)
    share = builder.add('Softmax', builder.add(
        'Mul', _enlarged(builder, matches, world, SECTORS), SHARPNESS), axis=1)
    angle = 2.0 * math.pi / SECTORS * np.arange(SECTORS)
    sense = -1.0 if world.counterclockwise else 1.0
    unit = np.stack([np.cos(angle), sense * np.sin(angle)])[:, :, None, None]
    field = builder.add('LpNormalization', builder.add(
        'Conv', share, builder.constant(unit)), axis=1, p=2)
    builder.save(folder / 'match.onnx', {
        'logits': (logits, ('batch', 1, size, size)),
        'field': (field, ('batch', 2, size, size)),
        'matches': (matches, ('batch', SECTORS, side, side))})
