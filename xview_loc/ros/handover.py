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

"""What the nodes of one process pass to each other in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.geometry.pose_buffer import PoseBuffer
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_records import FrameSequence
from xview_loc.matching.pose_likelihood import PoseLikelihood


@dataclass(frozen=True)
class MatchJob:
    """
    Everything one match needs.

    :param window: the frames.
    :param patch: the imagery around the prior.
    :param prior: where to search.
    :param epoch: count of time jumps when the job was made; results of an earlier epoch are
        discarded.
    """

    window: FrameWindow
    patch: SatellitePatch
    prior: SearchPrior
    epoch: int


@dataclass(frozen=True)
class PatchNeeds:
    """
    What a matcher wants of its patches.

    :param metres_per_pixel: ground resolution [m].
    :param view_radius_m: how far from the vehicle the ground view reaches [m].
    """

    metres_per_pixel: float
    view_radius_m: float


@dataclass
class Handover:
    """
    The seams between the nodes; each node fills in its own when it is configured.

    The callables are called in the executor's thread unless stated.

    :param take_window: the tile manager's: takes a window and the odometry around it.
    :param take_job: the matcher's: takes a job and returns at once.
    :param take_likelihood: the filter's, where it lives in the same process; called in the
        matcher's thread.
    :param prepare: the matcher's: map features of a patch, ahead of time; called in the tile
        manager's thread.
    :param needs: what the matcher wants of its patches.
    :param frames: what the matcher wants of its windows; ``None`` where any will do.
    :param imagery_metres_per_pixel: ground resolution of the imagery [m].
    """

    take_window: Callable[[FrameWindow, PoseBuffer], None] | None = None
    take_job: Callable[[MatchJob], None] | None = None
    take_likelihood: Callable[[PoseLikelihood], None] | None = None
    prepare: Callable[[SatellitePatch], Any] | None = None
    needs: PatchNeeds | None = None
    frames: FrameSequence | None = None
    imagery_metres_per_pixel: float | None = None
