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

"""Settings of the particle filter, one record per concern."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
import math

from xview_loc.errors import ConfigurationError


def _require(section: object, name: str, allowed: str, holds: bool) -> None:
    if not holds:
        raise ConfigurationError(
            f'{name} is {getattr(section, name.rsplit(".", 1)[-1])}; it must be {allowed}.')


def _require_positive(section: object, prefix: str) -> None:
    for item in fields(section):  # type: ignore[arg-type]
        value = getattr(section, item.name)
        _require(section, f'{prefix}.{item.name}', 'a positive number',
                 math.isfinite(value) and value > 0.0)


@dataclass(frozen=True)
class ParticleCount:
    """
    Adaptive number of particles, KLD sampling of Fox (2003), eq. 13.

    :param minimum: never fewer.
    :param maximum: never more.
    :param kld_error: bound on the Kullback-Leibler distance to the true posterior.
    :param kld_quantile: upper standard normal quantile of the confidence (2.33 is 99 %).
    :param bin_m: side of a position bin [m].
    :param bin_yaw: width of a yaw bin [rad].
    """

    minimum: int = 1000
    maximum: int = 10_000
    kld_error: float = 0.03
    kld_quantile: float = 2.33
    bin_m: float = 0.5
    bin_yaw: float = math.radians(5.0)

    def __post_init__(self):
        """Refuse counts and bins that cannot work."""
        _require_positive(self, 'particle_count')
        _require(self, 'particle_count.minimum', 'at least 50', self.minimum >= 50)
        _require(self, 'particle_count.maximum', 'at least the minimum and at most 1000000',
                 self.minimum <= self.maximum <= 1_000_000)


@dataclass(frozen=True)
class MotionNoise:
    """
    Errors of the odometry: white noise that grows with motion, and drift that persists.

    :param forward_per_sqrt_m: along the motion [m per sqrt(m)].
    :param sideways_per_sqrt_m: across the motion [m per sqrt(m)].
    :param yaw_per_sqrt_m: [rad per sqrt(m)].
    :param yaw_per_turn: of the turned angle [rad per sqrt(rad)].
    :param position_per_sqrt_s: even at standstill [m per sqrt(s)].
    :param yaw_per_sqrt_s: even at standstill [rad per sqrt(s)].
    :param scale: standard deviation of the persistent scale error [1].
    :param drift: standard deviation of the persistent yaw drift [rad per m].
    :param persistence_m: distance over which scale and drift forget themselves [m].
    :param unknown_speed: without odometry the pose diffuses by this much [m per sqrt(s)].
    :param unknown_turn: without odometry the yaw diffuses by this much [rad per sqrt(s)].
    :param largest_speed: a faster odometry step is a jump of its frame, not motion [m/s].
    """

    forward_per_sqrt_m: float = 0.03
    sideways_per_sqrt_m: float = 0.02
    yaw_per_sqrt_m: float = math.radians(0.1)
    yaw_per_turn: float = math.radians(1.0)
    position_per_sqrt_s: float = 0.01
    yaw_per_sqrt_s: float = math.radians(0.05)
    scale: float = 0.02
    drift: float = math.radians(0.015)
    persistence_m: float = 1000.0
    unknown_speed: float = 3.0
    unknown_turn: float = math.radians(10.0)
    largest_speed: float = 100.0

    def __post_init__(self):
        """Refuse noise that is not positive: a filter without noise dies."""
        _require_positive(self, 'motion_noise')


@dataclass(frozen=True)
class GnssConfig:
    """
    Errors of GNSS relative to the imagery, and when to distrust a fix.

    The error of a fix is white noise (its reported covariance) + an offset that varies slowly
    (imagery registered a few metres off, ionosphere) + multipath that lasts for seconds. Offset
    and multipath are states of the filter, each a first-order Gauss-Markov process.

    :param offset_std: of the slow offset [m].
    :param offset_time_constant_s: [s].
    :param multipath_std: [m].
    :param multipath_time_constant_s: [s].
    :param smallest_std: floor of the reported standard deviation [m].
    :param gate_sigma: innovations beyond are explained by inflating the covariance [sigma].
    :param reject_sigma: innovations beyond are rejected [sigma].
    :param inflation_limit: adaptive inflation of the reported covariance never exceeds this.
    """

    offset_std: float = 3.0
    offset_time_constant_s: float = 3600.0
    multipath_std: float = 1.0
    multipath_time_constant_s: float = 15.0
    smallest_std: float = 0.1
    gate_sigma: float = 3.0
    reject_sigma: float = 6.0
    inflation_limit: float = 25.0

    def __post_init__(self):
        """Refuse settings outside their ranges."""
        _require_positive(self, 'gnss')
        _require(self, 'gnss.reject_sigma', 'at least gate_sigma',
                 self.reject_sigma >= self.gate_sigma)
        _require(self, 'gnss.inflation_limit', 'at least 1', self.inflation_limit >= 1.0)


@dataclass(frozen=True)
class LikelihoodConfig:
    """
    How much a :class:`xview_loc.matching.pose_likelihood.PoseLikelihood` is believed.

    :param temperature: divides the log-likelihood; 1 for a calibrated matcher.
    :param outlier: probability that the peak is somewhere else for no reason at all.
    :param doubt: how much of the matcher's own doubt, 1 - confidence, is believed where it is
        larger than ``outlier``.
    :param decorrelation_m: distance over which the matcher's errors repeat themselves [m].
    :param decorrelation_s: the same at standstill [s].
    :param relocation: prior probability, per independent frame, that the vehicle or the imagery
        has moved since the last one without the odometry telling.
    :param seam_std: size of such a move at a seam of the imagery [m].
    """

    temperature: float = 1.0
    outlier: float = 0.15
    doubt: float = 1.0
    decorrelation_m: float = 2.0
    decorrelation_s: float = 300.0
    relocation: float = 0.003
    seam_std: float = 3.0

    def __post_init__(self):
        """Refuse settings outside their ranges."""
        _require_positive(self, 'likelihood')
        _require(self, 'likelihood.outlier', 'in (0, 0.9]', self.outlier <= 0.9)
        _require(self, 'likelihood.doubt', 'in (0, 1]', self.doubt <= 1.0)
        _require(self, 'likelihood.relocation', 'in (0, 0.5]', self.relocation <= 0.5)


@dataclass(frozen=True)
class HealthConfig:
    """
    When the pose is called converged and when lost.

    :param converged_position_std: enter ``converged`` below [m].
    :param converged_yaw_std: enter ``converged`` below [rad].
    :param hysteresis: ``converged`` is left where a spread exceeds its bound by this factor.
    :param vision_timeout_s: without an informative image for longer, ``converged`` is left [s].
    :param lost_probability: enter ``lost`` above.
    :param found_probability: leave ``lost``, and enter ``converged``, only below.
    :param losses_per_hour: prior rate at which tracks are lost [1/h].
    """

    converged_position_std: float = 1.2
    converged_yaw_std: float = math.radians(5.0)
    hysteresis: float = 1.25
    vision_timeout_s: float = 90.0
    lost_probability: float = 0.9
    found_probability: float = 0.05
    losses_per_hour: float = 0.5

    def __post_init__(self):
        """Refuse thresholds that contradict each other."""
        _require_positive(self, 'health')
        _require(self, 'health.hysteresis', 'at least 1', self.hysteresis >= 1.0)
        _require(self, 'health.lost_probability', 'in (0, 1) and above found_probability',
                 self.found_probability < self.lost_probability < 1.0)


@dataclass(frozen=True)
class FilterConfig:
    """
    Everything the filter can be told.

    :param particle_count: adaptive number of particles.
    :param motion_noise: errors of the odometry.
    :param gnss: errors of GNSS and its gate.
    :param likelihood: how much an image is believed.
    :param health: when the pose is called converged and when lost.
    :param reorder_delay_s: a measurement waits this long for earlier ones [s].
    :param history_s: a measurement later than that is still applied at its own stamp, by going
        back to the state before it, up to this age; what is older is counted and dropped [s].
    :param odometry_patience_s: a measurement waits this much longer for odometry at its stamp [s].
    :param tick_s: the state moves at least this often, even without measurements [s].
    :param resample_fraction: resample when the effective number falls below this fraction.
    :param seed: of all random numbers; the same seed gives the same bytes.
    """

    particle_count: ParticleCount = field(default_factory=ParticleCount)
    motion_noise: MotionNoise = field(default_factory=MotionNoise)
    gnss: GnssConfig = field(default_factory=GnssConfig)
    likelihood: LikelihoodConfig = field(default_factory=LikelihoodConfig)
    health: HealthConfig = field(default_factory=HealthConfig)
    reorder_delay_s: float = 0.2
    history_s: float = 2.0
    odometry_patience_s: float = 0.5
    tick_s: float = 1.0
    resample_fraction: float = 0.5
    seed: int = 0

    def __post_init__(self):
        """Refuse settings outside their ranges."""
        for name in ('reorder_delay_s', 'history_s', 'odometry_patience_s'):
            _require(self, name, 'in [0, 60] s', 0.0 <= getattr(self, name) <= 60.0)
        _require(self, 'tick_s', 'in [0.05, 60] s', 0.05 <= self.tick_s <= 60.0)
        _require(self, 'resample_fraction', 'in (0, 1]', 0.0 < self.resample_fraction <= 1.0)
        _require(self, 'seed', 'a non-negative integer', self.seed >= 0)
