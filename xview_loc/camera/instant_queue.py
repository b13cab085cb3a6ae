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


"""Which images of several cameras belong together, and when to stop waiting for the rest."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from xview_loc.errors import CameraError

SILENT_AFTER = 3
REMEMBERED = 8
BACK_JUMP_S = 1.0

Image = TypeVar('Image')


@dataclass(eq=False)
class Instant(Generic[Image]):
    """
    What the cameras of a vehicle took at nearly the same time.

    :param stamp: of the image that began it [s].
    :param claimed: cameras whose image is on its way or there.
    :param images: by camera.
    :param newest: newest stamp of the images [s].
    :param opened: real time at which the first image was put in [s].
    :param closed: whether it was given out.
    """

    stamp: float
    claimed: set[str] = field(default_factory=set)
    images: dict[str, Image] = field(default_factory=dict)
    newest: float = 0.0
    opened: float = 0.0
    closed: bool = False


class InstantQueue(Generic[Image]):
    """
    Groups the images of several cameras by instant and gives each instant out once.

    An instant is complete when every camera that is not silent has put its image in; it is ripe
    when it is complete, or has waited long enough, and its motion is known. A camera is silent
    after it has missed three instants in a row, until its next image; so a dead camera delays
    three instants and then none. With one camera every instant is complete at once.

    :param cameras: distinct names.
    :param tolerance_s: stamps at most this far from that of the first image belong to its
        instant [s].
    :param longest_wait_s: how long an instant waits for its images [s].
    :raises CameraError: when there is no camera or a time is negative.
    """

    def __init__(self, cameras: Sequence[str], tolerance_s: float = 0.0,
                 longest_wait_s: float = 0.0) -> None:
        """Start without instants."""
        if not cameras or not tolerance_s >= 0.0 or not longest_wait_s >= 0.0:
            raise CameraError(
                f'Images of the cameras {list(cameras)} cannot be grouped within {tolerance_s} s '
                f'and {longest_wait_s} s of waiting; at least one camera is needed and the times '
                'must not be negative.')
        self._tolerance = tolerance_s
        self._longest_wait = longest_wait_s
        self._missed = dict.fromkeys(cameras, 0)
        self._last: dict[str, float] = {}
        self._instants: deque[Instant[Image]] = deque(maxlen=REMEMBERED)

    def clear(self) -> None:
        """Forget every instant and await every camera again."""
        self._instants.clear()
        self._last.clear()
        self._missed = dict.fromkeys(self._missed, 0)

    @property
    def silent(self) -> list[str]:
        """Return the cameras that are not waited for."""
        return [camera for camera, missed in self._missed.items() if missed >= SILENT_AFTER]

    def claim(self, camera: str, stamp: float,
              is_due: Callable[[float], bool]) -> Instant[Image] | None:
        """
        Return the instant an image belongs to, before it is decoded.

        :param camera: whose image it is.
        :param stamp: of the image [s].
        :param is_due: tells whether a new instant may begin at a stamp; asked only when the image
            belongs to none that is known.
        :return: ``None`` when the image is not wanted.
        """
        last, self._last[camera] = self._last.get(camera), stamp
        near = [instant for instant in self._instants if camera not in instant.claimed
                and abs(stamp - instant.stamp) <= self._tolerance]
        if near:
            instant = min(near, key=lambda instant: abs(stamp - instant.stamp))
            instant.claimed.add(camera)
            # The image of a silent camera that comes too late still shows that it is back.
            return instant if not instant.closed or camera in self.silent else None
        went_back = last is not None and stamp < last - BACK_JUMP_S
        if (self._is_old(stamp) and not went_back) or not is_due(stamp):
            return None
        self._instants.append(Instant(stamp, {camera}))
        return self._instants[-1]

    def put(self, instant: Instant[Image], camera: str, stamp: float, image: Image,
            now: float) -> bool:
        """
        Put in an image that was claimed.

        :param instant: as claimed.
        :param camera: whose image it is.
        :param stamp: of the image [s].
        :param image: the image.
        :param now: real time [s].
        :return: False when the instant was given out before.
        """
        self._missed[camera] = 0
        if instant.closed:
            return False
        if not instant.images:
            instant.opened, instant.newest = now, stamp
        instant.images[camera] = image
        instant.newest = max(instant.newest, stamp)
        return True

    def take(self, now: float, motion_known_at: Callable[[float], bool],
             motion_wait_s: float) -> dict[str, Image] | None:
        """
        Give out the oldest instant if it is ripe, or a later one is complete.

        :param now: real time [s].
        :param motion_known_at: tells whether the motion reaches a stamp.
        :param motion_wait_s: how long an instant waits for its motion [s].
        :return: images by camera; ``None`` while there is nothing to give.
        """
        pending = [instant for instant in self._instants
                   if instant.images and not instant.closed]
        if not pending:
            return None
        oldest, waited = pending[0], now - pending[0].opened
        images_there = self._is_complete(oldest) or waited >= self._longest_wait
        ripe = images_there and (waited >= motion_wait_s or motion_known_at(oldest.newest))
        if not ripe and not any(map(self._is_complete, pending[1:])):
            return None
        oldest.closed = True
        for camera in self._missed:
            self._missed[camera] = 0 if camera in oldest.images else self._missed[camera] + 1
        images, oldest.images = oldest.images, {}  # nothing keeps the pixels alive
        return images

    def _is_complete(self, instant: Instant[Image]) -> bool:
        """Tell whether no more image is waited for."""
        return all(camera in instant.images or missed >= SILENT_AFTER
                   for camera, missed in self._missed.items())

    def _is_old(self, stamp: float) -> bool:
        """Tell whether an image of several cameras is older than what is gathered."""
        several = len(self._missed) > 1
        return several and bool(self._instants) and stamp < self._instants[-1].stamp
