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

"""Four pairs of two-dimensional descriptors, the loss example of the specifications."""

import torch

DISTANCES = [
    [.019463863, .796369954, .490580840, 1.092019001],
    [.043704799, .322658864, .132839147, .537292597],
    [.402728980, .019463863, .004871899, .097886967],
    [1.381966011, .217986952, .445708077, .087390488]]


def unit_vectors(*degrees: float) -> torch.Tensor:
    """Return (cos, sin) of some angles, (N, 2) float64."""
    angle = torch.deg2rad(torch.tensor(degrees, dtype=torch.float64))
    return torch.stack([angle.cos(), angle.sin()], dim=1)


SATELLITE = unit_vectors(0, 20, 45, 80)
GROUND = unit_vectors(8, 53, 41, 63)
