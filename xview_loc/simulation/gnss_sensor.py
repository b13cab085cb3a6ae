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

"""A GNSS receiver in a town: noise, slow bias, and bursts of multipath beside tall buildings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.simulation.building import Building
from xview_loc.simulation.drive import Drive, RATE_HZ

TALL_M = 9.0
NEAR_M = 26.0


@dataclass(frozen=True)
class GnssModel:
    """
    Errors of the receiver.

    :param rate_hz: of the fixes [Hz].
    :param noise_m: white noise on each axis [m].
    :param bias_m: standard deviation of the slow bias on each axis [m].
    :param bias_time_s: correlation time of the bias [s].
    :param burst_rate: bursts of multipath in a second beside tall buildings [1/s].
    :param burst_m: mean size of a burst [m].
    :param burst_time_s: mean duration of a burst [s].
    :param stated_sigma_m: standard deviation that the receiver states on each axis [m].
    """

    rate_hz: float = 5.0
    noise_m: float = 1.5
    bias_m: float = 1.8
    bias_time_s: float = 35.0
    burst_rate: float = 0.12
    burst_m: float = 4.5
    burst_time_s: float = 3.5
    stated_sigma_m: float = 2.8


@dataclass(frozen=True)
class GnssTrack:
    """
    What the receiver measured.

    :param indices: ``(M,)`` instants of the drive.
    :param position: ``(M, 2)`` east, north in ``map`` [m].
    :param height: ``(M,)`` above the ground [m].
    """

    indices: np.ndarray
    position: np.ndarray
    height: np.ndarray


def measure_gnss(drive: Drive, buildings: tuple[Building, ...], model: GnssModel,
                 rng: np.random.Generator) -> GnssTrack:
    """
    Measure the position of ``base_link``.

    :param drive: the truth.
    :param buildings: what reflects signals.
    :param model: errors.
    :param rng: source of randomness.
    """
    indices = drive.indices(model.rate_hz)
    truth = drive.pose[indices, :2]
    noise = rng.normal(0.0, model.noise_m, truth.shape)
    bias = _slow_bias(len(indices), model, rng)
    bursts = _bursts(truth, indices / RATE_HZ, buildings, model, rng)
    height = rng.normal(0.0, 2.0 * model.noise_m, len(indices))
    return GnssTrack(indices, truth + noise + bias + bursts, height)


def _slow_bias(count, model, rng):
    """Return a first-order Gauss-Markov process on both axes."""
    keep = np.exp(-1.0 / (model.rate_hz * model.bias_time_s))
    bias = np.empty((count, 2))
    bias[0] = rng.normal(0.0, model.bias_m, 2)
    steps = rng.normal(0.0, model.bias_m * np.sqrt(1.0 - keep ** 2), (count, 2))
    for k in range(1, count):
        bias[k] = keep * bias[k - 1] + steps[k]
    return bias


def _bursts(truth, times, buildings, model, rng):
    """Return offsets away from a reflecting wall that last for some seconds."""
    tall = np.array([(b.pose.x, b.pose.y) for b in buildings if b.height > TALL_M])
    offsets = np.zeros_like(truth)
    if len(tall) == 0:
        return offsets
    until, offset = -1.0, np.zeros(2)
    for k, (point, time) in enumerate(zip(truth, times)):
        gaps = np.hypot(*(tall - point).T)
        draw, size, length = rng.random(), rng.exponential(1.0), rng.exponential(1.0)
        if time >= until and gaps.min() < NEAR_M and draw < model.burst_rate / model.rate_hz:
            away = (point - tall[np.argmin(gaps)]) / gaps.min()
            offset = away * model.burst_m * (0.5 + 0.5 * min(size, 3.0))
            until = time + model.burst_time_s * (0.4 + 0.6 * min(length, 3.0))
        if time < until:
            offsets[k] = offset
    return offsets
