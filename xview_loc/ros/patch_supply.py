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

"""Reads patches of imagery ahead of the vehicle in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import time
from typing import Any

from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.imagery_source import ImagerySource
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.ros.handover import PatchNeeds
from xview_loc.ros.patch_store import PatchStore
from xview_loc.ros.tile_manager_config import PatchConfig
from xview_loc.ros.worker import Worker

_RETRY_S = 2.0
_LONGEST_STEP_S = 2.0
_SMOOTHING = 0.3


@dataclass(frozen=True)
class _Errand:
    """One thing for the thread to do: read a patch and give it to somebody."""

    geometry: PatchGeometry
    frame: LocalFrame
    deliver: Callable[[SatellitePatch], None]


class PatchSupply:
    """
    Keeps patches around the vehicle and reads the next ones in time.

    Everything is called from one thread; reading happens in another.

    :param source: the imagery.
    :param config: sizes and times.
    :param prepare: called in the reading thread with each patch that carries imagery; the
        matcher's work ahead of time.
    """

    def __init__(self, source: ImagerySource, config: PatchConfig,
                 prepare: Callable[[SatellitePatch], Any]) -> None:
        """Start without patches and without a thread."""
        self._source = source
        self._config = config
        self._prepare = prepare
        self._store = PatchStore(config.grid, config.kept)
        self._worker: Worker[_Errand] | None = None
        self._requested: tuple[PatchGeometry, float] | None = None
        self.reads = 0
        self.forget_motion()

    def start(self, on_error: Callable[[Exception], None]) -> None:
        """
        Start the thread.

        :param on_error: called in it with what reading or preparing raised.
        """
        self._worker = Worker('tiles', self._read, on_error)

    def stop(self) -> None:
        """Stop the thread."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    @property
    def idle(self) -> bool:
        """Tell whether nothing is being read and nothing waits."""
        return self._worker is not None and self._worker.idle

    def clear(self) -> None:
        """Forget every patch."""
        self._store.clear()
        self._requested = None

    def forget_motion(self) -> None:
        """Start to measure the velocity anew."""
        self._last_seen: tuple[float, Pose2] | None = None
        self._velocity = (0.0, 0.0)

    def patch_for(self, pose: Pose2, radius_m: float, needs: PatchNeeds,
                  frame: LocalFrame) -> SatellitePatch | None:
        """
        Return a patch that holds the search around a place, or ask for one.

        :param pose: the place.
        :param radius_m: how far the search reaches [m].
        :param needs: what the matcher wants.
        :param frame: the map on the earth.
        :return: ``None`` while it is being read.
        """
        reach, resolution = radius_m + needs.view_radius_m, needs.metres_per_pixel
        patch = self._store.find(pose.x, pose.y, reach, resolution)
        if patch is None:
            self._request(
                self._store.geometry_for(pose.x, pose.y, reach, resolution), frame)
        return patch

    def fetch_ahead(self, stamp: float, pose: Pose2, radius_m: float, needs: PatchNeeds,
                    frame: LocalFrame) -> None:
        """
        Ask for the patch that the motion leads to.

        :param stamp: time of the pose [s].
        :param pose: where the vehicle is.
        :param radius_m: how far the search reaches [m].
        :param needs: what the matcher wants.
        :param frame: the map on the earth.
        """
        before, self._last_seen = self._last_seen, (stamp, pose)
        step = stamp - before[0] if before is not None else 0.0
        if before is None or not 0.0 < step < _LONGEST_STEP_S:
            return
        keep = 1.0 - _SMOOTHING
        self._velocity = (
            keep * self._velocity[0] + _SMOOTHING * (pose.x - before[1].x) / step,
            keep * self._velocity[1] + _SMOOTHING * (pose.y - before[1].y) / step)
        ahead = self._config.prefetch_time
        if ahead > 0.0 and self.idle:
            self.patch_for(Pose2(pose.x + ahead * self._velocity[0],
                                 pose.y + ahead * self._velocity[1], pose.yaw),
                           radius_m, needs, frame)

    def read_once(self, geometry: PatchGeometry, frame: LocalFrame,
                  deliver: Callable[[SatellitePatch], None]) -> None:
        """
        Read a patch that is not kept, for instance for display.

        :param geometry: what to read.
        :param frame: the map on the earth.
        :param deliver: called with it in the reading thread.
        """
        if self._worker is not None:
            self._worker.put(_Errand(geometry, frame, deliver))

    def _request(self, geometry: PatchGeometry, frame: LocalFrame) -> None:
        """Ask the thread for a patch, once; again after a while if nothing has come."""
        now = time.monotonic()
        if self._requested is not None and self._requested[0] == geometry and (
                now - self._requested[1] < _RETRY_S):
            return
        self._requested = (geometry, now)
        self.read_once(geometry, frame, self._keep)

    def _read(self, errand: _Errand) -> None:
        """Do one errand; runs in the thread."""
        errand.deliver(self._source.read_patch(errand.geometry, errand.frame))

    def _keep(self, patch: SatellitePatch) -> None:
        """Prepare a patch and make it available; runs in the thread."""
        if patch.valid.any():
            self._prepare(patch)
        self._store.add(patch)
        self.reads += 1
