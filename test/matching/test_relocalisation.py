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

"""A place is found in a whole map, exactly where the map is small and nearly so where large."""

import builtins
import time

import numpy as np
import pytest

from xview_loc.errors import MatchingError
from xview_loc.matching.cell_window import CellWindow
from xview_loc.matching.descriptor_map import DescriptorMap
from xview_loc.matching.map_manifest import MapManifest
from xview_loc.matching.model_records import SatelliteInput
from xview_loc.matching.relocalisation import GlobalSearch

faiss = pytest.importorskip('faiss')


def described(window: CellWindow, dimension: int, seed=0) -> tuple[DescriptorMap, np.ndarray]:
    """Return a map whose descriptors have 64 strong directions, and noise in all others."""
    random = np.random.default_rng(seed)
    directions = random.standard_normal((64, dimension)).astype(np.float32)
    stored = DescriptorMap(
        MapManifest('tiny', 'a' * 64, dimension, window.spacing_m, SatelliteInput(64, 0.5)),
        most_bytes=2 ** 32)
    cells, values = window.cells, []
    for start in range(0, len(cells), 5000):
        part = cells[start:start + 5000]
        value = random.standard_normal((len(part), 64)).astype(np.float32) @ directions
        value += 4.0 * random.standard_normal(value.shape, dtype=np.float32)
        value /= np.linalg.norm(value, axis=1, keepdims=True)
        stored.put(part, value)
        values.append(value.astype(np.float16))
    return stored, np.concatenate(values)


def seen(values: np.ndarray, index: int, noise=0.5, seed=1) -> np.ndarray:
    """Return what a view of a cell might be described as."""
    random = np.random.default_rng(seed)
    query = values[index].astype(np.float32)
    query = query + noise / np.sqrt(len(query)) * random.standard_normal(len(query))
    return (query / np.linalg.norm(query)).astype(np.float32)


@pytest.mark.parametrize('dimension', [48, 600])
def test_the_ten_best_are_those_of_a_full_comparison(dimension) -> None:
    window = CellWindow(5.0, -17, 9, 60, 50)
    stored, values = described(window, dimension)
    search = GlobalSearch(stored)
    for index in (0, 777, 2999):
        query = seen(values, index)
        scores = values.astype(np.float32) @ query
        expected = np.argsort(-scores)[:10]
        found = search.best(query[None])
        assert (found[0].row, found[0].column) == tuple(window.cells[index])
        assert (found[0].x, found[0].y) == (5.0 * found[0].column, -5.0 * found[0].row)
        got = {(place.row, place.column) for place in found}
        assert len(got & {tuple(cell) for cell in window.cells[expected].tolist()}) >= 9
        np.testing.assert_allclose(
            [place.score for place in found][:1], scores[expected[:1]], atol=1e-4)


def test_the_query_that_fits_is_named() -> None:
    window = CellWindow(5.0, 0, 0, 20, 20)
    stored, values = described(window, 48)
    queries = np.stack([seen(values, 3, seed=9) * 0.5, -values[123], seen(values, 123)])
    best = GlobalSearch(stored).best(queries, count=3)
    assert len(best) == 3 and best[0].query == 2
    assert (best[0].row, best[0].column) == tuple(window.cells[123])


def test_small_and_empty_maps() -> None:
    stored, values = described(CellWindow(5.0, 0, 0, 1, 3), 600)
    assert len(GlobalSearch(stored).best(values[:1].astype(np.float32))) == 3
    with pytest.raises(MatchingError, match='holds no descriptors'):
        GlobalSearch(DescriptorMap(stored.manifest))


def test_without_faiss_a_sentence_says_how_to_get_it(monkeypatch) -> None:
    real = builtins.__import__

    def missing(name, *arguments, **options):
        if name == 'faiss':
            raise ImportError(name)
        return real(name, *arguments, **options)

    stored, _ = described(CellWindow(5.0, 0, 0, 2, 2), 8)
    monkeypatch.setattr(builtins, '__import__', missing)
    with pytest.raises(MatchingError, match='pip install faiss-cpu'):
        GlobalSearch(stored)


@pytest.mark.slow
def test_ten_best_of_100_000_cells_in_under_50_ms_of_a_core() -> None:
    """One view takes 9 ms, for sixteen headings 25 ms; other processes are not counted."""
    window = CellWindow(5.0, -158, -158, 317, 316)
    stored, values = described(window, 4096)
    search = GlobalSearch(stored)
    random, threads = np.random.default_rng(2), faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        for count in (1, 16):
            elapsed, right = [], []
            for index in random.integers(0, len(values), 20):
                queries = -values[random.integers(0, len(values), count)].astype(np.float32)
                queries[-1] = seen(values, index)
                start = time.thread_time()
                best = search.best(queries)
                elapsed.append(time.thread_time() - start)
                right.append((best[0].row, best[0].column) == tuple(window.cells[index]))
            assert np.mean(right) == 1.0
            assert np.median(elapsed) < 0.05
    finally:
        faiss.omp_set_num_threads(threads)
