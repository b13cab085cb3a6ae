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

"""The synthetic satellite tile of the specifications."""

import torch


def patterned_tile(size: int) -> torch.Tensor:
    """Return the pattern as (1, 3, size, size) float64, 0 to 255."""
    row, column = torch.meshgrid(torch.arange(size), torch.arange(size), indexing='ij')
    channels = [3 * row + 5 * column, 7 * row + column, row * column]
    return torch.stack([channel % 256 for channel in channels])[None].double()
