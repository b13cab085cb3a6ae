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

"""The graphs of a package run, each opened once, and keep on the device what stays there."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from scripted_sessions import images, Scripted
from synthetic_scene import OPTICAL_AXES, patterned_patch, rendered_frame, TRUTH
from tiny_packages import tiny_package

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import ConfigurationError, MatchingError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.matching.dense_matcher import DenseMatcher
from xview_loc.matching.graph_session import GraphSession
from xview_loc.matching.graph_signature import SIGNATURES
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_description import FAMILIES
from xview_loc.matching.onnx_session import OnnxSessions


@pytest.mark.parametrize('family', FAMILIES)
def test_all_families_run(tmp_path: Path, family: str) -> None:
    sessions = OnnxSessions(tiny_package(tmp_path / family, family), ['cpu'])
    sessions.warm_up()
    assert (sessions.provider, sessions.warnings) == ('cpu', ())


def test_nothing_is_opened_before_it_is_needed_and_once_only(package) -> None:
    script = Scripted()
    sessions = OnnxSessions(package, ['cpu'], open_graph=script)
    assert script.opened == []
    for _ in range(3):
        sessions.run('ground', images())
    assert script.opened == [('cpu', 'ground')]
    sessions.warm_up()
    assert script.opened == [('cpu', 'ground'), ('cpu', 'satellite')]


def test_wrong_inputs_are_no_failure_of_the_provider(package) -> None:
    script = Scripted()
    sessions = OnnxSessions(package, ['cpu'], open_graph=script)
    for wrong in ({'images': np.zeros((1, 5, 5, 3), np.uint8)}, {}, {'images': np.zeros(3)}):
        with pytest.raises(MatchingError, match='ground.onnx of the model untrained_safa failed'):
            sessions.run('ground', wrong)
    assert script.opened == [('cpu', 'ground')]
    assert sessions.warnings == ()


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
