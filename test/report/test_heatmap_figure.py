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

"""Likelihoods as brightness."""

import numpy as np
import pytest

from xview_loc.report.heatmap_figure import relative_likelihood


def test_brightness_is_the_square_root_of_the_relative_likelihood():
    values = np.log(np.array([[1.0, 0.25, 0.01]])) + 40.0
    assert relative_likelihood(values)[0] == pytest.approx([1.0, 0.5, 0.1])


def test_unknown_cells_stay_unknown():
    values = np.array([[0.0, np.nan]], dtype=np.float32)
    assert np.isnan(relative_likelihood(values)).tolist() == [[False, True]]
    assert np.isnan(relative_likelihood(np.full((2, 3), np.nan))).all()
