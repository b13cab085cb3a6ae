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

"""Model packages in the live matcher node: what fails is told, and the node goes on."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from ros_bench import overrides, RosBench
from sensor_msgs.msg import PointCloud2
from synthetic_scene import OPTICAL_AXES, patterned_patch, rendered_frame, TRUTH
from tiny_packages import tiny_package

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import ConfigurationError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.matching.graph_session import GraphSession
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_package import write_model_package
from xview_loc.ros.handover import Handover, MatchJob
from xview_loc.ros.heatmap_conversion import likelihood_from_heatmap
from xview_loc.ros.matcher_node import MatcherNode
from xview_loc.ros.qos import HEATMAP

pytestmark = pytest.mark.ros
STATE, INFERENCE = 'matcher: state', 'matcher: inference'
PATCH = patterned_patch(seed=3)


def job(stamp: float) -> MatchJob:
    """Return a job at the true pose, of a whole panorama."""
    mounting = np.eye(4)
    mounting[:3, :3] = OPTICAL_AXES
    mounting[2, 3] = 2.0
    camera = MountedCamera(EquirectangularCamera(512, 1024), mounting)
    frame = rendered_frame(PATCH, TRUTH, camera, stamp)
    return MatchJob(FrameWindow((frame,)), PATCH, SearchPrior(TRUTH, 6.0, 0.2), 0)


def start(bench: RosBench, model: Path, **parameters) -> tuple[MatcherNode, Handover]:
    """Start a node with a package and imagery of 0.2 m."""
    handover = Handover(imagery_metres_per_pixel=0.2)
    node = bench.add(MatcherNode(
        handover, parameter_overrides=overrides(model=str(model), **parameters)))
    return node, handover


def first_heatmap(bench: RosBench, handover: Handover) -> PointCloud2:
    """Hand over jobs until a heatmap arrives."""
    heatmaps = bench.collect(PointCloud2, 'heatmap', HEATMAP)
    stamps = iter(range(1, 100_000))
    bench.until(lambda: heatmaps, 'a heatmap', timeout=30.0,
                meanwhile=lambda: handover.take_job(job(float(next(stamps)))))
    return heatmaps[0]


def test_package_finds_the_pose_and_diagnostics_tell_the_provider(
        bench: RosBench, tmp_path: Path) -> None:
    package = tiny_package(tmp_path / 'cvml', 'cvml')
    node, handover = start(bench, package.folder, allow_untrained=True, providers=['cpu'])
    assert node.is_active
    likelihood = likelihood_from_heatmap(first_heatmap(bench, handover))
    assert likelihood.peak().distance_to(TRUTH) < 2.0
    bench.until(lambda: bench.value(INFERENCE, 'provider') == 'cpu', 'the provider')
    bench.until(lambda: bench.diagnostics[INFERENCE].level == b'\x00', 'no complaint')
    assert bench.value(INFERENCE, 'maps prepared') == '1'


def test_missing_provider_is_a_warning_and_the_next_one_works(
        bench: RosBench, tmp_path: Path) -> None:
    if 'CUDAExecutionProvider' in onnxruntime.get_available_providers():
        pytest.skip('this onnxruntime has CUDA')
    package = tiny_package(tmp_path / 'safa', 'safa')
    _, handover = start(bench, package.folder, allow_untrained=True, providers=['cuda', 'cpu'])
    assert first_heatmap(bench, handover)
    status = bench.until_diagnosed(INFERENCE, 'The provider cuda is not in this onnxruntime')
    assert status.level == b'\x01'
    assert bench.value(INFERENCE, 'provider') == 'cpu'


def test_default_providers_without_a_gpu_are_told_once_and_no_warning_stands(
        bench: RosBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(
        onnxruntime, 'get_available_providers', lambda: ['CPUExecutionProvider'])
    package = tiny_package(tmp_path / 'safa', 'safa')
    _, handover = start(bench, package.folder, allow_untrained=True)
    assert first_heatmap(bench, handover)
    bench.until(lambda: bench.value(INFERENCE, 'provider') == 'cpu', 'the provider')
    assert 'onnxruntime' not in bench.diagnostics[INFERENCE].message
    assert ''.join(capfd.readouterr()).count('and not tensorrt or cuda') == 1


def test_session_that_fails_in_use_is_replaced_and_the_matches_go_on(
        bench: RosBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str]) -> None:
    package = tiny_package(tmp_path / 'safa', 'safa')
    _, handover = start(bench, package.folder, allow_untrained=True, providers=['cpu'])
    original, faults = GraphSession.run, [RuntimeError('the device is gone')]

    def run(self, inputs, keep=False):
        if faults:
            raise faults.pop()
        return original(self, inputs, keep)

    monkeypatch.setattr(GraphSession, 'run', run)
    assert first_heatmap(bench, handover)
    assert not faults
    status = bench.until_diagnosed(INFERENCE, 'was opened again: the device is gone.')
    assert status.level == b'\x01'
    assert bench.value(INFERENCE, 'failures') == '0'
    bench.spin(0.2)
    assert capfd.readouterr().err.count('was opened again') == 1


@pytest.mark.parametrize('described_anew', [False, True])
def test_graph_cut_short_is_told_and_the_node_lives_to_be_configured_again(
        bench: RosBench, tmp_path: Path, described_anew: bool) -> None:
    package = tiny_package(tmp_path / 'safa', 'safa')
    path = package.graph_path('ground')
    whole = path.read_bytes()
    path.write_bytes(whole[:5000])
    if described_anew:
        write_model_package(package.folder, package.description)
    node, _ = start(bench, package.folder, allow_untrained=True, providers=['cpu'])
    assert node.state_name == 'unconfigured'
    status = bench.until_diagnosed(STATE, 'ground.onnx')
    assert status.level == b'\x02'
    assert ('cannot be opened' if described_anew else 'was cut short') in status.message
    path.write_bytes(whole)
    write_model_package(package.folder, package.description)
    node.start()
    assert node.is_active


def test_random_weights_are_refused_unless_allowed(bench: RosBench, tmp_path: Path) -> None:
    node, _ = start(bench, tiny_package(tmp_path / 'safa', 'safa').folder, providers=['cpu'])
    assert node.state_name == 'unconfigured'
    bench.until_diagnosed(STATE, 'untrained_safa has random weights')
    node.set_parameters(overrides(allow_untrained=True))
    node.start()
    assert node.is_active


def test_imagery_much_coarser_than_the_tiles_is_refused(bench: RosBench, tmp_path: Path) -> None:
    package = tiny_package(tmp_path / 'safa', 'safa', metres_per_pixel=0.09)
    node, _ = start(bench, package.folder, allow_untrained=True, providers=['cpu'])
    assert node.state_name == 'unconfigured'
    bench.until_diagnosed(STATE, 'The imagery has 0.2 m per pixel but the model untrained_safa')


def test_model_made_for_several_frames_says_so(bench: RosBench, tmp_path: Path) -> None:
    package = tiny_package(tmp_path / 'cvlnet', 'cvlnet')
    node, handover = start(bench, package.folder, allow_untrained=True, providers=['cpu'])
    assert handover.frames is not None
    assert (handover.frames.length, handover.frames.spacing_s) == (4, 0.3)
    node.trigger_deactivate()
    node.trigger_cleanup()
    assert handover.frames is None


def test_unknown_provider_is_refused_at_the_start(bench: RosBench) -> None:
    with pytest.raises(ConfigurationError, match='some of tensorrt, cuda, cpu'):
        MatcherNode(Handover(), parameter_overrides=overrides(providers=['gpu']))
