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


import json

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file
import torch

from xview_loc.errors import LearningError
from xview_loc.learning.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from xview_loc.learning.families import FAMILIES
from xview_loc.learning.networks.bev_net_config import BevNetConfig, BevNetKind
from xview_loc.learning.networks.ccvpe_config import CcvpeConfig
from xview_loc.learning.networks.cvlnet import CvlnetConfig
from xview_loc.learning.networks.cvml import CvmlConfig
from xview_loc.learning.networks.oricnn import OriCnnConfig
from xview_loc.learning.networks.safa import SafaConfig
from xview_loc.learning.networks.stn_safa import StnSafaConfig, Warp
from xview_loc.learning.presets import preset
from xview_loc.matching.model_origin import ModelCard

CARD = ModelCard(licence='Apache-2.0', training_data='a city that is not there')
TINY = {
    'safa': SafaConfig(ground_shape=(32, 64), satellite_size=64, polar_shape=None, maps=1),
    'oricnn': OriCnnConfig(ground_shape=(48, 96), satellite_size=64),
    'stn_safa': StnSafaConfig(
        warp=Warp.COMPOSED_AFFINE, ground_shape=(16, 32), satellite_size=56, polar_size=56,
        polar_shape=(16, 32), maps=1),
    'cvml': CvmlConfig(ground_shape=(32, 64), satellite_size=64, maps=1),
    'ccvpe': CcvpeConfig(ground_shape=(64, 640), satellite_size=64, yaw_prior=0.5),
    'cvlnet': CvlnetConfig(ground_shape=(32, 64), satellite_size=128),
    'bev_net': BevNetConfig(kind=BevNetKind.FREE, features=4)}


def checkpoint(family: str) -> Checkpoint:
    """Return a network of a size of its own."""
    return Checkpoint(
        family, FAMILIES[family].network(TINY[family]).eval(), preset(family, True).deployment,
        CARD, {'steps': 3})


@pytest.fixture(scope='module')
def oricnn(tmp_path_factory):
    """Return the file of an OriCNN."""
    path = tmp_path_factory.mktemp('checkpoints') / 'oricnn.safetensors'
    save_checkpoint(path, checkpoint('oricnn'))
    return path


def rewritten(source, path, weights=None, **changes):
    """Write a checkpoint with another header or other weights."""
    with safe_open(source, framework='pt') as file:
        header = json.loads(file.metadata()['xview_loc'])
    header.update(changes)
    save_file(load_file(source) if weights is None else weights, path,
              metadata={'xview_loc': json.dumps(header)})
    return path


@pytest.mark.parametrize('family', TINY)
def test_every_family_comes_back_as_it_was(family, tmp_path) -> None:
    before = checkpoint(family)
    save_checkpoint(tmp_path / 'new' / 'a.safetensors', before)
    after = load_checkpoint(tmp_path / 'new' / 'a.safetensors', family)
    assert after.network.config == TINY[family]
    assert (after.deployment, after.card, after.notes) == (before.deployment, CARD, {'steps': 3})
    assert not after.network.training
    own = after.network.state_dict()
    for name, value in before.network.state_dict().items():
        assert torch.equal(own[name], value)
    assert [path.name for path in (tmp_path / 'new').iterdir()] == ['a.safetensors']


def test_another_family_is_refused(oricnn, tmp_path) -> None:
    with pytest.raises(LearningError, match='holds a network of oricnn; safa was asked for'):
        load_checkpoint(oricnn, 'safa')
    with pytest.raises(LearningError, match="no network family 'resnet'"):
        load_checkpoint(rewritten(oricnn, tmp_path / 'a.safetensors', family='resnet'))


def test_weights_that_do_not_fit_are_named(oricnn, tmp_path) -> None:
    weights = load_file(oricnn)
    del weights['ground.encoder.convolutions.6.bias']
    weights['ground.encoder.convolutions.0.weight'] = torch.zeros(64, 3, 4, 4)
    weights['extra'] = torch.zeros(1)
    with pytest.raises(LearningError) as refusal:
        load_checkpoint(rewritten(oricnn, tmp_path / 'a.safetensors', weights))
    for part in ('convolutions.6.bias is missing', 'extra is not known',
                 'convolutions.0.weight is [64, 3, 4, 4] instead of [64, 5, 4, 4]'):
        assert part in str(refusal.value)


def test_a_header_that_makes_no_sense_is_refused(oricnn, tmp_path) -> None:
    path = tmp_path / 'a.safetensors'
    for changes, message in (
            ({'format': 2}, 'reads format 1'), ({'network': {'colour': 1}}, 'network.colour'),
            ({'network': None}, 'must be a mapping'), ({'deployment': {}}, 'deployment.satellite'),
            ({'network': {'satellite_size': 1}}, 'at least 2')):
        with pytest.raises(LearningError, match=message):
            load_checkpoint(rewritten(oricnn, path, **changes))


def test_an_unknown_choice_is_refused(tmp_path) -> None:
    path = tmp_path / 'a.safetensors'
    save_checkpoint(path, checkpoint('stn_safa'))
    with pytest.raises(LearningError, match="network.warp is 'bent'; it must be one of polar"):
        load_checkpoint(rewritten(path, tmp_path / 'b.safetensors', network={'warp': 'bent'}))


def test_files_that_are_no_checkpoints_are_refused(tmp_path) -> None:
    path = tmp_path / 'a.safetensors'
    with pytest.raises(LearningError, match='There is no checkpoint'):
        load_checkpoint(path)
    path.write_bytes(b'not at all')
    with pytest.raises(LearningError, match='no readable safetensors file'):
        load_checkpoint(path)
    save_file({'weight': torch.zeros(2)}, path)
    with pytest.raises(LearningError, match='no header of this package'):
        load_checkpoint(path)
