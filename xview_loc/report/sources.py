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

"""The sources of position that a report compares."""

from enum import Enum


class Source(Enum):
    """Where a position comes from; the value is the name shown to people."""

    TRUTH = 'truth'
    OURS = 'xview_loc'
    GNSS = 'GNSS only'
    ODOMETRY = 'odometry only'
    PRIOR = 'GNSS + odometry'
    BLIND = 'black images'
    PATCH_CENTRE = 'centre of the search'
    MATCHER = 'single matches'
