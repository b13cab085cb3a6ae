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

"""Whatever comes in, nothing comes out of the filter but honest numbers."""

from __future__ import annotations

from hypothesis import given, HealthCheck, settings, strategies as st
import numpy as np

from xview_loc.errors import FilterError
from xview_loc.filtering.filter_config import FilterConfig, ParticleCount
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.localizer import Localizer
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood

CONFIG = FilterConfig(particle_count=ParticleCount(minimum=50, maximum=300))
WILD = st.one_of(
    st.floats(-50.0, 50.0), st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -0.0, 1e-300, 1e7, -1e7, 1e9, 1e18, 1e300]))
STAMP = st.one_of(st.floats(0.0, 12.0), st.integers(0, 12).map(float), WILD)
POSE = st.builds(Pose2, WILD, WILD, WILD)
VARIANCE = st.one_of(st.floats(0.0, 100.0), WILD)
CELL = st.one_of(st.floats(-50.0, 50.0, width=32), st.floats(width=32))


@st.composite
def fixes(draw):
    """Return a fix, or ``None`` where the numbers do not make one."""
    a, b, c = draw(st.tuples(VARIANCE, VARIANCE, WILD))
    try:
        return GnssFix(draw(STAMP), draw(WILD), draw(WILD), np.array([[a, c], [c, b]]))
    except FilterError:
        return None


@st.composite
def likelihoods(draw):
    slices, rows, columns = draw(st.tuples(*[st.integers(1, 4)] * 3))
    seed = draw(st.integers(0, 1000))
    values = np.random.default_rng(seed).normal(0.0, 5.0, (slices, rows, columns))
    for value in draw(st.lists(CELL, max_size=6)):
        values.flat[draw(st.integers(0, values.size - 1))] = value
    geometry = PatchGeometry(
        draw(st.floats(-30.0, 30.0)), draw(st.floats(-30.0, 30.0)),
        draw(st.sampled_from([0.25, 1.0, 5.0])), rows, columns, draw(st.floats(-4.0, 4.0)))
    yaws = draw(st.floats(-4.0, 4.0)) + np.arange(slices) * draw(st.floats(0.01, 1.5))
    with np.errstate(over='ignore'):
        values = values.astype(np.float32)
    return PoseLikelihood(values, geometry, yaws, draw(STAMP), confidence=draw(WILD))


COMMANDS = st.one_of(
    st.tuples(st.just('add_odometry'), STAMP, POSE),
    st.tuples(st.just('add_fix'), fixes()),
    st.tuples(st.just('add_likelihood'), likelihoods()),
    st.tuples(st.just('set_pose'), STAMP, POSE, st.lists(
        VARIANCE, min_size=3, max_size=3).map(np.diag)),
    st.tuples(st.just('update'), STAMP),
    st.tuples(st.just('predict_at'), STAMP),
    st.tuples(st.sampled_from(['reset', 'reinitialize'])))


def check_estimate(estimate):
    assert np.isfinite(estimate.pose.as_array()).all()
    assert np.isfinite(estimate.covariance).all()
    assert np.linalg.eigvalsh(estimate.covariance)[0] > 0.0
    assert 0.0 <= estimate.lost_probability <= 1.0
    assert np.isfinite(estimate.imagery_offset).all()
    assert estimate.modes[0].weight == max(mode.weight for mode in estimate.modes)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(COMMANDS, min_size=1, max_size=40))
def test_no_input_raises_and_weights_and_covariances_stay_proper(commands):
    localizer = Localizer(CONFIG)
    newest = -np.inf
    for name, *arguments in [*commands, ('update', 12.0), ('update', 13.0)]:
        if name in ('reset', 'reinitialize'):
            newest = -np.inf
        if name == 'add_fix' and arguments[0] is None:
            continue
        jumps = localizer.statistics.counts.time_jumps
        result = getattr(localizer, name)(*arguments)
        if localizer.statistics.counts.time_jumps > jumps:
            newest = -np.inf
        if name == 'predict_at' and result is not None:
            check_estimate(result)
        for estimate in result if name == 'update' else ():
            check_estimate(estimate)
            assert estimate.stamp > newest
            newest = estimate.stamp
        weights = localizer.weights
        assert len(weights) == len(localizer.particles) <= 300
        if len(weights):
            assert np.isfinite(localizer.particles).all()
            assert abs(weights.sum() - 1.0) < 1e-9
            assert (weights >= 0.0).all()


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.floats(0.0, 2.0), st.floats(-5.0, 5.0), st.floats(-5.0, 5.0)),
                min_size=1, max_size=12, unique_by=lambda item: item[0]), st.randoms())
def test_fixes_in_any_order_give_the_same_bits(measurements, random):
    fixes_in_order = [GnssFix(stamp, x, y, np.eye(2)) for stamp, x, y in sorted(measurements)]
    shuffled = list(fixes_in_order)
    random.shuffle(shuffled)
    particles = []
    for order in (fixes_in_order, shuffled):
        localizer = Localizer(CONFIG)
        for k in range(25):
            localizer.add_odometry(0.1 * k, Pose2(0.1 * k, 0.0, 0.0))
        for fix in order:
            localizer.add_fix(fix)
            localizer.update(2.1)
        localizer.update(2.4)
        particles.append(localizer.particles)
    np.testing.assert_array_equal(*particles)
