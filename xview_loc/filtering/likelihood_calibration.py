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

"""Fit how much a matcher is to be believed, from a drive with known poses."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math
from typing import Sequence

import numpy as np

from xview_loc.errors import FilterError
from xview_loc.filtering.filter_config import LikelihoodConfig
from xview_loc.filtering.turn import wrapped
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood

SMALLEST_COUNT = 20
TEMPERATURES = np.geomspace(0.2, 20.0, 47)
DECORRELATIONS_M = np.geomspace(0.2, 100.0, 64)
OUTLIER_LIMITS = (0.01, 0.9)
EM_STEPS = 60
STRAY_SIGMA = 4.0


@dataclass(frozen=True)
class CalibrationSample:
    """
    A likelihood of a pose that is known.

    :param likelihood: as the matcher gave it, temperature 1.
    :param truth: true pose of ``base_link`` in ``map`` as the imagery draws it.
    :param odometer: travelled distance [m].
    """

    likelihood: PoseLikelihood
    truth: Pose2
    odometer: float


@dataclass(frozen=True)
class LikelihoodFit:
    """
    What a drive says about a matcher.

    :param temperature: divides the log-likelihood.
    :param outlier: probability of a wrong peak.
    :param decorrelation_m: distance over which errors repeat themselves [m].
    :param log_evidence: mean log-likelihood of the truth relative to the volume's mean; what the
        matcher tells about the pose, 0 for nothing.
    :param count: number of samples used.
    """

    temperature: float
    outlier: float
    decorrelation_m: float
    log_evidence: float
    count: int

    def applied_to(self, config: LikelihoodConfig) -> LikelihoodConfig:
        """Return settings with the fitted values."""
        return replace(config, temperature=self.temperature, outlier=self.outlier,
                       decorrelation_m=self.decorrelation_m)


def fit_likelihood(samples: Sequence[CalibrationSample]) -> LikelihoodFit:
    """
    Fit by maximum likelihood.

    Temperature and wrong-peak probability maximise the mean log of the mixture of
    :class:`xview_loc.filtering.likelihood_model.ImageEvidence` at the truth: temperature on a grid
    of 10 % steps, probability by expectation maximisation. The decorrelation maximises the
    likelihood of the peaks' errors as a first-order autoregressive process over distance, on a
    grid of 10 % steps.

    :param samples: in the order of the drive; those whose truth lies outside the volume are left
        out.
    :raises FilterError: when fewer than 20 samples can be used.
    """
    inside = [sample for sample in samples if np.isfinite(_at_truth(sample))]
    if len(inside) < SMALLEST_COUNT:
        raise FilterError(
            f'{len(inside)} of {len(samples)} likelihoods cover their true pose; '
            f'at least {SMALLEST_COUNT} are needed to fit.')
    fits = [_fit_outlier(np.array([_log_ratio(sample, temperature) for sample in inside]))
            for temperature in TEMPERATURES]
    best = int(np.argmax([evidence for _, evidence in fits]))
    outlier, evidence = fits[best]
    return LikelihoodFit(
        float(TEMPERATURES[best]), outlier, fit_decorrelation(inside), evidence, len(inside))


def _at_truth(sample):
    truth = sample.truth
    return float(sample.likelihood.at(*(np.array([value]) for value in truth.as_array()))[0])


def _log_ratio(sample, temperature):
    """Return the log-likelihood of the truth relative to the volume's mean."""
    values = sample.likelihood.log_likelihood
    known = values[np.isfinite(values)].astype(np.float64) / temperature
    largest = known.max()
    log_mean = largest + math.log(np.exp(known - largest).mean())
    return _at_truth(sample) / temperature - log_mean


def _fit_outlier(log_ratio):
    """Return the wrong-peak probability and the mean log of the mixture."""
    with np.errstate(over='ignore'):
        ratio = np.minimum(np.exp(log_ratio), 1e12)
    outlier = 0.2
    for _ in range(EM_STEPS):
        share = outlier / (outlier + (1.0 - outlier) * ratio)
        outlier = float(np.clip(share.mean(), *OUTLIER_LIMITS))
    return outlier, float(np.mean(np.log((1.0 - outlier) * ratio + outlier)))


def fit_decorrelation(samples: Sequence[CalibrationSample]) -> float:
    """
    Return the distance over which the peaks' errors repeat themselves [m].

    Peaks farther off than four robust standard deviations are wrong peaks and left out.

    :param samples: in the order of the drive, at least two.
    """
    errors = np.array([_peak_error(sample) for sample in samples])
    scale = 1.4826 * np.median(np.abs(errors), axis=0)
    unit = errors / np.maximum(scale, 1e-9)
    proper = np.flatnonzero((np.abs(unit) < STRAY_SIGMA).all(axis=1))
    unit = unit[proper] / np.maximum(unit[proper].std(axis=0), 1e-9)
    step = np.abs(np.diff([samples[k].odometer for k in proper]))
    scores = []
    for length in DECORRELATIONS_M:
        keep = np.minimum(np.exp(-step / length), 1.0 - 1e-6)[:, None]
        variance = 1.0 - keep ** 2
        residual = unit[1:] - keep * unit[:-1]
        scores.append(-0.5 * np.sum(residual ** 2 / variance + np.log(variance)))
    return float(DECORRELATIONS_M[int(np.argmax(scores))])


def _peak_error(sample):
    """Return the error of the peak in the vehicle's frame, refined below a cell."""
    likelihood = sample.likelihood
    weights = np.nan_to_num(np.exp(
        likelihood.log_likelihood - np.nanmax(likelihood.log_likelihood)))
    peak = likelihood.peak()
    x, y = likelihood.geometry.cell_centres()
    near = np.hypot(x - peak.x, y - peak.y) < 2.0 * likelihood.geometry.metres_per_pixel + 1e-9
    mass = (weights * near).sum(axis=0)
    refined = Pose2(float(np.average(x, weights=mass)), float(np.average(y, weights=mass)),
                    peak.yaw)
    error = sample.truth.between(refined)
    return error.x, error.y, float(wrapped(np.array(error.yaw)))
