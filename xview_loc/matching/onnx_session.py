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

"""The graphs of a model package, on the first execution provider that works."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
import onnxruntime

from xview_loc.errors import ConfigurationError, MatchingError, ModelPackageError
from xview_loc.matching.engine_cache import EngineCache, graphics_card
from xview_loc.matching.execution_providers import (
    choose_providers, cuda_settings, DEFAULT_PROVIDERS, tensorrt_settings)
from xview_loc.matching.graph_session import (
    graph_inputs, GraphSession, RUNTIME_ERRORS, SessionSettings, WRONG_INPUTS)
from xview_loc.matching.graph_signature import check_signature
from xview_loc.matching.model_package import ModelPackage

KEPT_GRAPH = 'satellite'
LONGEST_REASON = 200


class OnnxSessions:
    """
    Opens the graphs of a package when they are needed and runs them; safe to share by threads.

    All graphs run on one provider. When it cannot be started, or fails in use, the graphs are
    opened on the next one in order, the failed run is repeated once, and ``warnings`` tell.
    ``note`` tells what the default order names and this onnxruntime does not have.

    :param package: whose graphs they are.
    :param providers: names in order of preference: ``tensorrt``, ``cuda``, ``cpu``.
    :param engine_cache: folder for the engines of TensorRT; ``None`` builds them at every start,
        which takes minutes.
    :param threads: of one run on the CPU.
    :param open_graph: opens one graph.
    :raises ConfigurationError: when none of the providers is in this onnxruntime.
    """

    def __init__(self, package: ModelPackage, providers: Sequence[str] = DEFAULT_PROVIDERS,
                 engine_cache: Path | str | None = None, threads: int = 1, *,
                 open_graph: Callable[[SessionSettings], GraphSession] = GraphSession) -> None:
        """Choose the provider; open nothing yet."""
        if threads < 1:
            raise ConfigurationError(f'threads is {threads}; it must be positive.')
        self.package = package
        choice = choose_providers(providers)
        self._providers = list(choice.names)
        self.note = choice.note
        # A sentence a reason, so that a failure that repeats is told once.
        self._warnings = {sentence: sentence for sentence in choice.warnings}
        self._threads = threads
        self._open_graph = open_graph
        self._cache = None if not engine_cache else EngineCache(
            Path(engine_cache), package.name, (
                package.sha256, onnxruntime.__version__, 'tensorrt',
                package.description.precision, graphics_card()))
        self._cache_is_open = False
        self._lock = RLock()
        self._sessions: dict[str, GraphSession] = {}
        self._signed: set[str] = set()

    @property
    def provider(self) -> str:
        """Return the provider in use."""
        return self._providers[0]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what did not go as asked for, a sentence each."""
        with self._lock:
            return tuple(self._warnings.values())

    def run(self, graph: str, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """
        Run a graph.

        The outputs of ``satellite`` stay on the device as well: given to a later run as they are,
        they do not travel there again.

        :param graph: ``satellite``, ``ground``, ``match`` or ``fuse``.
        :param inputs: arrays by name.
        :return: arrays by name.
        :raises MatchingError: when the inputs are not those of the graph, or it fails twice.
        :raises ModelPackageError: when the graph cannot be opened.
        """
        session = self._session(graph)
        try:
            return session.run(inputs, graph == KEPT_GRAPH)
        except WRONG_INPUTS as error:
            raise MatchingError(self._failure(graph, session, error)) from error
        except RUNTIME_ERRORS as error:
            self._replace(graph, session, error)
        session = self._session(graph)
        try:
            return session.run(inputs, graph == KEPT_GRAPH)
        except (*RUNTIME_ERRORS, *WRONG_INPUTS) as error:
            raise MatchingError(self._failure(graph, session, error)) from error

    def warm_up(self) -> None:
        """
        Open every graph and run it once, so that the first match is as quick as the others.

        :raises ModelPackageError: when a graph cannot be opened or does not run.
        """
        warm = ''
        while warm != self.provider:
            warm = self.provider
            for graph in self.package.description.graphs:
                try:
                    self.run(graph, self._session(graph).example())
                except MatchingError as error:
                    raise ModelPackageError(str(error)) from error
        if self._cache is not None and self.provider == 'tensorrt':
            self._cache.seal()

    def _session(self, graph: str) -> GraphSession:
        """Return an open graph; try one provider after the other until it opens."""
        path = self.package.graph_path(graph)
        with self._lock:
            while graph not in self._sessions:
                try:
                    session = self._open(path)
                    self._check(graph, session)
                    self._sessions[graph] = session
                except RUNTIME_ERRORS as error:
                    if len(self._providers) == 1:
                        raise ModelPackageError(
                            f'{path} cannot be opened: {_reason(error)}.') from error
                    self._next_provider(f'could not open {graph}.onnx', error)
            return self._sessions[graph]

    def _open(self, path: Path) -> GraphSession:
        """Open a graph on the current provider; once more when the engine cache was at fault."""
        try:
            return self._open_graph(self._settings(path))
        except RUNTIME_ERRORS as error:
            if self._cache is None or self.provider != 'tensorrt' or self._cache.is_empty:
                raise
            self._warn('engine cache', self._cache.move_away(_reason(error)))
            return self._open_graph(self._settings(path))

    def _settings(self, path: Path) -> SessionSettings:
        """Return how to open a graph on the current provider."""
        provider, settings = self.provider, {}
        if provider == 'tensorrt':
            self._open_cache()
            settings = tensorrt_settings(
                graph_inputs(path), self.package.description.precision,
                None if self._cache is None else self._cache.folder)
        elif provider == 'cuda':
            settings = cuda_settings()
        return SessionSettings(path, provider, settings, self._threads)

    def _open_cache(self) -> None:
        """Make the engine cache ready, once."""
        if self._cache is None or self._cache_is_open:
            return
        try:
            self._warn('engine cache', self._cache.open())
        except OSError as error:
            raise ConfigurationError(
                f'engine_cache {self._cache.folder.parent} cannot be used: '
                f'{error.strerror or error}.') from error
        self._cache_is_open = True

    def _check(self, graph: str, session: GraphSession) -> None:
        """Compare a graph with the description, the first time it is open."""
        if graph not in self._signed:
            check_signature(self.package, graph, session.inputs, session.outputs)
            self._signed.add(graph)

    def _replace(self, graph: str, failed: GraphSession, error: Exception) -> None:
        """Forget sessions after one failed in use, unless another thread has done so."""
        with self._lock:
            if self._sessions.get(graph) is not failed:
                return
            if len(self._providers) > 1:
                self._next_provider(f'failed in {graph}.onnx', error)
                return
            del self._sessions[graph]
            self._warn(f'{self.provider} {graph}', (
                f'The provider {self.provider} failed in {graph}.onnx, which was opened again: '
                f'{_reason(error)}.'))

    def _next_provider(self, failure: str, error: Exception) -> None:
        """Give up the current provider and everything open on it."""
        given_up = self._providers.pop(0)
        self._sessions.clear()
        self._warn(given_up, (f'The provider {given_up} {failure} ({_reason(error)}); '
                              f'{self.provider} is used instead.'))

    def _warn(self, reason: str, sentence: str) -> None:
        if sentence:
            self._warnings[reason] = sentence

    def _failure(self, graph: str, session: GraphSession, error: Exception) -> str:
        return (f'{graph}.onnx of the model {self.package.name} failed on {session.provider}: '
                f'{_reason(error)}.')


def _reason(error: Exception) -> str:
    """Return the message of an exception as the short end of a sentence."""
    text = ' '.join(str(error).split()).rstrip('.') or type(error).__name__
    return text if len(text) <= LONGEST_REASON else f'{text[:LONGEST_REASON]} ...'
