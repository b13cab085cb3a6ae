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

"""Settings are checked where they are made."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
import math

import pytest

from xview_loc.errors import ConfigurationError
from xview_loc.filtering.filter_config import (
    FilterConfig, GnssConfig, HealthConfig, LikelihoodConfig, MotionNoise, ParticleCount)


@pytest.mark.parametrize('section', [
    ParticleCount, MotionNoise, GnssConfig, LikelihoodConfig, HealthConfig])
@pytest.mark.parametrize('value', [0, -1.0, math.nan, math.inf])
def test_every_number_of_every_section_must_be_positive(section, value):
    for item in fields(section):
        with pytest.raises(ConfigurationError, match=item.name):
            section(**{item.name: value})


@pytest.mark.parametrize(('make', 'name'), [
    (lambda: ParticleCount(minimum=10), 'minimum'),
    (lambda: ParticleCount(minimum=500, maximum=400), 'maximum'),
    (lambda: GnssConfig(gate_sigma=5.0, reject_sigma=4.0), 'reject_sigma'),
    (lambda: LikelihoodConfig(outlier=0.95), 'outlier'),
    (lambda: HealthConfig(lost_probability=0.04), 'lost_probability'),
    (lambda: HealthConfig(hysteresis=0.5), 'hysteresis'),
    (lambda: FilterConfig(reorder_delay_s=-0.1), 'reorder_delay_s'),
    (lambda: FilterConfig(tick_s=0.0), 'tick_s'),
    (lambda: FilterConfig(resample_fraction=0.0), 'resample_fraction'),
    (lambda: FilterConfig(seed=-1), 'seed')])
def test_contradictions_are_refused_by_name(make, name):
    with pytest.raises(ConfigurationError, match=name):
        make()


def test_the_defaults_hold():
    config = FilterConfig()
    assert all(is_dataclass(getattr(config, name)) for name in (
        'particle_count', 'motion_noise', 'gnss', 'likelihood', 'health'))
