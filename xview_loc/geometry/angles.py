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

"""
Angles: yaw inside, heading at the user's edge.

Yaw is counter-clockwise from east [rad]. Heading is clockwise from north [rad]. The two words are
never mixed: everything below the command line speaks yaw.
"""

import numpy as np


def wrap_angle(angle):
    """
    Wrap angles to the half-open interval [-pi, pi).

    :param angle: scalar or array [rad].
    :return: the same angle or angles, wrapped.
    """
    return (angle + np.pi) % (2.0 * np.pi) - np.pi


def yaw_from_heading(heading):
    """
    Convert a heading (clockwise from north) to a yaw (counter-clockwise from east).

    :param heading: scalar or array [rad].
    :return: yaw in [-pi, pi).
    """
    return wrap_angle(0.5 * np.pi - heading)


def heading_from_yaw(yaw):
    """
    Convert a yaw (counter-clockwise from east) to a heading (clockwise from north).

    :param yaw: scalar or array [rad].
    :return: heading in [0, 2 pi).
    """
    return (0.5 * np.pi - yaw) % (2.0 * np.pi)


def circular_mean(angles, weights=None):
    """
    Average angles on the circle.

    :param angles: ``(N,)`` angles [rad].
    :param weights: ``(N,)`` non-negative weights; equal when ``None``.
    :return: mean angle in [-pi, pi).
    """
    sine, cosine = np.sin(angles), np.cos(angles)
    return wrap_angle(np.arctan2(np.average(sine, weights=weights),
                                 np.average(cosine, weights=weights)))
