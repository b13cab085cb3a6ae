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

"""What users are told about the settings of the filter, whose records carry no units."""

from dataclasses import replace

from xview_loc.ros.parameter_row import Note

_NOTES: dict[str, Note] = {
    'particle_count.minimum': Note(
        'Never use fewer particles.', minimum=50, maximum=1_000_000),
    'particle_count.maximum': Note(
        'Never use more particles.', minimum=50, maximum=1_000_000),
    'particle_count.kld_error': Note(
        'Bound on the Kullback-Leibler distance to the true posterior.', minimum=1e-4,
        maximum=1.0),
    'particle_count.kld_quantile': Note(
        'Standard normal quantile of the confidence in that bound (2.33 is 99 percent).',
        minimum=0.1, maximum=6.0),
    'particle_count.bin_m': Note(
        'Side of a position bin for counting occupied cells.', unit='m', minimum=0.01,
        maximum=100.0),
    'particle_count.bin_yaw': Note(
        'Width of a yaw bin for counting occupied cells.', unit='rad', minimum=0.001,
        maximum=3.15),
    'motion_noise.forward_per_sqrt_m': Note(
        'White odometry noise along the motion.', unit='m/sqrt(m)', minimum=1e-6, maximum=10.0),
    'motion_noise.sideways_per_sqrt_m': Note(
        'White odometry noise across the motion.', unit='m/sqrt(m)', minimum=1e-6,
        maximum=10.0),
    'motion_noise.yaw_per_sqrt_m': Note(
        'White yaw noise of the odometry that grows with the way.', unit='rad/sqrt(m)',
        minimum=1e-7, maximum=1.0),
    'motion_noise.yaw_per_turn': Note(
        'White yaw noise of the odometry that grows with the turned angle.',
        unit='rad/sqrt(rad)', minimum=1e-7, maximum=1.0),
    'motion_noise.position_per_sqrt_s': Note(
        'Position noise even at standstill.', unit='m/sqrt(s)', minimum=1e-6, maximum=10.0),
    'motion_noise.yaw_per_sqrt_s': Note(
        'Yaw noise even at standstill.', unit='rad/sqrt(s)', minimum=1e-7, maximum=1.0),
    'motion_noise.scale': Note(
        'Standard deviation of the persistent scale error of the odometry (0.02 is 2 percent).',
        minimum=1e-6, maximum=1.0),
    'motion_noise.drift': Note(
        'Standard deviation of the persistent yaw drift of the odometry.', unit='rad/m',
        minimum=1e-7, maximum=0.1),
    'motion_noise.persistence_m': Note(
        'Distance over which scale error and drift change.', unit='m', minimum=1.0,
        maximum=1e6),
    'motion_noise.unknown_speed': Note(
        'Diffusion of the position while odometry is missing.', unit='m/sqrt(s)', minimum=1e-3,
        maximum=100.0),
    'motion_noise.unknown_turn': Note(
        'Diffusion of the yaw while odometry is missing.', unit='rad/sqrt(s)', minimum=1e-4,
        maximum=10.0),
    'motion_noise.largest_speed': Note(
        'A faster odometry step is taken for a jump of its frame, not for motion.', unit='m/s',
        minimum=0.1, maximum=1000.0),
    'gnss.offset_std': Note(
        'Slowly varying offset between GNSS and the imagery.', unit='m', minimum=1e-3,
        maximum=1000.0),
    'gnss.offset_time_constant_s': Note(
        'Time over which that offset changes.', unit='s', minimum=1.0, maximum=1e6),
    'gnss.multipath_std': Note(
        'Multipath error of a fix.', unit='m', minimum=1e-3, maximum=1000.0),
    'gnss.multipath_time_constant_s': Note(
        'Time over which multipath changes.', unit='s', minimum=0.01, maximum=1e4),
    'gnss.smallest_std': Note(
        'A fix is never believed more precise than this.', unit='m', minimum=1e-3,
        maximum=100.0),
    'gnss.gate_sigma': Note(
        'A fix with a larger innovation is believed less.', unit='sigma', minimum=0.5,
        maximum=100.0),
    'gnss.reject_sigma': Note(
        'A fix with a larger innovation is not used.', unit='sigma', minimum=0.5,
        maximum=1000.0),
    'gnss.inflation_limit': Note(
        'The reported covariance is adapted by at most this factor.', minimum=1.0,
        maximum=1e4),
    'likelihood.temperature': Note(
        'Divides the log-likelihood of a match; 1 for a calibrated matcher.', minimum=0.01,
        maximum=1000.0),
    'likelihood.outlier': Note(
        'Probability that the peak of a match is somewhere else for no reason.', minimum=1e-6,
        maximum=0.9),
    'likelihood.doubt': Note(
        "How much of the matcher's own doubt, 1 - confidence, is believed where it is larger "
        'than the outlier probability.', minimum=0.001, maximum=1.0),
    'likelihood.decorrelation_m': Note(
        'Distance over which the errors of matches repeat themselves.', unit='m', minimum=1e-3,
        maximum=1000.0),
    'likelihood.decorrelation_s': Note(
        'Time over which the errors of matches repeat themselves at standstill.', unit='s',
        minimum=1e-3, maximum=1e5),
    'likelihood.relocation': Note(
        'Probability per independent match that the vehicle or the imagery has moved without '
        'the odometry telling.', minimum=1e-9, maximum=0.5),
    'likelihood.seam_std': Note(
        'Size of a shift at a seam of the imagery.', unit='m', minimum=1e-3, maximum=100.0),
    'health.converged_position_std': Note(
        'The pose is called converged below this spread.', unit='m', minimum=0.01,
        maximum=1000.0),
    'health.converged_yaw_std': Note(
        'The pose is called converged below this yaw spread.', unit='rad', minimum=0.001,
        maximum=3.15),
    'health.hysteresis': Note(
        'Converged is left when a spread exceeds its bound by this factor.', minimum=1.0,
        maximum=100.0),
    'health.vision_timeout_s': Note(
        'Converged is left after this long without an informative match.', unit='s',
        minimum=0.1, maximum=1e5),
    'health.lost_probability': Note(
        'The pose is called lost above this probability of being wrong.', minimum=0.01,
        maximum=0.9999),
    'health.found_probability': Note(
        'Lost is left, and converged entered, only below this probability of being wrong.',
        minimum=1e-6, maximum=0.99),
    'health.losses_per_hour': Note(
        'How often a track is expected to get lost.', unit='1/h', minimum=1e-6, maximum=1e4),
    'reorder_delay_s': Note(
        'A measurement waits this long for earlier ones.', unit='s', minimum=0.0, maximum=60.0),
    'history_s': Note(
        'A later measurement is still applied at its own stamp up to this age; what is older is '
        'counted and dropped.', unit='s', minimum=0.0, maximum=60.0),
    'odometry_patience_s': Note(
        'A measurement waits this much longer for odometry at its stamp.', unit='s',
        minimum=0.0, maximum=60.0),
    'tick_s': Note(
        'The pose moves and is published at least this often, without measurements too.',
        unit='s', minimum=0.05, maximum=60.0),
    'resample_fraction': Note(
        'Resample when the effective number of particles falls below this fraction.',
        minimum=0.01, maximum=1.0),
    'seed': Note(
        'Seed of all random numbers: the same seed and data give the same bytes.', minimum=0,
        maximum=2 ** 31 - 1),
}

FILTER_NOTES = {name: replace(note, at_configure=True) for name, note in _NOTES.items()}
