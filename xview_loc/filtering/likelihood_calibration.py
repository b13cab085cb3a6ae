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
from xview_loc.filtering.interpolated_mean import interpolated_log_mean
from xview_loc.filtering.turn import wrapped
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood

SMALLEST_COUNT = 20
TEMPERATURES = np.geomspace(0.02, 20.0, 73)
# Every eighth temperature first, then all around the best: the evidence has one maximum.
STRIDES = (8, 1)
DECORRELATIONS_M = np.geomspace(0.2, 100.0, 64)
# A doubt of 0.01 leaves nothing of it, and 0 is no setting of the filter.
DOUBTS = np.array([1.0, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1, 0.05, 0.01])
OUTLIERS = np.geomspace(0.001, 0.9, 72)
# Weight of the smallest outlier, in matches that were never seen to be right.
UNSEEN = 0.5
# Before a drive says otherwise, the logarithm of the temperature is 0 within this.
LOG_TEMPERATURE_STD = 0.5
STRAY_SIGMA = 4.0
# Fits that explain a match worse than the best by less than this [nats] are as good.
AS_LIKELY = 0.1


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
    :param doubt: how much of the matcher's own doubt is believed.
    :param decorrelation_m: distance over which errors repeat themselves [m].
    :param log_evidence: mean log-likelihood of the truth relative to the volume's mean; what the
        matcher tells about the pose, 0 for nothing.
    :param count: number of samples used.
    """

    temperature: float
    outlier: float
    doubt: float
    decorrelation_m: float
    log_evidence: float
    count: int

    def applied_to(self, config: LikelihoodConfig) -> LikelihoodConfig:
        """Return settings with the fitted values."""
        return replace(config, temperature=self.temperature, outlier=self.outlier,
                       doubt=self.doubt, decorrelation_m=self.decorrelation_m)


def fit_likelihood(samples: Sequence[CalibrationSample]) -> LikelihoodFit:
    """
    Fit by maximum likelihood: the first of :func:`likely_fits`.

    :param samples: in the order of the drive.
    :raises FilterError: when fewer than 20 samples can be used.
    """
    return likely_fits(samples)[0]


def likely_fits(samples: Sequence[CalibrationSample]) -> list[LikelihoodFit]:
    """
    Fit by maximum likelihood, and at every other temperature that explains the drive as well.

    Temperature, wrong-peak probability and the belief in the matcher's own doubt maximise the
    mean log, at the truth, of the posterior that an even prior and
    :class:`xview_loc.filtering.likelihood_model.ImageEvidence` make, on grids of 10 % steps. A
    peak narrower than a cell has less mass between the cells than the mean over the cells says,
    so that the wrong-peak part of such a posterior is larger than its probability. Half a match
    that nobody saw to be right keeps the probability from falling with every match that was. The
    decorrelation maximises the likelihood of the peaks' errors as a first-order autoregressive
    process over distance, on a grid of 10 % steps.

    Matches that repeat each other's errors count as the independent ones they are worth, against
    a temperature that is 1 within a factor of 1.6: few matches of one street leave more doubt.

    :param samples: in the order of the drive; those whose truth lies outside the volume are left
        out.
    :return: the most likely, and those at other temperatures with a mean log less than 0.1 lower.
    :raises FilterError: when fewer than 20 samples can be used.
    """
    inside = [sample for sample in samples if np.isfinite(_at_truth(sample))]
    if len(inside) < SMALLEST_COUNT:
        raise FilterError(
            f'{len(inside)} of {len(samples)} likelihoods cover their true pose; '
            f'at least {SMALLEST_COUNT} are needed to fit.')
    unsure = np.nan_to_num([1.0 - sample.likelihood.confidence for sample in inside])
    decorrelation_m = fit_decorrelation(inside)
    independent = independent_matches(inside, decorrelation_m)
    prior = -0.5 * (np.log(TEMPERATURES) / LOG_TEMPERATURE_STD) ** 2 / independent
    fits: dict[int, LikelihoodFit] = {}
    scores: dict[int, float] = {}
    for stride in STRIDES:
        near = max(scores, key=scores.__getitem__) if fits else 0
        reach = STRIDES[0] if fits else len(TEMPERATURES)
        for index in range(0, len(TEMPERATURES), stride):
            if index not in fits and abs(index - near) < reach:
                temperature = float(TEMPERATURES[index])
                at_truth, share = np.array([
                    _log_ratios(sample, temperature) for sample in inside]).T
                outlier, doubt, evidence = _fit_outlier(at_truth, share, unsure)
                fits[index] = LikelihoodFit(
                    temperature, outlier, doubt, decorrelation_m, evidence, len(inside))
                scores[index] = evidence + prior[index]
    best = max(scores.values())
    return [fits[index] for index in sorted(scores, key=scores.__getitem__, reverse=True)
            if scores[index] == best or scores[index] > best - AS_LIKELY]


def independent_matches(samples: Sequence[CalibrationSample], decorrelation_m: float) -> float:
    """
    Return how many independent matches tell as much as these: the first-order process again.

    :param samples: in the order of the drive.
    :param decorrelation_m: distance over which errors repeat themselves [m].
    """
    steps = np.abs(np.diff([sample.odometer for sample in samples]))
    return 1.0 + float(np.tanh(0.5 * steps / decorrelation_m).sum())


def _at_truth(sample):
    truth = sample.truth
    return float(sample.likelihood.at(*(np.array([value]) for value in truth.as_array()))[0])


def _log_ratios(sample, temperature):
    """Return the truth relative to the volume's mean, and this relative to that over cells."""
    values = sample.likelihood.log_likelihood / np.float32(temperature)
    between = interpolated_log_mean(values, sample.likelihood.is_full_circle)
    known = values[np.isfinite(values)]
    top = float(known.max())
    cells = top + math.log(float(np.exp(known - np.float32(top)).mean(dtype=np.float64)))
    return _at_truth(sample) / temperature - between, between - cells


def _fit_outlier(log_ratio, log_share, unsure):
    """Return the wrong-peak probability, the belief in doubt and the mean log of the posterior."""
    with np.errstate(over='ignore'):
        ratio = np.minimum(np.exp(log_ratio), 1e12)
    wrong = np.minimum(np.maximum(
        DOUBTS[:, None, None] * unsure, OUTLIERS[:, None]), 0.95)
    wrong = wrong / ((1.0 - wrong) * np.exp(log_share) + wrong)
    evidence = np.log((1.0 - wrong) * ratio + wrong).mean(axis=2)
    score = evidence + UNSEEN / len(ratio) * np.log(OUTLIERS)
    doubt, outlier = np.unravel_index(np.argmax(score), score.shape)
    return float(OUTLIERS[outlier]), float(DOUBTS[doubt]), float(evidence[doubt, outlier])


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
