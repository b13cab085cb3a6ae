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
from xview_loc.learning.networks.drop_block import DropBlock


@pytest.mark.parametrize(('shape', 'rate'), [((256, 256), 0.00099471), ((154, 231), 0.00104086)])
def test_drop_rate_is_that_of_the_specification(shape, rate) -> None:
    assert DropBlock().drop_rate(*shape) == pytest.approx(rate, abs=6e-9)


def test_squares_are_dropped_in_each_channel_and_the_rest_is_rescaled() -> None:
    images = torch.ones(4, 3, 154, 231)
    result = DropBlock()(images)
    kept = result > 0
    # Squares overlap, so that more than the nominal share survives.
    assert 0.8 < kept.float().mean().item() < 0.9
    assert result.mean().item() == pytest.approx(1.0, abs=1e-5)
    assert result[kept].unique().numel() == 1
    assert not torch.equal(kept[:, 0], kept[:, 1]) and not torch.equal(kept[0], kept[1])
    windows = torch.nn.functional.max_pool2d(1.0 - kept.float(), 1)
    runs = windows.unfold(3, 15, 1).amin(dim=-1).unfold(2, 15, 1).amin(dim=-1)
    covered = torch.nn.functional.max_pool2d(torch.nn.functional.pad(runs, (14,) * 4), 15, 1)
    assert torch.equal(covered > 0, ~kept)


def test_nothing_is_dropped_outside_training() -> None:
    images = torch.rand(1, 3, 40, 50)
    assert torch.equal(DropBlock().eval()(images), images)
    assert torch.equal(DropBlock(keep=1.0)(images), images)


def test_images_smaller_than_a_block_and_even_blocks_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='smaller than the 15 px block'):
        DropBlock()(torch.rand(1, 3, 14, 50))
    with pytest.raises(ConfigurationError, match='block is 4'):
        DropBlock(block=4)
