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

from urllib.error import URLError

import pytest
import torch

from xview_loc.errors import ConfigurationError, LearningError
from xview_loc.learning.networks import imagenet_weights
from xview_loc.learning.networks.imagenet_weights import imagenet_state, NAMES
from xview_loc.learning.networks.resnet34_trunk import Resnet34Trunk


@pytest.mark.parametrize('trunk', NAMES)
def test_every_name_is_known_to_torchvision(trunk: str) -> None:
    assert imagenet_weights.get_weight(NAMES[trunk]).url.endswith('.pth')


def test_weights_come_from_a_file(tmp_path) -> None:
    source, target = Resnet34Trunk(), Resnet34Trunk()
    state = {**source.state_dict(), 'fc.weight': torch.zeros(1000, 512)}
    torch.save(state, tmp_path / 'resnet34.pth')
    target.load_imagenet(imagenet_state('resnet34', tmp_path / 'resnet34.pth'))
    assert torch.equal(target.conv1.weight, source.conv1.weight)


def test_a_missing_network_is_one_sentence(monkeypatch) -> None:
    class Unreachable:
        url = 'https://example.org/vgg16.pth'

        def get_state_dict(self, **options):
            raise URLError('no route')

    monkeypatch.setattr(imagenet_weights, 'get_weight', lambda name: Unreachable())
    with pytest.raises(LearningError, match='could not be had from .* start from random weights'):
        imagenet_state('vgg16')


def test_missing_broken_and_foreign_files_are_refused(tmp_path) -> None:
    with pytest.raises(LearningError, match='FileNotFoundError'):
        imagenet_state('vgg16', tmp_path / 'absent.pth')
    broken = tmp_path / 'broken.pth'
    broken.write_bytes(b'PK not a checkpoint')
    with pytest.raises(LearningError, match='does not hold readable weights'):
        imagenet_state('vgg16', broken)
    torch.save([1, 2], tmp_path / 'list.pth')
    with pytest.raises(LearningError, match='holds list'):
        imagenet_state('vgg16', tmp_path / 'list.pth')
    with pytest.raises(ConfigurationError, match='not those of a ResNet-34'):
        Resnet34Trunk().load_imagenet({'conv1.weight': torch.zeros(3)})
    with pytest.raises(LearningError, match="no ImageNet weights for 'alexnet'"):
        imagenet_state('alexnet')
