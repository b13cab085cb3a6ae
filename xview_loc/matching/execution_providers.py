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

"""Execution providers of ONNX Runtime: which are wanted, which are there, how each is set up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xview_loc.errors import ConfigurationError

PROVIDERS = {'tensorrt': 'TensorrtExecutionProvider', 'cuda': 'CUDAExecutionProvider',
             'cpu': 'CPUExecutionProvider'}
DEFAULT_PROVIDERS = tuple(PROVIDERS)
DEVICE = {'tensorrt': 'cuda', 'cuda': 'cuda', 'cpu': 'cpu'}
# Batches that TensorRT builds its engines for: one window, a round of headings, the most.
BATCHES = (1, 16, 64)


@dataclass(frozen=True)
class ProviderChoice:
    """
    What can be used of what was asked for.

    :param names: providers of this build in the order asked for; never empty.
    :param warnings: a sentence for every provider that was asked for by name and is left out.
    :param note: a sentence about those of the default order that are left out, or ''.
    """

    names: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    note: str = ''


def check_providers(wanted: Sequence[str]) -> None:
    """
    Refuse names that no provider has, without asking ONNX Runtime.

    :param wanted: of ``PROVIDERS``, the preferred one first.
    :raises ConfigurationError: when none, a repeated or an unknown one is asked for.
    """
    if not wanted or len(set(wanted)) != len(wanted) or not set(wanted) <= set(PROVIDERS):
        raise ConfigurationError(
            f'providers is {list(wanted)}; it must name some of {", ".join(PROVIDERS)}, each '
            'once.')


def _offered() -> set[str]:
    """Return the providers of this ONNX Runtime, which only networks need."""
    import onnxruntime
    return set(onnxruntime.get_available_providers())


def choose_providers(wanted: Sequence[str]) -> ProviderChoice:
    """
    Leave out the providers that this build of ONNX Runtime does not have.

    The default order means the best that there is: what it names and the build lacks is worth a
    note. Any other order asks for what it names, which is worth a warning.

    :param wanted: of ``PROVIDERS``, the preferred one first.
    :raises ConfigurationError: when none, a repeated or an unknown one is asked for, or none of
        them is there.
    """
    check_providers(wanted)
    there = _offered()
    names = tuple(name for name in wanted if PROVIDERS[name] in there)
    offered = ', '.join(name for name, full in PROVIDERS.items() if full in there)
    if not names:
        raise ConfigurationError(
            f'This onnxruntime has none of the providers {", ".join(wanted)}; it has {offered}.')
    missing = [name for name in wanted if name not in names]
    if missing and tuple(wanted) == DEFAULT_PROVIDERS:
        return ProviderChoice(names, note=(
            f'This onnxruntime has {offered}, and not {" or ".join(missing)}.'))
    return ProviderChoice(names, tuple(
        f'The provider {name} is not in this onnxruntime, which has {offered}.'
        for name in missing))


def provider_stack(name: str, settings: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """
    Return what a session is told: the provider and those that take the nodes it cannot run.

    :param name: of the provider.
    :param settings: of the provider itself.
    """
    following = {'tensorrt': ['cuda', 'cpu'], 'cuda': ['cpu'], 'cpu': []}[name]
    there = _offered()
    stack = [(PROVIDERS[name], dict(settings))]
    return stack + [(PROVIDERS[each], cuda_settings() if each == 'cuda' else {})
                    for each in following if PROVIDERS[each] in there]


def cuda_settings() -> dict[str, Any]:
    """Return settings that start quickly: choosing convolutions by trying them all takes long."""
    return {'cudnn_conv_algo_search': 'HEURISTIC', 'arena_extend_strategy': 'kSameAsRequested'}


def tensorrt_settings(inputs: Mapping[str, Sequence[int | str | None]], precision: str,
                      cache: Path | None) -> dict[str, Any]:
    """
    Return settings that build one engine for every batch, and keep it.

    Without explicit shapes TensorRT builds anew, for minutes, at every new size of the batch.

    :param inputs: shape by name; sides that are no number are batches.
    :param precision: of the package.
    :param cache: folder of the engines, or ``None`` to keep none.
    """
    settings: dict[str, Any] = {'trt_fp16_enable': precision == 'float16'}
    dynamic = {name: shape for name, shape in inputs.items()
               if not all(isinstance(side, int) for side in shape)}
    for bound, batch in zip(('min', 'opt', 'max'), BATCHES):
        if dynamic:
            settings[f'trt_profile_{bound}_shapes'] = ','.join(
                f'{name}:' + 'x'.join(str(side if isinstance(side, int) else batch)
                                      for side in shape)
                for name, shape in dynamic.items())
    if cache is not None:
        settings.update({
            'trt_engine_cache_enable': True, 'trt_engine_cache_path': str(cache),
            'trt_timing_cache_enable': True, 'trt_timing_cache_path': str(cache)})
    return settings
