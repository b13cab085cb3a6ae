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

"""Where a distortion polynomial stops growing."""

import math

import numpy as np
from numpy.polynomial import polynomial


def smallest_positive_root(coefficients) -> float:
    """
    Return the smallest positive real root of a polynomial.

    :param coefficients: in rising powers.
    :return: the root, or infinity when there is none.
    """
    roots = polynomial.polyroots(polynomial.polytrim(np.asarray(coefficients, dtype=np.float64)))
    real = roots.real[(np.abs(roots.imag) < 1e-9 * (1.0 + np.abs(roots))) & (roots.real > 0.0)]
    return float(real.min()) if len(real) else math.inf
