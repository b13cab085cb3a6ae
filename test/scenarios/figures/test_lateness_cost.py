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

"""The least that late images cost."""

from __future__ import annotations

from dataclasses import replace

from xview_loc.scenarios.figures.lateness_cost import lateness_cost
from xview_loc.scenarios.scenario import SCENARIOS

LATE = SCENARIOS['latency']


def test_what_comes_in_time_costs_nothing():
    assert lateness_cost(SCENARIOS['dropped']) == 1.0


def test_a_second_of_lateness_costs_more_than_5_percent_at_urban_speed():
    assert 1.05 < lateness_cost(LATE) < 1.12


def test_the_cost_grows_with_lateness_and_with_the_way_driven_meanwhile():
    half, slow = lateness_cost(replace(LATE, latency_s=0.5)), lateness_cost(LATE, speed=3.0)
    assert 1.0 < half < lateness_cost(LATE)
    assert 1.0 < slow < lateness_cost(LATE) < lateness_cost(LATE, speed=20.0)
