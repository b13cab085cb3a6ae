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

"""What a network says about the cells of a grid, brought to the cells of another one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

FREE_PAIRS = 2


@dataclass(frozen=True)
class CellGates:
    """
    Gates and free channels of the cells of one side.

    :param gates: ``(G + 1, n, m)`` float32, 1 changes nothing: one for each pair of channels, one
        for each channel after the pairs, and last the confidence of the cell.
    :param free: ``(F, n, m)`` float32: two pairs that turn with the view, then scalars; F is 0
        where the network has none.
    """

    gates: np.ndarray
    free: np.ndarray

    @classmethod
    def of(cls, found: dict[str, np.ndarray]) -> CellGates:
        """Return what a graph answered for one view or one map."""
        gates = np.asarray(found['gates'][0])
        free = found.get('free')
        return cls(gates, gates[:0] if free is None else np.asarray(free[0]))

    def at(self, rows: np.ndarray, columns: np.ndarray) -> CellGates:
        """
        Interpolate bilinearly; beyond the rim its cells go on.

        :param rows: ``(h, w)`` float32, cell centres at integers.
        :param columns: likewise.
        """
        def sampled(planes: np.ndarray) -> np.ndarray:
            if not len(planes):
                return np.zeros((0, *rows.shape), np.float32)
            return np.stack([
                cv2.remap(plane, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
                for plane in planes])

        return CellGates(sampled(self.gates), sampled(self.free))

    def applied(self, channels: np.ndarray, pairs: int) -> np.ndarray:
        """
        Gate the channels, and insert the free ones: pairs after the pairs, scalars at the end.

        :param channels: ``(C, n, m)`` float32, the pairs first.
        :param pairs: number of leading channel pairs.
        """
        each = np.concatenate([np.repeat(self.gates[:pairs], 2, axis=0), self.gates[pairs:-1]])
        own = channels * each
        if not len(self.free):
            return own
        split = 2 * FREE_PAIRS
        return np.concatenate(
            [own[:2 * pairs], self.free[:split], own[2 * pairs:], self.free[split:]])

    @property
    def confidence(self) -> np.ndarray:
        """Return ``(n, m)`` how much each cell counts."""
        return self.gates[-1]
