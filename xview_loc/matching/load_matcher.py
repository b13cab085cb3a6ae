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

"""Matchers by name."""

from __future__ import annotations

from xview_loc.errors import MatchingError
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.matcher import Matcher

MATCHERS = ('bev',)


def load_matcher(name: str, imagery_metres_per_pixel: float, **options) -> Matcher:
    """
    Make the matcher that a parameter or option names.

    :param name: ``bev``.
    :param imagery_metres_per_pixel: ground resolution of the imagery at the place [m]; the
        bird's-eye matcher chooses its cell size by it.
    :param options: fields of the matcher's configuration to set.
    :raises MatchingError: when there is no such matcher or option.
    """
    if name != 'bev':
        raise MatchingError(f'There is no matcher {name!r}; choose one of {", ".join(MATCHERS)}.')
    try:
        return BevMatcher(BevConfig.for_resolution(imagery_metres_per_pixel, **options))
    except TypeError as error:
        raise MatchingError(f'The matcher bev does not know an option: {error}.') from error
