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

"""Whether a likelihood keeps what it promises: how often the truth is in its credible regions."""

from __future__ import annotations

from typing import Sequence

import numpy as np

from xview_loc.filtering.filter_config import LikelihoodConfig
from xview_loc.filtering.likelihood_calibration import (
    CalibrationSample, LikelihoodFit, likely_fits)
from xview_loc.filtering.likelihood_model import LikelihoodModel
from xview_loc.filtering.volume_sampler import VolumeSampler

LEVELS = np.linspace(0.05, 0.95, 19)
DRAWS = 4000


def fit_reliable(samples: Sequence[CalibrationSample]) -> LikelihoodFit:
    """
    Fit by maximum likelihood, and keep what is promised: of fits as likely the best calibrated.

    Where matches are a mixture of precise and poor ones, no temperature is right for both, and the
    most likely one, which the poor ones rule, promises too little for the rest.

    :param samples: in the order of the drive.
    :raises FilterError: when fewer than 20 samples can be used.
    """
    return most_reliable(likely_fits(samples), samples)


def most_reliable(fits: Sequence[LikelihoodFit],
                  samples: Sequence[CalibrationSample]) -> LikelihoodFit:
    """
    Return the fit whose credible regions hold the truth as often as they promise.

    :param fits: at least one.
    :param samples: to judge them by.
    """
    default = LikelihoodConfig()
    return min(fits, key=lambda fit: calibration_error(
        credible_levels(samples, fit.applied_to(default))))


def credible_levels(samples: Sequence[CalibrationSample], config: LikelihoodConfig) -> np.ndarray:
    """
    Return the credibility of the smallest region of highest density that holds each truth.

    The posterior is that of :class:`xview_loc.filtering.likelihood_model.ImageEvidence` under an
    even prior over the volume. Where it is calibrated the levels are uniform: the region of
    probability p holds the truth in a share p of the cases (Hyndman 1996, "Computing and graphing
    highest density regions", section 3.2). 4000 draws settle a level to 0.01.

    :param samples: those whose truth is unknown to the volume are left out.
    :param config: temperature and wrong-peak probability.
    :return: ``(N,)`` in [0, 1].
    """
    model, generator = LikelihoodModel(config), np.random.default_rng(0)
    levels = [_level(model.evidence_alone(sample.likelihood), sample, generator)
              for sample in samples]
    return np.array([level for level in levels if np.isfinite(level)])


def _level(evidence, sample, generator):
    if evidence is None:
        return np.nan
    truth = float(evidence.log_ratio(*(np.array([value]) for value in sample.truth.as_array()))[0])
    sampler = VolumeSampler(evidence)
    density = 1.0 / max(sampler.known_measure, 1e-9)
    draws = sampler.draw(lambda x, y, yaw: np.full(np.shape(x), density), DRAWS, generator)
    values = evidence.likelihood.log_likelihood
    wider = values[np.isfinite(values)] / evidence.temperature - evidence.log_mean > truth
    inside, total = evidence.floor * wider.mean(), evidence.floor
    if draws is not None:
        drawn = evidence.log_ratio(*draws.poses)
        # A draw between the outermost cell centre and the rim has no value; there is no peak.
        inside += draws.weights[drawn > truth].sum()
        total += draws.weights.sum()
    return inside / total if np.isfinite(truth) else np.nan


def calibration_error(levels: np.ndarray) -> float:
    """
    Return the mean difference between promised and kept coverage, the expected calibration error.

    :param levels: ``(N,)`` of :func:`credible_levels`, at least one.
    :return: over credible regions of 5 to 95 %: 0 for a perfect matcher, around
        ``0.3 / sqrt(N)`` by chance alone, at most 0.5.
    """
    kept = (np.asarray(levels)[None] <= LEVELS[:, None]).mean(axis=1)
    return float(np.abs(kept - LEVELS).mean())
