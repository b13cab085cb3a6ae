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

"""One ONNX graph, opened on one execution provider."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
import sys
from typing import Any

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as native

from xview_loc.matching.device_array import copy_on, DeviceArray
from xview_loc.matching.execution_providers import DEVICE, provider_stack, PROVIDERS

ERRORS_ONLY = 3
# onnxruntime's own exceptions have no common base.
RUNTIME_ERRORS = (
    native.EngineError, native.EPFail, native.Fail, native.InvalidArgument, native.InvalidGraph,
    native.InvalidProtobuf, native.ModelLoaded, native.NoModel, native.NoSuchFile,
    native.NotImplemented, native.RuntimeException, RuntimeError)
WRONG_INPUTS = (native.InvalidArgument, ValueError, TypeError)


@dataclass(frozen=True)
class SessionSettings:
    """
    How a graph is to be opened.

    :param path: of the file.
    :param provider: that runs it.
    :param settings: of the provider.
    :param threads: of one run.
    """

    path: Path
    provider: str
    settings: Mapping[str, Any]
    threads: int = 1


class ProviderFailure(RuntimeError):
    """A provider of this onnxruntime does not start: a library or the device is missing."""


class GraphSession:
    """
    Runs a graph; on a device, inputs and outputs are bound to its memory.

    :param settings: how to open it.
    :raises ProviderFailure: when the provider does not start.
    """

    def __init__(self, settings: SessionSettings) -> None:
        """Open the graph; onnxruntime raises what it cannot read."""
        self.provider = settings.provider
        self._device = DEVICE[settings.provider]
        if self._device == 'cuda':
            _load_cuda()
        self._session = onnxruntime.InferenceSession(
            str(settings.path), _options(settings.threads),
            providers=provider_stack(settings.provider, settings.settings))
        # A run that fails must fail here: onnxruntime would go on without telling.
        self._session.disable_fallback()
        if PROVIDERS[settings.provider] not in self._session.get_providers():
            raise ProviderFailure('onnxruntime could not start it: a library or the device is '
                                  'missing')

    @property
    def inputs(self) -> dict[str, list[int | str | None]]:
        """Return the shapes of the inputs by name."""
        return {item.name: item.shape for item in self._session.get_inputs()}

    @property
    def outputs(self) -> list[str]:
        """Return the names of the outputs."""
        return [item.name for item in self._session.get_outputs()]

    def run(self, inputs: Mapping[str, Any], keep: bool = False) -> dict[str, np.ndarray]:
        """
        Run the graph.

        :param inputs: arrays by name.
        :param keep: leave the outputs on the device too, for runs that take them as inputs.
        :return: arrays by name; :class:`.DeviceArray` where kept on a device.
        """
        if self._device == 'cpu':
            return dict(zip(self.outputs, self._session.run(None, dict(inputs))))
        return self.run_bound(inputs, keep)

    def run_bound(self, inputs: Mapping[str, Any], keep: bool) -> dict[str, np.ndarray]:
        """Run with inputs and outputs bound to the memory of the device; see :meth:`run`."""
        binding = self._session.io_binding()
        for name, array in inputs.items():
            known = copy_on(array, self._device)
            if known is None:
                binding.bind_cpu_input(name, np.ascontiguousarray(array).view(np.ndarray))
            else:
                binding.bind_ortvalue_input(name, known)
        for name in self.outputs:
            binding.bind_output(name, self._device if keep else 'cpu')
        self._session.run_with_iobinding(binding)
        values = dict(zip(self.outputs, binding.get_outputs()))
        return {name: DeviceArray.of(value.numpy(), value) if keep else value.numpy()
                for name, value in values.items()}

    def example(self) -> dict[str, np.ndarray]:
        """Return inputs of ones for a batch of one: not zeros, which some graphs divide by."""
        return {item.name: np.ones([side if isinstance(side, int) else 1 for side in item.shape],
                                   np.uint8 if item.type == 'tensor(uint8)' else np.float32)
                for item in self._session.get_inputs()}


@cache
def _load_cuda() -> None:
    """Load the libraries of CUDA that pip has installed, which the system does not find."""
    if hasattr(onnxruntime, 'preload_dlls'):  # since 1.21
        with redirect_stdout(sys.stderr):  # where it prints what it did not find
            onnxruntime.preload_dlls()


def graph_inputs(path: Path) -> dict[str, list[int | str | None]]:
    """
    Return the shapes of the inputs of a graph without optimising it.

    :param path: of the file.
    """
    options = _options(1)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        str(path), options, providers=[PROVIDERS['cpu']])
    return {item.name: item.shape for item in session.get_inputs()}


def _options(threads: int) -> onnxruntime.SessionOptions:
    """Return options under which threads sleep while they wait."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    options.add_session_config_entry('session.inter_op.allow_spinning', '0')
    return options
