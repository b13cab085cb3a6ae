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

"""One graph on one provider; bound to the memory of a device it gives the same values."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tiny_packages import tiny_package

from xview_loc.matching.device_array import copy_on, DeviceArray
from xview_loc.matching.graph_session import (
    graph_inputs, GraphSession, RUNTIME_ERRORS, SessionSettings)

RANDOM = np.random.default_rng(4)


@pytest.fixture(scope='module')
def package(tmp_path_factory: pytest.TempPathFactory):
    """Return a package with a satellite and a match graph."""
    return tiny_package(tmp_path_factory.mktemp('models') / 'cvml', 'cvml')


def opened(package, graph: str) -> GraphSession:
    """Return a graph on the CPU."""
    return GraphSession(SessionSettings(package.graph_path(graph), 'cpu', {}))


def pixels(package, graph: str, batch: int = 2) -> dict[str, np.ndarray]:
    """Return random images."""
    shape = graph_inputs(package.graph_path(graph))['images'][1:]
    return {'images': RANDOM.integers(0, 255, (batch, *shape), dtype=np.uint8)}


def test_it_runs_and_names_the_outputs(package) -> None:
    outputs = opened(package, 'ground').run(pixels(package, 'ground', 3))
    assert outputs['descriptors'].shape == (3, 48)
    assert outputs['descriptors'].dtype == np.float32


@pytest.mark.parametrize('keep', [False, True])
def test_binding_to_a_device_changes_no_value(package, keep: bool) -> None:
    # The device is the CPU's memory here: the path through the binding is the one of a GPU.
    session, inputs = opened(package, 'satellite'), pixels(package, 'satellite', 1)
    plain, bound = session.run(inputs), session.run_bound(inputs, keep)
    assert set(plain) == set(bound)
    for name, values in plain.items():
        np.testing.assert_array_equal(values, bound[name])
        assert (copy_on(bound[name], 'cpu') is not None) == keep
        assert copy_on(bound[name], 'cuda') is None


def test_kept_values_are_taken_from_the_device(package, monkeypatch) -> None:
    satellite, match = opened(package, 'satellite'), opened(package, 'match')
    kept = satellite.run_bound(pixels(package, 'satellite', 1), keep=True)
    ground = opened(package, 'ground').run(pixels(package, 'ground'))['descriptors']
    expected = match.run({'ground': ground, **{name: np.array(v) for name, v in kept.items()}})
    sent = []
    original = onnxruntime.IOBinding.bind_cpu_input
    monkeypatch.setattr(
        onnxruntime.IOBinding, 'bind_cpu_input',
        lambda self, name, array: sent.append(name) or original(self, name, array))
    bound = match.run_bound({'ground': ground, **kept}, keep=False)
    np.testing.assert_array_equal(bound['logits'], expected['logits'])
    assert sent == ['ground']


def test_kept_values_serve_another_provider_too(package) -> None:
    kept = opened(package, 'satellite').run_bound(pixels(package, 'satellite', 1), keep=True)
    ground = opened(package, 'ground').run(pixels(package, 'ground'))['descriptors']
    match = opened(package, 'match')
    plain = match.run({'ground': ground, **{name: np.array(v) for name, v in kept.items()}})
    np.testing.assert_array_equal(
        match.run({'ground': ground, **kept})['logits'], plain['logits'])


def test_what_is_made_of_a_kept_array_is_not_on_the_device(package) -> None:
    kept = opened(package, 'satellite').run_bound(pixels(package, 'satellite', 2), keep=True)
    array = kept['descriptors']
    assert isinstance(array, DeviceArray)
    for made in (array[:1], array + 1.0, array.astype(np.float16), array.copy()):
        assert copy_on(made, 'cpu') is None
    with pytest.raises(ValueError, match='read-only'):
        array[0] = 0.0


def test_example_runs(package) -> None:
    for graph in package.description.graphs:
        session = opened(package, graph)
        assert session.run(session.example())


@pytest.mark.parametrize('content', [b'', b'no graph at all', None])
def test_broken_file_raises_an_error_that_is_known(package, tmp_path: Path, content) -> None:
    path = tmp_path / 'broken.onnx'
    whole = package.graph_path('ground').read_bytes()
    path.write_bytes(whole[:len(whole) // 2] if content is None else content)
    with pytest.raises(RUNTIME_ERRORS):
        GraphSession(SessionSettings(path, 'cpu', {}))


def test_waiting_threads_sleep(package, monkeypatch) -> None:
    entries = []
    original = onnxruntime.SessionOptions.add_session_config_entry
    monkeypatch.setattr(
        onnxruntime.SessionOptions, 'add_session_config_entry',
        lambda self, key, value: entries.append((key, value)) or original(self, key, value))
    opened(package, 'ground')
    assert ('session.intra_op.allow_spinning', '0') in entries
