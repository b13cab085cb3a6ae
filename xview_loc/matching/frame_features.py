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

"""Features of camera frames, kept while later sequences still hold the frames."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from xview_loc.camera.frame_window import Frame
from xview_loc.matching.ground_view import GroundView


@dataclass(frozen=True)
class FrameFeatures:
    """
    A frame after the network.

    :param view: what the network saw.
    :param features: ``(C, h, w)`` float32.
    """

    view: GroundView
    features: np.ndarray


class FrameFeatureCache:
    """
    Runs a network once for every frame, the new ones of a sequence in one batch.

    Frames are known by their images: one frame comes in many windows, placed anew each time.

    :param view_of: makes the network's view of a frame.
    :param network: ``(B, H, W, 3)`` uint8 to ``(B, C, h, w)`` float32.
    :param capacity: frames kept.
    """

    def __init__(self, view_of: Callable[[Frame], GroundView],
                 network: Callable[[np.ndarray], np.ndarray], capacity: int) -> None:
        """Start empty."""
        self._view_of = view_of
        self._network = network
        self._capacity = capacity
        # The image is kept beside its features so that its identity is not given to another.
        self._known: OrderedDict[int, tuple[np.ndarray, FrameFeatures]] = OrderedDict()
        self.runs = 0

    def of(self, frames: Sequence[Frame]) -> list[FrameFeatures]:
        """
        Return the features of frames.

        :param frames: in any order.
        :raises MatchingError: when a frame cannot be made a view; none is kept then.
        """
        missing = [frame for frame in frames if id(frame.image) not in self._known]
        if missing:
            views = [self._view_of(frame) for frame in missing]
            found = self._network(np.stack([view.image for view in views]))
            self.runs += len(missing)
            for frame, view, features in zip(missing, views, found):
                self._known[id(frame.image)] = frame.image, FrameFeatures(view, features)
        result = []
        for frame in frames:
            self._known.move_to_end(id(frame.image))
            result.append(self._known[id(frame.image)][1])
        while len(self._known) > max(self._capacity, len(frames)):
            self._known.popitem(last=False)
        return result
