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


from copy import deepcopy
from pathlib import Path
import subprocess
import sys

import numpy as np
import onnx
import pytest
import torch
from torch import nn

import xview_loc
from xview_loc.errors import LearningError
from xview_loc.learning.checkpoint import Checkpoint
from xview_loc.learning.export.example_images import ExampleImages
from xview_loc.learning.export.graph import Graph
from xview_loc.learning.export.network_graphs import network_graphs
from xview_loc.learning.export.onnx_graph import write_onnx
from xview_loc.learning.export.parity import largest_difference
from xview_loc.learning.export.untrained import settle, untrained
from xview_loc.learning.export.write_package import write_package
from xview_loc.learning.families import FAMILIES
from xview_loc.learning.networks.oricnn import OriCnn, OriCnnConfig
from xview_loc.learning.presets import preset
from xview_loc.matching.model_origin import ModelCard
from xview_loc.matching.model_package import read_model_package

WITHOUT_TORCH = """
import sys
for name in ('torch', 'torchvision', 'onnxscript', 'onnx'):
    sys.modules[name] = None
from pathlib import Path
import numpy as np
import onnxruntime
from xview_loc.matching.model_package import read_model_package
package = read_model_package(Path(sys.argv[1]))
for graph in package.description.graphs:
    session = onnxruntime.InferenceSession(
        str(package.graph_path(graph)), providers=['CPUExecutionProvider'])
    kinds = {'tensor(uint8)': np.uint8, 'tensor(float)': np.float32}
    outputs = session.run(None, {
        item.name: np.ones([3 if isinstance(n, str) else n for n in item.shape],
                           kinds[item.type]) for item in session.get_inputs()})
    print(graph, *(item.name for item in session.get_inputs()), '->',
          *(f'{item.name}:{"x".join(map(str, value.shape))}'
            for item, value in zip(session.get_outputs(), outputs)))
"""
TILE = 'descriptors conv5_3 conv4_3 conv3_3 conv2_2 conv1_2'
ARCS = ' '.join(f'arc{index}' for index in range(6))
RINGS = 'rings place0 place1 place2 place3 place4 turn0 turn1 turn2 turn3 turn4'
NAMES = {
    'safa': ['satellite images -> descriptors:3x4096', 'ground images -> descriptors:3x4096'],
    'oricnn': ['satellite images -> descriptors:3x1536',
               'ground images heading -> descriptors:3x1536'],
    'stn_safa': ['satellite images -> descriptors:3x2048', 'ground images -> descriptors:3x2048'],
    'cvml': [
        'satellite images -> descriptors:3x4096x2x2 conv5_3:3x512x8x8 conv4_3:3x512x16x16 '
        'conv3_3:3x256x32x32 conv2_2:3x128x64x64 conv1_2:3x64x128x128',
        'ground images -> descriptors:3x4096',
        f'match ground {TILE} -> logits:3x1x128x128 cell_scores:3x1x2x2'],
    'ccvpe': [
        'satellite images -> rings:3x1280x4x4 place0:3x640x8x8 place1:3x320x16x16 '
        'place2:3x160x32x32 place3:3x80x64x64 place4:3x40x128x128 turn0:3x640x8x8 '
        'turn1:3x256x16x16 turn2:3x128x32x32 turn3:3x64x64x64 turn4:3x32x128x128',
        'ground images -> arc0:3x1280 arc1:3x640 arc2:3x320 arc3:3x160 arc4:3x80 arc5:3x40',
        f'match {ARCS} {RINGS} -> logits:3x1x256x256 field:3x2x256x256 matches:3x20x4x4'],
    'cvlnet': [
        'satellite images -> features:3x4x12x12 uncertainty:3x1x7x7',
        'ground images -> features:3x16x4x16',
        'fuse features intrinsics motion -> map:3x4x12x12',
        'match features uncertainty map -> scores:1x3x7x7'],
    'bev_net': ['ground channels weight rays -> gates:3x6x128x128']}


def tiny_oricnn() -> Checkpoint:
    """Return a network that is exported in seconds."""
    network = OriCnn(OriCnnConfig(ground_shape=(48, 96), satellite_size=64)).eval()
    settle(network)
    return Checkpoint('oricnn', network, preset('oricnn', True).deployment, ModelCard('', ''))


@pytest.fixture(scope='module')
def written(tmp_path_factory):
    """Return the package of a tiny network, what it was told about progress, and the network."""
    torch.manual_seed(0)
    source, told = tiny_oricnn(), []
    folder = tmp_path_factory.mktemp('packages') / 'a' / 'oricnn'
    package = write_package(
        source, folder, 'tiny', progress=lambda *arguments: told.append(arguments))
    return package, told, source


