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

"""Compare an arc of directions with rings of directions at every rotation (CCVPE)."""

import torch
from torch import nn

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.unit_length import unit_length

FLOOR = 1e-8


class RollingMatch(nn.Module):
    """
    Cosine of an arc with a window of a ring, for all rotations of the ring at once.

    Bin i rolls the ring by ``-i * shift`` and compares its entries from ``start`` on. Instead of
    rolling the rings of all cells, the arc is laid out once at every rotation, so that the
    comparison is one matrix product.

    :param ring: entries of a ring, the channels of a cell.
    :param arc: entries of an arc, at most ``ring``.
    :param bins: number of rotations.
    :param shift: entries from one rotation to the next.
    :param centred: start the window in the middle of the ring minus half an arc, not at 0.
    """

    source: torch.Tensor
    mask: torch.Tensor

    def __init__(
            self, ring: int, arc: int, bins: int, shift: int, centred: bool = False) -> None:
        super().__init__()
        if not 0 < arc <= ring:
            raise ConfigurationError(
                f'an arc of {arc} entries and a ring of {ring}; the arc must fit into the ring.')
        start = ring // 2 - arc // 2 if centred else 0
        entry = torch.arange(ring)[None, :] - start - shift * torch.arange(bins)[:, None]
        entry = entry % ring
        # entries outside the window take the zero that is appended to the arc
        self.register_buffer('source', entry.clamp(max=arc), persistent=False)
        self.register_buffer('mask', (entry < arc).to(torch.float32), persistent=False)
        self.whole = arc == ring

    def forward(
            self, rings: torch.Tensor, arc: torch.Tensor, unit: bool = False) -> torch.Tensor:
        """
        Return the cosines.

        :param rings: of the cells, (B or 1, ring, h, w).
        :param arc: (B, arc).
        :param unit: the rings are of unit length, or zero.
        :return: (B, bins, h, w).
        """
        cells = rings.flatten(2)
        padded = torch.cat([unit_length(arc, floor=FLOOR), torch.zeros_like(arc[:, :1])], dim=1)
        products = padded[:, self.source] @ cells
        if unit and self.whole:
            return products.unflatten(2, rings.shape[2:])
        squares = cells.square()
        energy = squares.sum(dim=1, keepdim=True) if self.whole else self.mask @ squares
        cosines = products / energy.sqrt().clamp(min=FLOOR)
        return cosines.unflatten(2, rings.shape[2:])
