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

"""Imagery read before it is needed."""

from __future__ import annotations

from dataclasses import replace
from threading import Condition, Thread
from typing import TYPE_CHECKING

from xview_loc.errors import XviewLocError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.imagery_source import ImagerySource

if TYPE_CHECKING:
    from xview_loc.geometry.local_frame import LocalFrame


class Prefetcher:
    """
    Decodes the tiles ahead of the vehicle in a thread of its own.

    Only the newest wish counts. What goes wrong is counted in the source's warnings and shows
    again when the patch itself is read.

    :param source: the imagery; its cache is filled.
    """

    def __init__(self, source: ImagerySource):
        self._source = source
        self._wish: tuple[PatchGeometry, LocalFrame] | None = None
        self._busy = False
        self._closed = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name='imagery_prefetch', daemon=True)
        self._thread.start()

    def look_ahead(self, geometry: PatchGeometry, frame: LocalFrame,
                   velocity_xy: tuple[float, float], horizon_s: float = 3.0) -> None:
        """
        Wish for the patch where the vehicle will be.

        :param geometry: the patch that is needed now.
        :param frame: the ``map`` frame on the earth.
        :param velocity_xy: east and north velocity [m/s].
        :param horizon_s: how far ahead [s].
        """
        self.request(replace(geometry,
                             centre_x=geometry.centre_x + velocity_xy[0] * horizon_s,
                             centre_y=geometry.centre_y + velocity_xy[1] * horizon_s), frame)

    def request(self, geometry: PatchGeometry, frame: LocalFrame) -> None:
        """
        Wish for a patch; an older wish not begun yet is dropped.

        :param geometry: the patch.
        :param frame: the ``map`` frame on the earth.
        """
        with self._changed:
            self._wish = (geometry, frame)
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> bool:
        """Wait until all wishes are fulfilled; tell whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: self._wish is None and not self._busy,
                                          timeout_s)

    def close(self) -> None:
        """End the thread; the source stays open."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._wish is not None or self._closed)
                if self._closed or self._wish is None:
                    return
                geometry, frame = self._wish
                self._wish, self._busy = None, True
            try:
                self._source.prefetch(geometry, frame)
            except XviewLocError as error:
                self._source.warnings.add('prefetch failed', self._source.name, str(error))
