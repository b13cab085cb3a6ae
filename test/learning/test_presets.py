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


import pytest
import torch

from xview_loc.errors import LearningError
from xview_loc.learning.families import FAMILIES
from xview_loc.learning.presets import preset
from xview_loc.matching.model_description import graphs_of, ModelDescription
from xview_loc.matching.model_origin import ModelCard


@pytest.mark.parametrize('small', [False, True])
@pytest.mark.parametrize('family', FAMILIES)
def test_a_preset_makes_a_network_and_a_valid_description(family, small) -> None:
    chosen = preset(family, small)
    with torch.device('meta'):
        FAMILIES[family].network(chosen.config)
    use = chosen.deployment
    ModelDescription(
        1, 'a', family, True, 'float32', 18, use.satellite, use.ground, use.heading,
        ModelCard('', ''), retrieval=use.retrieval, camera_height_m=use.camera_height_m,
        ring=use.ring, birds_eye=use.birds_eye)
    assert use.ground.shape == chosen.config.ground_shape
    assert (use.window.length > 1) == ('fuse' in graphs_of(family))


def test_small_networks_see_64_metres() -> None:
    extents = [preset(family, True).deployment.satellite.extent_m for family in FAMILIES]
    assert extents == pytest.approx([64.0] * len(FAMILIES))


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(LearningError, match='choose one of safa, oricnn'):
        preset('resnet')
