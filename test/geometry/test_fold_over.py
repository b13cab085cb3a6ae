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

"""The smallest positive root is found among all kinds of roots."""

import math

import pytest

from xview_loc.geometry.fold_over import smallest_positive_root


@pytest.mark.parametrize('coefficients, root', [
    ((1.0, -1.0), 1.0),
    ((6.0, -5.0, 1.0), 2.0),
    ((-6.0, 1.0, 1.0), 2.0),
    ((1.0, 0.0, 1.0), math.inf),
    ((1.0, 1.0), math.inf),
    ((1.0, 0.0, 0.0, 0.0), math.inf),
    ((1.0,), math.inf)])
def test_smallest_positive_root(coefficients, root):
    assert smallest_positive_root(coefficients) == pytest.approx(root)
