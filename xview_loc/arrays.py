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

"""Read-only arrays for the records that travel between stages."""

import numpy as np


def frozen(array, dtype=None) -> np.ndarray:
    """
    Return the array as C-contiguous and read-only, copying only when it must.

    :param array: anything numpy accepts.
    :param dtype: wanted type; the array's own when ``None``.
    :return: an array that raises on writing.
    """
    result = np.ascontiguousarray(array, dtype=dtype)
    if result.flags.writeable:
        result = result.view()
        result.flags.writeable = False
    return result
