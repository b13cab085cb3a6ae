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

"""Features are computed once per patch, whoever asks first."""

from threading import Event, Thread

import numpy as np
import pytest

from xview_loc.errors import MatchingError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.ros.feature_cache import FeatureCache


def patch():
    """Return a small patch; each is another one."""
    geometry = PatchGeometry(0.0, 0.0, 1.0, 2, 3)
    return SatellitePatch(np.zeros((2, 3, 3), np.uint8), geometry, np.ones((2, 3), bool),
                          Provenance('test'))


def test_the_same_patch_is_prepared_once():
    calls = []
    cache = FeatureCache(lambda given: calls.append(given) or len(calls), capacity=2)
    first, second = patch(), patch()
    assert [cache.get(first), cache.get(first), cache.get(second), cache.get(first)] == [
        1, 1, 2, 1]
    assert (cache.hits, cache.misses) == (2, 2)


def test_the_patch_not_used_for_longest_is_prepared_again():
    calls = []
    cache = FeatureCache(calls.append, capacity=2)
    patches = [patch(), patch(), patch()]
    for index in (0, 1, 2, 0):
        cache.get(patches[index])
    assert calls == [patches[0], patches[1], patches[2], patches[0]]


def test_two_threads_wait_for_the_same_computation():
    started, go_on, calls = Event(), Event(), []

    def prepare(given):
        calls.append(given)
        started.set()
        assert go_on.wait(5.0)
        return 'features'

    cache, given, results = FeatureCache(prepare, capacity=2), patch(), []
    threads = [Thread(target=lambda: results.append(cache.get(given))) for _ in range(2)]
    threads[0].start()
    assert started.wait(5.0)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(5.0)
    assert results == ['features', 'features']
    assert len(calls) == 1


def test_a_failure_is_raised_and_tried_again():
    attempts = []

    def prepare(given):
        attempts.append(given)
        if len(attempts) == 1:
            raise MatchingError('too coarse')
        return 'features'

    cache, given = FeatureCache(prepare, capacity=2), patch()
    with pytest.raises(MatchingError, match='too coarse'):
        cache.get(given)
    assert cache.get(given) == 'features'
