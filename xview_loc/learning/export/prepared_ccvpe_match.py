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

"""
What is left of the decoders of CCVPE for each image, laid out for onnxruntime.

Three things beyond the algebra of :mod:`.prepared_ccvpe` save 6 % of a core's time: cosines of
features that are of unit length anyway, shares of the tile that are added within a convolution,
and few last channels that are not padded to 16. Merging the two layers of the steps after the
first as well would save a quarter of their products, but onnxruntime runs it slower: 357 ms as
transposed convolutions, 377 as one convolution for each of their four phases, 338 as they are.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from xview_loc.learning.export.prepared_ccvpe import FLOOR, JOINED
from xview_loc.learning.networks.ccvpe import Ccvpe
from xview_loc.learning.networks.skip_decoder import UpStep
from xview_loc.learning.networks.unit_length import unit_length


class PreparedStep(nn.Module):
    """
    What is left of a step that a skip connection is joined to.

    :param step: of a decoder.
    :param matches: of the first step, the channels that are not known yet.
    """

    taken: torch.Tensor

    def __init__(self, step: UpStep, matches: int | None = None) -> None:
        super().__init__()
        first, own = step.convolve[0], step.up.out_channels
        self.merged = matches is not None
        with torch.no_grad():
            up, weight = step.up.weight[:matches], first.weight[:, :own]
            if self.merged:
                # two taps of one after three of the other are four
                up = functional.conv2d(up, weight, padding=2)
        self.up = nn.Parameter(up.clone())
        self.first = None if self.merged else nn.Parameter(weight.clone())
        self.second = step.convolve[2]
        self.register_buffer('taken', torch.ones(first.out_channels, 1, 1, 1))

    def forward(self, features: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
        """
        Take the step.

        :param features: (B, C, h, w).
        :param known: what the tile adds, (B or 1, D, 2 h, 2 w).
        """
        if self.first is None:
            share = functional.conv_transpose2d(features, self.up, stride=2, padding=1)
        else:
            share = functional.conv2d(
                functional.conv_transpose2d(features, self.up, stride=2), self.first, padding=1)
        # onnxruntime adds what a convolution returns within the next one, an input only after it
        known = functional.conv2d(known, self.taken, groups=known.shape[1])
        return self.second(functional.relu(share + known))


class LastStep(nn.Module):
    """
    The last step of a decoder, whose one or two channels are sums of shifted products.

    onnxruntime pads the channels of a convolution to 16 but not those of a transposed one, which
    is the same with its weights turned by half.

    :param step: of a decoder.
    """

    def __init__(self, step: UpStep) -> None:
        super().__init__()
        self.up, self.first, thin = step.up, step.convolve[0], step.convolve[2]
        self.weight = nn.Parameter(thin.weight.detach().transpose(0, 1).flip(2, 3).contiguous())
        self.bias = thin.bias

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """
        Take the step.

        :param features: (B, C, h, w).
        :return: (B, D, 2 h, 2 w).
        """
        return functional.conv_transpose2d(
            functional.relu(self.first(self.up(features))), self.weight, self.bias, padding=1)


class PreparedMatch(nn.Module):
    """
    Matching and both decoders, given what :class:`PreparedSatellite` returns.

    :param network: in evaluation.
    """

    def __init__(self, network: Ccvpe) -> None:
        super().__init__()
        match = network.match
        self.considered, self.matches = match.considered, match.matches
        self.location = nn.ModuleList(
            [PreparedStep(match.location[0], 1), *map(PreparedStep, match.location[1:JOINED])])
        self.orientation = nn.ModuleList([
            PreparedStep(match.orientation[0], network.config.bins),
            *map(PreparedStep, match.orientation[1:JOINED])])
        self.last = nn.ModuleList(
            LastStep(decoder[JOINED]) for decoder in (match.location, match.orientation))

    def forward(
            self, arc0: torch.Tensor, arc1: torch.Tensor, arc2: torch.Tensor, arc3: torch.Tensor,
            arc4: torch.Tensor, arc5: torch.Tensor, rings: torch.Tensor, place0: torch.Tensor,
            place1: torch.Tensor, place2: torch.Tensor, place3: torch.Tensor,
            place4: torch.Tensor, turn0: torch.Tensor, turn1: torch.Tensor, turn2: torch.Tensor,
            turn3: torch.Tensor, turn4: torch.Tensor) \
            -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """
        Return logits, orientation field and the coarsest matches, see :class:`.CcvpeScores`.

        Arguments are one by one, as the exporter wants them.

        :param arc0: of the image, and so on.
        :param rings: of the tile.
        :param place0: its shares of the location, and so on.
        :param turn0: its shares of the orientation, and so on.
        """
        arcs = (arc0, arc1, arc2, arc3, arc4, arc5)
        places = (place0, place1, place2, place3, place4)
        turns = (turn0, turn1, turn2, turn3, turn4)
        coarsest = self.matches[0](rings, arcs[0])
        features = self._best(coarsest)
        for scale, step in enumerate(self.location):
            unit = unit_length(step(features, places[scale]), floor=FLOOR)
            matches = self.matches[scale + 1](unit, arcs[scale + 1], unit=True)
            features = torch.cat([self._best(matches), unit], dim=1)
        field = coarsest
        for scale, step in enumerate(self.orientation):
            field = step(field, turns[scale])
        return (self.last[0](features), unit_length(self.last[1](field), floor=FLOOR), coarsest)

    def _best(self, matches: torch.Tensor) -> torch.Tensor:
        return matches[:, self.considered].amax(dim=1, keepdim=True)
