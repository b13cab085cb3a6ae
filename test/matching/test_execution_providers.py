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

"""Providers are taken in the order asked for, and what is missing is told."""

import onnxruntime
import pytest

from xview_loc.errors import ConfigurationError
from xview_loc.matching.execution_providers import (
    BATCHES, choose_providers, DEFAULT_PROVIDERS, provider_stack, tensorrt_settings)

EVERYTHING = ['TensorrtExecutionProvider', 'CUDAExecutionProvider', 'CPUExecutionProvider']


def offer(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let onnxruntime claim to have some providers."""
    monkeypatch.setattr(onnxruntime, 'get_available_providers', lambda: list(names))


def test_this_onnxruntime_has_the_cpu() -> None:
    assert choose_providers(['cpu']).names == ('cpu',)
    assert choose_providers(['cpu']).warnings == ()


def test_what_is_missing_is_left_out_with_a_sentence(monkeypatch) -> None:
    offer(monkeypatch, *EVERYTHING[1:])
    choice = choose_providers(['tensorrt', 'cpu'])
    assert choice.names == ('cpu',)
    assert choice.warnings == (
        'The provider tensorrt is not in this onnxruntime, which has cuda, cpu.',)
    assert choice.note == ''


def test_the_default_order_takes_what_is_there_without_a_warning(monkeypatch) -> None:
    offer(monkeypatch, EVERYTHING[2])
    choice = choose_providers(DEFAULT_PROVIDERS)
    assert (choice.names, choice.warnings) == (('cpu',), ())
    assert choice.note == 'This onnxruntime has cpu, and not tensorrt or cuda.'
    offer(monkeypatch, *EVERYTHING)
    assert choose_providers(DEFAULT_PROVIDERS).note == ''


def test_the_order_asked_for_counts(monkeypatch) -> None:
    offer(monkeypatch, *EVERYTHING)
    assert choose_providers(['cpu', 'tensorrt']).names == ('cpu', 'tensorrt')


@pytest.mark.parametrize('wanted', [[], ['gpu'], ['cpu', 'cpu']])
def test_wrong_names_are_refused(wanted) -> None:
    with pytest.raises(ConfigurationError, match='some of tensorrt, cuda, cpu, each once'):
        choose_providers(wanted)


def test_nothing_to_fall_back_on_is_refused(monkeypatch) -> None:
    offer(monkeypatch, EVERYTHING[2])
    with pytest.raises(ConfigurationError, match='none of the providers tensorrt, cuda; it has c'):
        choose_providers(['tensorrt', 'cuda'])


def test_nodes_that_a_provider_cannot_run_go_to_the_next(monkeypatch) -> None:
    offer(monkeypatch, *EVERYTHING)
    stack = provider_stack('tensorrt', {'trt_fp16_enable': True})
    assert [name for name, _ in stack] == EVERYTHING
    assert stack[0][1] == {'trt_fp16_enable': True}
    assert [name for name, _ in provider_stack('cpu', {})] == EVERYTHING[2:]


def test_tensorrt_builds_one_engine_for_all_batches(tmp_path) -> None:
    settings = tensorrt_settings(
        {'ground': ['batch', 48], 'descriptors': [1, 48, 4, 4], 'images': ['batch', 8, 9, 3]},
        'float16', tmp_path)
    assert settings['trt_fp16_enable'] is True
    assert settings['trt_profile_min_shapes'] == 'ground:1x48,images:1x8x9x3'
    assert settings['trt_profile_max_shapes'] == (
        f'ground:{BATCHES[2]}x48,images:{BATCHES[2]}x8x9x3')
    assert settings['trt_engine_cache_path'] == str(tmp_path)


def test_without_a_folder_no_engine_is_kept() -> None:
    settings = tensorrt_settings({'images': [1, 8, 9, 3]}, 'float32', None)
    assert settings == {'trt_fp16_enable': False}
