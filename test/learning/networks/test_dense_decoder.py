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
from torch.nn import functional

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.cell_wise_pooling import CellWisePooling
from xview_loc.learning.networks.dense_decoder import DenseDecoder, SameTransposedConvolution


def test_decoder_has_the_parameters_of_the_specification() -> None:
    assert sum(weight.numel() for weight in DenseDecoder(4097).parameters()) == 49_942_865


def test_transposed_convolution_is_the_adjoint_of_the_same_padded_convolution() -> None:
    up = SameTransposedConvolution(2, 3).double()
    small = torch.rand(1, 2, 3, 5, dtype=torch.float64)
    large = torch.rand(1, 3, 6, 10, dtype=torch.float64)
    # SAME pads an even size by nothing before and one after
    down = functional.conv2d(functional.pad(large, (0, 1, 0, 1)), up.weight, stride=2)
    bias = (up.bias[None, :, None, None] * large).sum()
    torch.testing.assert_close((up(small) * large).sum() - bias, (small * down).sum())


def test_every_cell_is_pooled_alone_with_the_same_weights() -> None:
    pooling = CellWisePooling(block=4, maps=8)
    assert sum(weight.numel() for weight in pooling.parameters()) == 2_240
    features = torch.rand(2, 6, 8, 12)
    cells = pooling(features)
    assert tuple(cells.shape) == (2, 48, 2, 3)
    for row, column in ((0, 0), (1, 0), (1, 2)):
        block = features[:, :, 4 * row:4 * row + 4, 4 * column:4 * column + 4]
        torch.testing.assert_close(cells[:, :, row, column], pooling.pooling(block))


def test_maps_that_blocks_do_not_fill_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='8x10'):
        CellWisePooling(block=4)(torch.rand(1, 6, 8, 10))
