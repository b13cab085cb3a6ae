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
from synthetic_scene import OPTICAL_AXES, patterned_patch, rendered_frame, TRUTH
from tiny_packages import tiny_package
import yaml

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import ConfigurationError, MatchingError, ModelPackageError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.matching.dense_matcher import DenseMatcher
from xview_loc.matching.graph_session import GraphSession, SessionSettings
from xview_loc.matching.graph_signature import SIGNATURES
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_description import FAMILIES
from xview_loc.matching.model_package import read_model_package, write_model_package
from xview_loc.matching.onnx_session import OnnxSessions

NVIDIA_DRIVER = Path('/proc/driver/nvidia')


@pytest.fixture(scope='module')
def package(tmp_path_factory: pytest.TempPathFactory):
    """Return a small package."""
    return tiny_package(tmp_path_factory.mktemp('models') / 'safa', 'safa')


def images(seed: int = 0, batch: int = 2) -> dict[str, np.ndarray]:
    """Return input of the ground graph."""
    random = np.random.default_rng(seed)
    return {'images': random.integers(0, 255, (batch, 64, 256, 3), dtype=np.uint8)}


class Scripted:
    """
    Opens real sessions on the CPU, whatever provider they are asked for, and lets some fail.

    :param open_faults: number of failures to open by provider.
    :param run_faults: number of failures to run by provider.
    """

    def __init__(self, open_faults=(), run_faults=()):
        self.opened = []
        self._open_faults, self._run_faults = dict(open_faults), dict(run_faults)

    def __call__(self, settings: SessionSettings):
        self.opened.append((settings.provider, settings.path.stem))
        self._fail(self._open_faults, settings.provider, 'the device is gone')
        session = GraphSession(SessionSettings(settings.path, 'cpu', {}, settings.threads))
        original = session.run

        def run(inputs, keep=False):
            self._fail(self._run_faults, settings.provider, 'out of memory.\n  More detail')
            return original(inputs, keep)

        session.provider, session.run = settings.provider, run
        return session

    @staticmethod
    def _fail(faults, provider, message):
        if faults.get(provider, 0):
            faults[provider] -= 1
            raise RuntimeError(message)


