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

from xview_loc.errors import LearningError
from xview_loc.learning.losses.polar_l1 import polar_l1


def test_loss_is_the_mean_absolute_difference_of_all_pixels_and_channels() -> None:
    strips = torch.zeros(2, 3, 4, 5)
    polar = torch.zeros(2, 3, 4, 5)
    strips[0, 1, 2, 3], polar[1, 0, 0, 0] = -6.0, 6.0
    assert polar_l1(strips, polar).item() == pytest.approx(12 / 120)
    assert polar_l1(polar, polar).item() == 0.0


def test_images_of_different_shape_are_refused() -> None:
    with pytest.raises(LearningError, match='same shape'):
        polar_l1(torch.zeros(1, 3, 4, 5), torch.zeros(1, 3, 4, 1))
