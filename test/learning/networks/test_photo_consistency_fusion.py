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

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.photo_consistency_fusion import (
    FrameAttention, PhotoConsistencyFusion, time_code)


def test_time_code_is_that_of_the_specification() -> None:
    code = time_code(2, 16)
    assert code[0].tolist() == [0.0, 1.0] * 8
    assert code[1].tolist() == pytest.approx([
        .841471, .540302, .310984, .950415, .099833, .995004, .031618, .999500, .010000, .999950,
        .003162, .999995, .001, 1.0, .000316, 1.0], abs=6e-7)


def test_fusion_has_the_parameters_of_the_specification() -> None:
    assert sum(weight.numel() for weight in PhotoConsistencyFusion().parameters()) == 32_480


def test_a_cell_attends_to_the_same_cell_of_all_frames_in_each_head() -> None:
    layer = FrameAttention()
    features = torch.rand(2, 3, 16, 4, 5)
    inputs = (features + time_code(3, 16)[:, :, None, None]).flatten(0, 1)
    query, key, value = (part(inputs).reshape(2, 3, 16, 4, 5)[1, :, :, 2, 3]
                         for part in (layer.query, layer.key, layer.value))
    mixed = torch.cat([
        torch.softmax(query[:, part] @ key[:, part].T / 8 ** 0.5, dim=1) @ value[:, part]
        for part in (slice(0, 8), slice(8, 16))], dim=1)
    seen: list[torch.Tensor] = []
    layer.output.register_forward_hook(lambda module, args, result: seen.append(args[0]))
    layer(features)
    torch.testing.assert_close(seen[0].reshape(2, 3, 16, 4, 5)[1, :, :, 2, 3], mixed)


def test_order_of_frames_matters_and_one_frame_is_enough() -> None:
    fusion = PhotoConsistencyFusion()
    features = torch.rand(1, 4, 16, 6, 6)
    assert not torch.allclose(fusion(features), fusion(features.flip(1)), atol=1e-6)
    assert tuple(fusion(features[:, :1]).shape) == (1, 16, 6, 6)


def test_channels_that_heads_cannot_share_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='18 channels'):
        FrameAttention(18, 4)