@pytest.fixture
def every_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let onnxruntime claim to have all providers."""
    monkeypatch.setattr(onnxruntime, 'get_available_providers', lambda: [
        'TensorrtExecutionProvider', 'CUDAExecutionProvider', 'CPUExecutionProvider'])


@pytest.mark.parametrize('family', FAMILIES)
def test_all_families_run(tmp_path: Path, family: str) -> None:
    sessions = OnnxSessions(tiny_package(tmp_path / family, family), ['cpu'])
    sessions.warm_up()
    assert (sessions.provider, sessions.warnings) == ('cpu', ())


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


def test_nothing_is_opened_before_it_is_needed_and_once_only(package) -> None:
    script = Scripted()
    sessions = OnnxSessions(package, ['cpu'], open_graph=script)
    assert script.opened == []
    for _ in range(3):
        sessions.run('ground', images())
    assert script.opened == [('cpu', 'ground')]
    sessions.warm_up()
    assert script.opened == [('cpu', 'ground'), ('cpu', 'satellite')]


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


def test_wrong_inputs_are_no_failure_of_the_provider(package) -> None:
    script = Scripted()
    sessions = OnnxSessions(package, ['cpu'], open_graph=script)
    for wrong in ({'images': np.zeros((1, 5, 5, 3), np.uint8)}, {}, {'images': np.zeros(3)}):
        with pytest.raises(MatchingError, match='ground.onnx of the model untrained_safa failed'):
            sessions.run('ground', wrong)
    assert script.opened == [('cpu', 'ground')]
    assert sessions.warnings == ()


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


def test_file_cut_short_is_one_sentence(tmp_path: Path) -> None:
    made = tiny_package(tmp_path / 'safa', 'safa')
    path = made.graph_path('ground')
    path.write_bytes(path.read_bytes()[:5000])
    # The description is made anew: the checksum fits, the graph is broken all the same.
    package = write_model_package(made.folder, made.description)
    with pytest.raises(ModelPackageError, match=r'ground\.onnx cannot be opened') as error:
        OnnxSessions(package, ['cpu']).warm_up()
    assert '\n' not in str(error.value)


def test_graph_of_another_family_is_refused(tmp_path: Path) -> None:
    package = tiny_package(tmp_path / 'safa', 'safa')
    other = tiny_package(tmp_path / 'oricnn', 'oricnn')
    package.graph_path('ground').write_bytes(other.graph_path('ground').read_bytes())
    with pytest.raises(ModelPackageError, match='has the inputs images, heading; safa needs'):
        OnnxSessions(package, ['cpu']).warm_up()


def test_image_size_of_description_and_graph_must_agree(tmp_path: Path) -> None:
    folder = tiny_package(tmp_path / 'safa', 'safa').folder
    content = yaml.safe_load((folder / 'model.yaml').read_text())
    content['ground']['shape'] = [32, 256]
    (folder / 'model.yaml').write_text(yaml.safe_dump(content))
    package = read_model_package(folder)
    with pytest.raises(ModelPackageError, match='model.yaml describes 32 rows and 256 columns'):
        OnnxSessions(package, ['cpu']).run('ground', images())


@pytest.mark.parametrize('family', ['cvml', 'ccvpe'])
def test_what_the_satellite_network_gave_stays_on_the_device(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str) -> None:
    # The device is the CPU's memory here: the path through the binding is the one of a GPU.
    monkeypatch.setattr(GraphSession, 'run', GraphSession.run_bound)
    sessions = OnnxSessions(tiny_package(tmp_path / family, family), ['cpu'])
    matcher = DenseMatcher(sessions.package, sessions)
    sessions.warm_up()
    sent: list[str] = []
    original = onnxruntime.IOBinding.bind_cpu_input
    monkeypatch.setattr(
        onnxruntime.IOBinding, 'bind_cpu_input',
        lambda self, name, array: sent.append(name) or original(self, name, array))
    patch = patterned_patch(seed=3)
    pose = np.eye(4)
    pose[:3, :3], pose[2, 3] = OPTICAL_AXES, 2.0
    frame = rendered_frame(
        patch, TRUTH, MountedCamera(EquirectangularCamera(512, 1024), pose))
    features = matcher.prepare(patch)
    for _ in range(2):
        matcher.match(FrameWindow((frame,)), features, SearchPrior(TRUTH, 4.0, 0.1))
    assert sent.count('images') >= 2
    assert set(sent) & set(SIGNATURES[family]['satellite'][1]) == set()


def test_threads_must_be_positive(package) -> None:
    with pytest.raises(ConfigurationError, match='threads is 0'):
        OnnxSessions(package, ['cpu'], threads=0)


def test_damaged_engine_cache_is_moved_away_told_and_built_again(
        package, every_provider, tmp_path: Path) -> None:
    sessions = OnnxSessions(package, engine_cache=tmp_path, open_graph=Scripted())
    sessions.warm_up()
    assert (sessions.provider, sessions.warnings) == ('tensorrt', ())
    folder = next(tmp_path.iterdir())
    assert [path.name for path in folder.iterdir()] == ['manifest.json']
    (folder / 'ground.engine').write_bytes(b'engine')
    (folder / 'manifest.json').write_text('{"ground.engine": "another checksum"}')
    again = OnnxSessions(package, engine_cache=tmp_path, open_graph=Scripted())
    again.warm_up()
    assert again.provider == 'tensorrt'
    assert 'ground.engine does not have its checksum' in again.warnings[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        folder.name, f'{folder.name}.damaged']


def test_engine_that_tensorrt_refuses_is_moved_away_too(
        package, every_provider, tmp_path: Path) -> None:
    first = OnnxSessions(package, engine_cache=tmp_path, open_graph=Scripted())
    first.warm_up()
    folder = next(tmp_path.iterdir())
    (folder / 'new.engine').write_bytes(b'of another release')
    script = Scripted(open_faults={'tensorrt': 1})
    sessions = OnnxSessions(package, engine_cache=tmp_path, open_graph=script)
    sessions.run('ground', images())
    assert sessions.provider == 'tensorrt'
    assert 'the device is gone' in sessions.warnings[0]
    assert script.opened == [('tensorrt', 'ground')] * 2


def test_engine_cache_that_cannot_be_written_is_one_sentence(
        package, every_provider, tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    sessions = OnnxSessions(package, engine_cache=tmp_path / 'file', open_graph=Scripted())
    with pytest.raises(ConfigurationError, match='engine_cache .* cannot be used'):
        sessions.run('ground', images())
