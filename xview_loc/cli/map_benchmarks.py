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

"""Timed steps of descriptor maps, on random descriptors."""

from __future__ import annotations

import numpy as np

from xview_loc.cli.bench_result import BenchResult, median_ms
from xview_loc.matching.cell_window import CellWindow
from xview_loc.matching.descriptor_map import DescriptorMap
from xview_loc.matching.map_manifest import MapManifest
from xview_loc.matching.model_records import SatelliteInput
from xview_loc.matching.relocalisation import GlobalSearch

SEED = 7
SIDE, DIMENSION = 128, 1024
WINDOW = CellWindow(5.0, 50, 50, 20, 20)
BEST = 10


def _random_map() -> tuple[DescriptorMap, np.ndarray]:
    """Return a map in memory of 128 x 128 cells, and its descriptors of unit length."""
    cells = CellWindow(WINDOW.spacing_m, 0, 0, SIDE, SIDE).cells
    random = np.random.default_rng(SEED)
    descriptors = random.standard_normal((len(cells), DIMENSION), np.float32)
    descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
    stored = DescriptorMap(MapManifest(
        'made up', '0' * 64, DIMENSION, WINDOW.spacing_m, SatelliteInput(256, 0.25)))
    stored.put(cells, descriptors)
    return stored, descriptors


def map_window(repetitions: int) -> BenchResult:
    """Time reading 400 cells out of four blocks, beside slicing them out of one array."""
    stored, descriptors = _random_map()
    flat = descriptors.astype(np.float16).reshape(SIDE, SIDE, DIMENSION)
    rows = slice(WINDOW.first_row, WINDOW.first_row + WINDOW.rows)
    columns = slice(
        WINDOW.first_column, WINDOW.first_column + WINDOW.columns)
    return BenchResult(
        f'descriptor map, window of {len(WINDOW.cells)} cells',
        median_ms(lambda: stored.window(WINDOW), repetitions), peer='numpy slice',
        peer_value=median_ms(lambda: flat[rows, columns].copy(), repetitions), limit=2.0)


def map_search(repetitions: int) -> BenchResult:
    """Time finding the best ten of all cells through faiss, beside comparing all in full."""
    stored, descriptors = _random_map()
    search, query = GlobalSearch(stored), descriptors[SIDE:SIDE + 1]

    def in_full() -> np.ndarray:
        scores = (query @ descriptors.T)[0]
        best = np.argpartition(-scores, BEST)[:BEST]
        return best[np.argsort(-scores[best])]

    return BenchResult(
        f'descriptor map, best {BEST} of {SIDE * SIDE} cells',
        median_ms(lambda: search.best(query, BEST), repetitions), peer='numpy product',
        peer_value=median_ms(in_full, repetitions), limit=50.0)
