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

"""The correlated error of GNSS relative to the imagery, one Kalman filter per particle."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.filtering.belief import GNSS_ERROR, POSITION
from xview_loc.filtering.filter_config import GnssConfig


class GnssErrorModel:
    """
    Slow offset and multipath as first-order Gauss-Markov processes, marginalised analytically.

    Given a particle's position a fix measures the sum of both errors linearly, so each particle
    carries their conditional mean and all share one covariance (Rao-Blackwellisation, Schoen,
    Gustafsson and Nordlund 2005, model 3 with equal covariances). A constant bias of a whole
    drive therefore ends in the offset instead of dragging the pose.

    The order of the error states is offset east, offset north, multipath east, multipath north.

    :param config: standard deviations and time constants.
    """

    def __init__(self, config: GnssConfig):
        """Keep the settings."""
        self._config = config
        self._variance = np.array([config.offset_std ** 2] * 2 + [config.multipath_std ** 2] * 2)
        self._rate = 1.0 / np.array([config.offset_time_constant_s] * 2
                                    + [config.multipath_time_constant_s] * 2)

    def initial_covariance(self) -> np.ndarray:
        """Return the ``(4, 4)`` covariance before the first fix [m2]."""
        return np.diag(self._variance)

    def position_covariance(self, reported: np.ndarray) -> np.ndarray:
        """
        Return how far a single fix may be from the position on the imagery.

        :param reported: ``(2, 2)`` covariance of the fix [m2].
        :return: ``(2, 2)`` [m2].
        """
        total = self._config.offset_std ** 2 + self._config.multipath_std ** 2
        return self.white(reported) + total * np.eye(2)

    def white(self, reported: np.ndarray) -> np.ndarray:
        """Return the reported covariance, no smaller than the configured floor."""
        return reported + self._config.smallest_std ** 2 * np.eye(2)

    def predict(self, states: np.ndarray, covariance: np.ndarray, duration: float) -> np.ndarray:
        """
        Let the errors forget themselves over time; changes ``states`` in place.

        :param states: ``(9, N)`` particles.
        :param covariance: ``(4, 4)`` [m2].
        :param duration: [s].
        :return: the new ``(4, 4)`` covariance.
        """
        keep = np.exp(-self._rate * duration)
        states[GNSS_ERROR] *= keep[:, None]
        return covariance * np.outer(keep, keep) + np.diag((1.0 - keep * keep) * self._variance)

    @staticmethod
    def innovation(states: np.ndarray, x: float, y: float) -> np.ndarray:
        """Return ``(2, N)``: the fix minus what each particle predicts [m]."""
        predicted = states[POSITION] + states[GNSS_ERROR][:2] + states[GNSS_ERROR][2:]
        return np.array([[x], [y]]) - predicted

    @staticmethod
    def innovation_covariance(covariance: np.ndarray, white: np.ndarray) -> np.ndarray:
        """Return ``(2, 2)``: covariance of the innovation given a particle's position [m2]."""
        observe = _observation()
        return observe @ covariance @ observe.T + white

    @staticmethod
    def log_likelihood(innovation: np.ndarray, covariance: np.ndarray) -> np.ndarray:
        """
        Return the Gaussian log-density of each innovation.

        :param innovation: ``(2, N)`` [m].
        :param covariance: ``(2, 2)`` [m2].
        """
        precision = np.linalg.inv(covariance)
        square = (precision[0, 0] * innovation[0] ** 2 + precision[1, 1] * innovation[1] ** 2
                  + 2.0 * precision[0, 1] * innovation[0] * innovation[1])
        normaliser = math.log(2.0 * math.pi) + 0.5 * math.log(np.linalg.det(covariance))
        return -0.5 * square - normaliser

    @staticmethod
    def correct(states: np.ndarray, covariance: np.ndarray, innovation: np.ndarray,
                white: np.ndarray) -> np.ndarray:
        """
        Apply a fix to the errors given the positions; changes ``states`` in place.

        :param states: ``(9, N)`` particles.
        :param covariance: ``(4, 4)`` [m2].
        :param innovation: ``(2, N)`` [m].
        :param white: ``(2, 2)`` white noise of the fix [m2].
        :return: the new ``(4, 4)`` covariance (Joseph form).
        """
        observe = _observation()
        gain = covariance @ observe.T @ np.linalg.inv(observe @ covariance @ observe.T + white)
        states[GNSS_ERROR] += gain @ innovation
        rest = np.eye(4) - gain @ observe
        result = rest @ covariance @ rest.T + gain @ white @ gain.T
        return 0.5 * (result + result.T)


def _observation() -> np.ndarray:
    return np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
