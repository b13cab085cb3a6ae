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

"""Graphs of cvlnet that lay colours of frames on the ground and correlate them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx_builder import OnnxBuilder
from tiny_graphs import CELL_PX, COLOURS, colours, RADIUS, TinyWorld

FRAMES = 4
FEATURES = 16
CHANNELS = 4


def write_cvlnet(folder: Path, world: TinyWorld) -> None:
    """Write the four graphs."""
    cells, side = world.cells, 2 * RADIUS + 1
    builder = OnnxBuilder({'images': ('batch', world.size, world.size, COLOURS)})
    features = _features(builder, CHANNELS, constant_channel=None)
    flat = builder.add('ReduceMean', features, builder.shape(1, 2, 3), keepdims=1)
    even = builder.add('Add', builder.add('Mul', flat, 0.0), builder.constant(
        np.ones((1, 1, side, side))))
    builder.save(folder / 'satellite.onnx', {
        'features': (features, ('batch', CHANNELS, cells, cells)),
        'uncertainty': (even, ('batch', 1, side, side))})
    rows, columns = world.shape[0] // CELL_PX, world.shape[1] // CELL_PX
    builder = OnnxBuilder({'images': ('batch', *world.shape, COLOURS)})
    builder.save(folder / 'ground.onnx', {'features': (
        _features(builder, FEATURES, constant_channel=COLOURS),
        ('batch', FEATURES, rows, columns))})
    _write_fuse(folder, world)
    _write_match(folder, world)


def _features(builder: OnnxBuilder, channels: int, constant_channel: int | None) -> str:
    """Return colours of cells, ``(B, channels, h, w)``; one channel may be 1 everywhere."""
    planes = builder.add('Transpose', colours(builder), perm=(0, 3, 1, 2))
    pooled = builder.add('AveragePool', planes, kernel_shape=(CELL_PX,) * 2,
                         strides=(CELL_PX,) * 2)
    bias = np.zeros(channels)
    if constant_channel is not None:
        bias[constant_channel] = 1.0
    weights = np.eye(channels, COLOURS)[:, :, None, None]
    return builder.add('Conv', pooled, builder.constant(weights), builder.constant(bias))


def _write_fuse(folder: Path, world: TinyWorld) -> None:
    """Write ``fuse.onnx``: the mean over the frames that see a cell."""
    cells = world.cells
    rows, columns = world.shape[0] // CELL_PX, world.shape[1] // CELL_PX
    builder = OnnxBuilder({
        'features': ('batch', FRAMES, FEATURES, rows, columns), 'intrinsics': ('batch', 4),
        'motion': ('batch', FRAMES, 3)})
    sampled = builder.add(
        'GridSample', builder.add(
            'Reshape', 'features', builder.shape(-1, FEATURES, rows, columns)),
        _places(builder, world), mode='bilinear', padding_mode='zeros', align_corners=0)
    total = builder.add('ReduceSum', builder.add(
        'Reshape', sampled, builder.shape(-1, FRAMES, FEATURES, cells, cells)),
        builder.shape(1), keepdims=0)
    summed, seen = (
        builder.add('Slice', total, builder.shape(first), builder.shape(last), builder.shape(1))
        for first, last in ((0, COLOURS), (COLOURS, COLOURS + 1)))
    mean = builder.add('Div', summed, builder.add('Max', seen, 0.25))
    ground = builder.add('Concat', mean, builder.add('Mul', seen, 0.0), axis=1)
    builder.save(folder / 'fuse.onnx', {'map': (ground, ('batch', CHANNELS, cells, cells))})


def _places(builder: OnnxBuilder, world: TinyWorld) -> str:
    """Return where the frames see the cells around the newest one, ``(4 N, c, c, 2)``."""
    cells, cell_m = world.cells, CELL_PX * world.metres_per_pixel
    axis = (np.arange(cells) + 0.5 - 0.5 * cells) * cell_m
    motion = builder.add('Reshape', 'motion', builder.shape(-1, 3, 1, 1))
    east, north, yaw = (
        builder.add('Slice', motion, builder.shape(part), builder.shape(part + 1),
                    builder.shape(1)) for part in range(3))
    east = builder.add('Sub', builder.constant(axis[None, None, None, :]), east)
    north = builder.add('Sub', builder.constant(-axis[None, None, :, None]), north)
    cosine, sine = builder.add('Cos', yaw), builder.add('Sin', yaw)
    ahead = builder.add('Add', builder.add('Mul', east, cosine), builder.add('Mul', north, sine))
    right = builder.add('Sub', builder.add('Mul', east, sine), builder.add('Mul', north, cosine))
    frames = builder.add('Reshape', builder.add(
        'Tile', builder.add('Reshape', 'intrinsics', builder.shape(-1, 1, 4)),
        builder.shape(1, FRAMES, 1)), builder.shape(-1, 4, 1, 1))
    focal_x, focal_y, centre_x, centre_y = (
        builder.add('Slice', frames, builder.shape(part), builder.shape(part + 1),
                    builder.shape(1)) for part in range(4))
    depth = builder.add('Max', ahead, 0.5)
    behind = builder.add('Mul', builder.add('Cast', builder.add('Less', ahead, 0.5), to=1), 1e3)
    column = _pixel(builder, builder.add('Mul', focal_x, right), depth, centre_x, world.shape[1])
    row = _pixel(builder, builder.add('Mul', focal_y, world.camera_height_m), depth, centre_y,
                 world.shape[0])
    grid = builder.add('Concat', builder.add('Add', column, behind), row, axis=1)
    return builder.add('Transpose', grid, perm=(0, 2, 3, 1))


def _pixel(builder: OnnxBuilder, scaled: str, depth: str, centre: str, side: int) -> str:
    """Return a pixel coordinate in [-1, 1], for ``GridSample`` without aligned corners."""
    pixel = builder.add('Add', builder.add('Div', scaled, depth), centre)
    return builder.add('Sub', builder.add(
        'Mul', builder.add('Add', pixel, 0.5), 2.0 / side), 1.0)


def _write_match(folder: Path, world: TinyWorld) -> None:
    """Write ``match.onnx``: cosine at 7x7 displacements, divided by the uncertainty."""
    cells, side = world.cells, 2 * RADIUS + 1
    builder = OnnxBuilder({
        'features': (1, CHANNELS, cells, cells), 'uncertainty': (1, 1, side, side),
        'map': ('batch', CHANNELS, cells, cells)})
    flat = builder.add('LpNormalization', builder.add(
        'Reshape', 'map', builder.shape(-1, CHANNELS * cells * cells)), axis=1, p=2)
    ground = builder.add('Reshape', flat, builder.shape(-1, CHANNELS, cells, cells))
    pads = (RADIUS,) * 4
    products = builder.add('Conv', 'features', ground, pads=pads)
    energy = builder.add('Conv', builder.add('Mul', 'features', 'features'), builder.constant(
        np.ones((1, CHANNELS, cells, cells))), pads=pads)
    scale = builder.add('Mul', builder.add('Sqrt', builder.add('Max', energy, 1e-6)),
                        'uncertainty')
    builder.save(folder / 'match.onnx', {
        'scores': (builder.add('Div', products, scale), (1, 'batch', side, side))})
