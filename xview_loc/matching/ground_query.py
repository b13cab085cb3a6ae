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

"""The ground network of a retrieval package, applied to a view for several headings."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.errors import MatchingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.matching.graph_runner import GraphRunner
from xview_loc.matching.ground_view import GroundView
from xview_loc.matching.model_package import ModelPackage

INVARIANT_BINS = 8
KNOWN_YAW = 1e-3


def require_retrieval(package: ModelPackage) -> None:
    """
    Refuse packages whose networks do not describe tiles, or whose views cannot be turned.

    :param package: to look at.
    :raises MatchingError: saying which it is.
    """
    description = package.description
    if description.retrieval is None:
        raise MatchingError(
            f'The model {package.name} is of the family {package.family}, which has no '
            'descriptors of tiles; use a retrieval model.')
    if description.heading.kind == 'aligned' and description.ground.projection == 'pinhole':
        raise MatchingError(
            f'The model {package.name} wants views turned to the north, but a pinhole view '
            'cannot be turned: use a panorama model, or one whose heading is invariant.')


def searched_yaws(package: ModelPackage, yaw: float, yaw_range: float) -> np.ndarray:
    """
    Return the yaws to compare.

    The package's bins around ``yaw`` where they close the circle, else at least three that end at
    the limits of the range, no further apart than the bins; one where the yaw is known.

    :param package: whose ``heading`` states how many bins a full turn has.
    :param yaw: middle of the range [rad].
    :param yaw_range: half its width [rad].
    :return: ``(K,)`` uniform and increasing [rad].
    """
    heading = package.description.heading
    bins = INVARIANT_BINS if heading.kind == 'invariant' else max(heading.bins, 4)
    step = 2.0 * math.pi / bins
    if yaw_range < KNOWN_YAW:
        return np.array([yaw])
    if 2.0 * yaw_range + step >= 2.0 * math.pi:
        return yaw + step * (np.arange(bins) - bins // 2)
    count = max(math.ceil(yaw_range / step), 1)
    return yaw + yaw_range / count * np.arange(-count, count + 1)


def ground_descriptors(view: GroundView, package: ModelPackage, sessions: GraphRunner,
                       yaws: np.ndarray) -> np.ndarray:
    """
    Describe a view as it would be if the vehicle had each yaw.

    An ``aligned`` network sees the panorama turned, by whole columns (an error of at most half a
    column); an ``input`` network is told the heading of the centre column; for an ``invariant``
    one the view is described once.

    :param view: made for this package.
    :param package: of a retrieval family.
    :param sessions: its graphs.
    :param yaws: ``(K,)`` yaws of ``base_link`` to suppose [rad].
    :return: ``(K, D)`` float32.
    """
    kind = package.description.heading.kind
    if kind == 'aligned':
        inputs = {'images': view.aligned(yaws).images}
    else:
        inputs = {'images': view.image[None]}
    if kind == 'input':
        headings = wrap_angle(0.5 * math.pi - (yaws + view.yaw)).astype(np.float32)
        images = np.broadcast_to(view.image, (len(yaws), *view.image.shape))
        inputs = {'images': np.ascontiguousarray(images), 'heading': headings}
    found = sessions.run('ground', inputs)['descriptors']
    return np.broadcast_to(found, (len(yaws), found.shape[1]))
