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

"""Sums that normalise a loss, where several processes hold parts of the batch."""

import torch
from torch import distributed


def process_mean(value: torch.Tensor) -> torch.Tensor:
    """
    Return the mean of a value over all processes, without gradient; of one process, the value.

    A loss that is divided by a sum over its batch, such as that of weights, must be divided by the
    mean of the processes' sums: the average of their losses, and of their gradients, is then that
    of one process with the whole batch.

    :param value: of this process.
    """
    if not (distributed.is_available() and distributed.is_initialized()):
        return value
    shared = value.detach().clone()
    distributed.all_reduce(shared)
    return shared / distributed.get_world_size()
