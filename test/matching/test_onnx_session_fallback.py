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

"""What fails is replaced by the next provider, once, and told; the caller gets its answer."""

from pathlib import Path
from threading import Thread

import numpy as np
import onnxruntime
import pytest
from scripted_sessions import images, Scripted

from xview_loc.errors import MatchingError
from xview_loc.matching.graph_session import SessionSettings
from xview_loc.matching.onnx_session import OnnxSessions

NVIDIA_DRIVER = Path('/proc/driver/nvidia')


def test_cuda_on_a_machine_without_is_a_warning_and_runs(package) -> None:
    if 'CUDAExecutionProvider' in onnxruntime.get_available_providers():
        pytest.skip('this onnxruntime has CUDA')
    sessions = OnnxSessions(package, ['cuda', 'cpu'])
    assert sessions.run('ground', images())['descriptors'].shape == (2, 48)
    assert sessions.provider == 'cpu'
    assert sessions.warnings == ('The provider cuda is not in this onnxruntime, which has cpu.',)


def test_default_on_a_machine_without_a_gpu_is_no_warning(package, monkeypatch) -> None:
    monkeypatch.setattr(
        onnxruntime, 'get_available_providers', lambda: ['CPUExecutionProvider'])
    sessions = OnnxSessions(package)
    assert sessions.run('ground', images())['descriptors'].shape == (2, 48)
    assert (sessions.provider, sessions.warnings) == ('cpu', ())
    assert sessions.note == 'This onnxruntime has cpu, and not tensorrt or cuda.'


def test_provider_that_does_not_start_is_passed_over(package, every_provider) -> None:
    script = Scripted(open_faults={'tensorrt': 9, 'cuda': 9})
    sessions = OnnxSessions(package, open_graph=script)
    sessions.run('ground', images())
    assert sessions.provider == 'cpu'
    assert sessions.warnings == (
        'The provider tensorrt could not open ground.onnx (the device is gone); cuda is used '
        'instead.',
        'The provider cuda could not open ground.onnx (the device is gone); cpu is used instead.')


def test_all_graphs_are_warm_on_the_provider_that_is_left(package, every_provider) -> None:
    script = Scripted()

    def open_graph(settings: SessionSettings):
        if (settings.provider, settings.path.stem) == ('cuda', 'ground'):
            raise RuntimeError('no memory left')
        return script(settings)

    sessions = OnnxSessions(package, ['cuda', 'cpu'], open_graph=open_graph)
    sessions.warm_up()
    assert script.opened == [('cuda', 'satellite'), ('cpu', 'ground'), ('cpu', 'satellite')]
    sessions.run('satellite', {'images': np.zeros((1, 64, 64, 3), np.uint8)})
    assert len(script.opened) == 3


@pytest.mark.filterwarnings('ignore:Specified provider')
def test_onnxruntime_that_cannot_start_a_provider_goes_on_with_the_next(
        package, every_provider) -> None:
    if NVIDIA_DRIVER.exists():
        pytest.skip('this machine may start CUDA')
    sessions = OnnxSessions(package)
    assert sessions.run('ground', images())['descriptors'].shape == (2, 48)
    assert sessions.provider == 'cpu'
    assert len(sessions.warnings) == 2
    for name, warning in zip(('tensorrt', 'cuda'), sessions.warnings):
        assert warning.startswith(f'The provider {name} could not open ground.onnx (onnxruntime ')


def test_session_that_fails_in_use_is_rebuilt_on_the_next_provider(
        package, every_provider) -> None:
    script = Scripted(run_faults={'cuda': 1})
    sessions = OnnxSessions(package, ['cuda', 'cpu'], open_graph=script)
    expected = OnnxSessions(package, ['cpu']).run('ground', images(5))['descriptors']
    sessions_answer = sessions.run('ground', images(5))['descriptors']
    np.testing.assert_array_equal(sessions_answer, expected)
    assert script.opened == [('cuda', 'ground'), ('cpu', 'ground')]
    assert sessions.warnings == (
        'The provider cuda failed in ground.onnx (out of memory. More detail); cpu is used '
        'instead.',)


def test_the_last_provider_is_opened_again_once(package) -> None:
    script = Scripted(run_faults={'cpu': 1})
    sessions = OnnxSessions(package, ['cpu'], open_graph=script)
    assert sessions.run('ground', images())
    assert script.opened == [('cpu', 'ground')] * 2
    assert 'cpu failed in ground.onnx, which was opened again' in sessions.warnings[0]


def test_what_fails_twice_is_one_sentence_and_may_work_later(package) -> None:
    script = Scripted(run_faults={'cpu': 2})
    sessions = OnnxSessions(package, ['cpu'], open_graph=script)
    with pytest.raises(MatchingError) as error:
        sessions.run('ground', images())
    assert str(error.value) == (
        'ground.onnx of the model untrained_safa failed on cpu: out of memory. More detail.')
    assert sessions.run('ground', images())
    assert len(sessions.warnings) == 1


def test_threads_share_one_session_and_one_replacement(package, every_provider) -> None:
    script = Scripted(run_faults={'cuda': 1})
    sessions = OnnxSessions(package, ['cuda', 'cpu'], open_graph=script)
    answers: list[np.ndarray] = []
    threads = [Thread(target=lambda: answers.extend(
        sessions.run('ground', images())['descriptors'] for _ in range(20))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 80
    assert all(np.array_equal(answer, answers[0]) for answer in answers)
    assert script.opened == [('cuda', 'ground'), ('cpu', 'ground')]
