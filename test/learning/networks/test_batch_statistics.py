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

import torch
from torch import nn

from xview_loc.learning.networks.batch_statistics import settle_batch_statistics


def test_statistics_become_the_mean_over_the_batches_shown_and_nothing_else_changes() -> None:
    module = nn.Sequential(nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2, momentum=0.01)).train()
    batches = [torch.randn(4, 2, 3, 3) + offset for offset in (0.0, 5.0)]
    before = module[0].weight.clone()
    settle_batch_statistics(module, lambda: [module(batch) for batch in batches])
    with torch.no_grad():
        means = torch.stack([module[0](batch).mean(dim=(0, 2, 3)) for batch in batches])
    torch.testing.assert_close(module[1].running_mean, means.mean(dim=0))
    assert module[1].momentum == 0.01 and not module[1].training and not module.training
    assert torch.equal(module[0].weight, before)


def test_dropout_is_off_while_statistics_are_taken() -> None:
    module = nn.Sequential(nn.Dropout(0.5), nn.BatchNorm2d(1))
    settle_batch_statistics(module, lambda: module(torch.ones(1, 1, 8, 8)))
    torch.testing.assert_close(module[1].running_mean, torch.ones(1))
