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

"""How much evidence an image carries: temperature, wrong peaks, repeated scenes, blind spots."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math

import numpy as np

from xview_loc.filtering.belief import Belief
from xview_loc.filtering.filter_config import LikelihoodConfig
from xview_loc.matching.pose_likelihood import PoseLikelihood

INFORMATIVE_LOG_RATIO = 0.7
TURN_EQUIVALENT_M = 1.0


@dataclass(frozen=True)
class ImageEvidence:
    """
    A likelihood volume made ready to weigh with.

    Its measurement model is a mixture: with probability ``1 - outlier`` the volume is right and a
    pose is as likely as the volume says, relative to the volume's mean over all known cells; with
    probability ``outlier`` the peaks are somewhere for no reason and every pose is equally likely,
    1 in the same unit:

    ``L(x) = (1 - outlier) exp(l(x) / T) / mean(exp(l / T)) + outlier``

    Between its cells a peak narrower than a cell has a smaller mean (:mod:`.interpolated_mean`, by
    which the settings are fitted) and would count for more. The filter takes the mean over the
    cells: right peaks lose little by it, and wrong ones move the pose less.

    A pose outside the volume, or on a NaN cell, gets 1: had the vehicle been there, the volume
    would be clutter, and clutter has mean 1 in this unit. So particles spread evenly over the
    volume gain on average nothing against particles outside; those that sit where the volume is
    below its mean lose, those on the peak win, which is what the image says. (Giving the outside
    the mean of the *inside particles* would freeze its mass for ever; giving it the minimum or
    maximum would push the mass in or out on every blind image.)

    The whole is raised to the power ``novelty``: consecutive images of one scene share their
    errors, the wrong peak included.

    :param likelihood: the volume, infinities replaced by NaN.
    :param log_mean: logarithm of the mean of ``exp(l / T)`` over the known cells.
    :param temperature: divides the log-likelihood.
    :param outlier: probability of a wrong peak.
    :param novelty: share of new information in [0, 1].
    :param log_peak: logarithm of the best cell relative to the mean; 0 for a flat volume.
    """

    likelihood: PoseLikelihood
    log_mean: float
    temperature: float
    outlier: float
    novelty: float
    log_peak: float

    @property
    def is_informative(self) -> bool:
        """Tell whether the volume prefers any pose: the peak is twice the mean."""
        return self.log_peak > INFORMATIVE_LOG_RATIO

    @property
    def floor(self) -> float:
        """Return what wrong peaks alone give every pose, in the unit of the volume's mean."""
        return self.outlier ** self.novelty

    def log_ratio(self, x, y, yaw) -> np.ndarray:
        """
        Return the log-likelihood relative to the volume's mean, without the wrong-peak part.

        :param x: ``(N,)`` east [m].
        :param y: ``(N,)`` north [m].
        :param yaw: ``(N,)`` [rad].
        :return: ``(N,)`` float64; NaN where nothing is known.
        """
        value = self.likelihood.at(x, y, yaw).astype(np.float64)
        # Rounding of absurdly large values must not lift a pose above the peak.
        return np.minimum(value / self.temperature - self.log_mean, self.log_peak)

    def mixture(self, log_ratio: np.ndarray) -> np.ndarray:
        """
        Add wrong peaks, blind spots and the discount for what was seen before.

        :param log_ratio: ``(N,)`` of :meth:`log_ratio`.
        :return: ``(N,)`` positive likelihood in the unit of the volume's mean.
        """
        inside = (1.0 - self.outlier) * np.exp(log_ratio) + self.outlier
        return np.where(np.isnan(log_ratio), 1.0, inside) ** self.novelty


class LikelihoodModel:
    """
    Turns likelihood volumes into :class:`ImageEvidence`.

    :param config: temperature, wrong peaks and decorrelation.
    """

    def __init__(self, config: LikelihoodConfig):
        """Keep the settings."""
        self._config = config

    def evidence(self, likelihood: PoseLikelihood, belief: Belief) -> ImageEvidence | None:
        """
        Prepare a volume for a belief at its stamp.

        :param likelihood: the measurement.
        :param belief: the prediction, for what earlier images it has seen.
        :return: ``None`` where the volume knows nothing.
        """
        alone = self.evidence_alone(likelihood)
        return None if alone is None else replace(alone, novelty=self.novelty(belief))

    def evidence_alone(self, likelihood: PoseLikelihood) -> ImageEvidence | None:
        """
        Prepare a volume as if no other image had been seen.

        :param likelihood: the measurement.
        :return: ``None`` where the volume knows nothing.
        """
        likelihood = _without_infinities(likelihood)
        known = likelihood.log_likelihood
        finite = np.isfinite(known)
        if not finite.any():
            return None
        values = known if finite.all() else known[finite]
        scaled = values.astype(np.float32) / np.float32(self._config.temperature)
        largest = float(scaled.max())
        with np.errstate(over='ignore'):
            total = float(np.exp(scaled - np.float32(largest)).sum(dtype=np.float64))
        log_mean = largest + math.log(total / scaled.size)
        return ImageEvidence(
            likelihood, log_mean, self._config.temperature, self._outlier(likelihood),
            1.0, largest - log_mean)

    def _outlier(self, likelihood):
        """Take the matcher's own doubt where it is larger than the configured one."""
        confidence = likelihood.confidence
        if not math.isfinite(confidence):
            return self._config.outlier
        doubt = self._config.doubt * (1.0 - confidence)
        return min(max(doubt, self._config.outlier), 0.95)

    def novelty(self, belief: Belief) -> float:
        """
        Return the share of new information in an image, in [0, 1].

        The errors of images a distance ``d`` apart are taken to correlate as
        ``r = exp(-d / decorrelation_m)``. A steady stream of such images carries
        ``(1 - r) / (1 + r)`` of the information of independent ones (the long-run variance of a
        first-order autoregressive process), whatever the image rate.
        """
        vision = belief.vision
        if not math.isfinite(vision.stamp):
            return 1.0
        distance = (belief.odometer - vision.odometer
                    + TURN_EQUIVALENT_M * (belief.turned - vision.turned))
        exponent = (distance / self._config.decorrelation_m
                    + (belief.stamp - vision.stamp) / self._config.decorrelation_s)
        return math.tanh(0.5 * max(exponent, 0.0))


def _without_infinities(likelihood):
    values = likelihood.log_likelihood
    if not np.isinf(values).any():
        return likelihood
    cleaned = np.where(np.isinf(values), np.float32(np.nan), values)
    return PoseLikelihood(
        cleaned, likelihood.geometry, likelihood.yaws, likelihood.stamp, likelihood.score,
        likelihood.confidence, likelihood.source)
