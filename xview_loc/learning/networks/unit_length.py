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

"""L2 normalisation with the floors that the specifications prescribe."""

import torch


def unit_length(values: torch.Tensor, dim: int = 1, floor: float = 1e-6) -> torch.Tensor:
    """
    Divide by the Euclidean norm, or by ``floor`` where the norm is smaller.

    A floor of 1e-6 on the norm is the ``sqrt(max(sum, 1e-12))`` of the TensorFlow methods.

    :param values: any shape.
    :param dim: axis along which to normalise.
    :param floor: smallest divisor.
    """
    norm = torch.linalg.vector_norm(values, dim=dim, keepdim=True)
    return values / norm.clamp(min=floor)