def test_a_package_is_complete_and_says_what_it_is(written) -> None:
    package, told, _ = written
    assert sorted(path.name for path in package.folder.iterdir()) == [
        'ground.onnx', 'model.yaml', 'satellite.onnx']
    assert [path.name for path in package.folder.parent.iterdir()] == ['oricnn']
    description = read_model_package(package.folder).description
    assert (description.name, description.family, description.trained, description.opset) == (
        'tiny', 'oricnn', True, 18)
    assert 0.0 < description.parity.float32_max_abs < 1e-5
    assert [done for _, done, _ in told] == [0, 1, 2, 3, 4] and told[0][2] == 4
    for path in package.folder.glob('*.onnx'):
        assert [(entry.domain, entry.version) for entry in onnx.load(path).opset_import] == [
            ('', 18)]


def test_a_package_does_not_show_where_it_was_made(written) -> None:
    for path in written[0].folder.iterdir():
        assert str(Path(xview_loc.__file__).parent).encode() not in path.read_bytes()


def test_a_float16_package_is_half_as_large_and_says_how_far_it_is(written, tmp_path) -> None:
    package, _, source = written
    half = write_package(source, tmp_path / 'half', 'tiny_float16', precision='float16')
    parity = half.description.parity
    assert half.description.precision == 'float16'
    assert parity.float32_max_abs < 1e-5 < parity.float16_max_abs < 1e-2
    assert half.size_bytes < 0.55 * package.size_bytes


def test_an_unknown_precision_is_refused(written, tmp_path) -> None:
    with pytest.raises(LearningError, match="'int8'; it must be one of float32, float16"):
        write_package(written[2], tmp_path / 'a', 'tiny', precision='int8')
    assert not (tmp_path / 'a').exists()


def test_what_is_there_already_is_not_overwritten(written) -> None:
    package, _, source = written
    with pytest.raises(LearningError, match='is there already'):
        write_package(source, package.folder, 'tiny')


def test_a_graph_that_is_not_its_module_is_found(written) -> None:
    package, _, source = written
    network = deepcopy(source.network)
    satellite, ground = network_graphs(network)
    assert largest_difference(ground, package.graph_path('ground')) < 1e-5
    with torch.no_grad():
        network.satellite.encoder.convolutions[0].weight[0, 0, 0, 0] += 0.5
    with pytest.raises(LearningError, match='satellite.descriptors for 1 of noise differs by'):
        largest_difference(satellite, package.graph_path('satellite'))


def test_a_graph_that_divides_by_zero_is_found(tmp_path) -> None:
    class Inverse(nn.Module):

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return 1.0 / (images.float().amax(dim=(1, 2, 3)) - 255.0)

    graph = Graph('satellite', Inverse(), ('descriptors',), lambda images, batch: {
        'images': torch.full((batch, 4, 4, 3), 255, dtype=torch.uint8)})
    write_onnx(graph, tmp_path / 'a.onnx')
    with pytest.raises(LearningError, match='not finite'):
        largest_difference(graph, tmp_path / 'a.onnx')


def test_example_images_differ_within_a_batch_and_repeat() -> None:
    for kind in ExampleImages:
        images = kind(3, 20, 33)
        assert images.shape == (3, 20, 33, 3) and images.dtype == torch.uint8
        assert torch.equal(images, kind(3, 20, 33))
        assert not torch.equal(images[0], images[1]) and images.float().std() > 30


def test_the_same_seed_gives_the_same_weights_and_leaves_the_generator_alone() -> None:
    state = torch.get_rng_state()
    first, again, other = (untrained('oricnn', True, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    pairs = [[value for name, value in one.network.state_dict().items() if 'weight' in name]
             for one in (first, again, other)]
    assert all(map(torch.equal, pairs[0], pairs[1]))
    assert not any(map(torch.equal, pairs[0][:3], pairs[2][:3]))


@pytest.mark.parametrize('family', ['ccvpe', 'stn_safa', 'oricnn'])
def test_untrained_networks_tell_images_apart(family) -> None:
    network = untrained(family, True).network
    graph = network_graphs(network)[0]
    first = list(graph.run(graph.inputs(ExampleImages.NOISE, 1)).values())[0].flatten()
    second = list(graph.run(graph.inputs(ExampleImages.STRUCTURE, 1)).values())[0].flatten()
    assert nn.functional.cosine_similarity(first, second, dim=0) < 0.99
    assert np.isfinite(first.numpy()).all() and first.std() > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize('family', FAMILIES)
def test_every_family_runs_where_there_is_no_torch(family, tmp_path) -> None:
    package = write_package(
        untrained(family, small=True), tmp_path / 'package', f'untrained_{family}', trained=False)
    assert package.description.parity.float32_max_abs < 5e-5
    result = subprocess.run(
        [sys.executable, '-c', WITHOUT_TORCH, str(package.folder)], cwd=Path(__file__).parents[3],
        capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == NAMES[family]
