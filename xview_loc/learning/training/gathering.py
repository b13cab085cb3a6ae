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

"""One set of answers from all processes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import distributed

from xview_loc.errors import LearningError

Answers = dict[str, np.ndarray]


def process_number() -> tuple[int, int]:
    """Return the number of this process and how many there are."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


def gathered(batches: Sequence[dict[str, torch.Tensor]], count: int) -> Answers:
    """
    Return the answers of all processes in the order of their samples.

    :param batches: of this process, each with ``index``.
    :param count: of the samples of all processes.
    :raises LearningError: when a sample was not answered.
    """
    names = sorted({name for batch in batches for name in batch})
    own = {name: np.concatenate([batch[name].detach().cpu().numpy() for batch in batches])
           for name in names}
    parts = [own]
    if process_number()[1] > 1:
        found: list = [None] * process_number()[1]
        distributed.all_gather_object(found, own)
        parts = [part for part in found if part]
    index = np.concatenate([part['index'] for part in parts])
    order = np.unique(index, return_index=True)[1]
    if len(order) != count:
        raise LearningError(f'{count} samples were asked and {len(order)} answered.')
    names = [name for name in parts[0] if name != 'index']
    return {name: np.concatenate([part[name] for part in parts])[order] for name in names}


def descriptors_of_all(*local: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """
    Return the descriptors of the whole batch where several processes hold parts of it.

    Gradients flow back to the process that a descriptor came from, so that the loss, and after
    averaging its gradient times the number of processes, is that of one process with all pairs.

    :param local: tensors with the parts of this process first, all of one size in each process.
    """
    if process_number()[1] == 1:
        return local
    from torch.distributed.nn.functional import all_gather
    return tuple(torch.cat(all_gather(value.contiguous())) for value in local)
