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
Odd frames of a KITTI raw drive on the ground mosaic that was made of its even frames.

The mosaic shares light and shadow with its queries: this measures geometry, not robustness.
"""

from __future__ import annotations

from dataclasses import replace
import math
from pathlib import Path

import numpy as np

from xview_loc.camera.frame_window import Frame
from xview_loc.geometry.pose2 import Pose2
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.recordings.kitti_fixture import kitti_evaluation_frames, load_kitti_raw, read_mosaic

SIZE, METRES_PER_PIXEL = 1024, 0.1
PRIOR_SIGMA_M, PRIOR_SIGMA_YAW = 3.0, math.radians(5.0)


class KittiMosaicPairs:
    """
    Frames and the mosaic; satisfies :class:`.pair_source.PairSource`.

    :param root: folder of the drive, with ``self_ortho_even_frames.png``.
    :param seed: of the priors, 3 m and 5 degrees wrong (one sigma of each axis).
    """

    def __init__(self, root: Path, seed: int = 0) -> None:
        drive = load_kitti_raw(root, frames='odd')
        self.name = 'KITTI raw mosaic'
        self._frames = kitti_evaluation_frames(drive)
        self.mosaic = read_mosaic(root).patch(drive.local_frame)
        random = np.random.default_rng(seed)
        scale = (PRIOR_SIGMA_M, PRIOR_SIGMA_M, PRIOR_SIGMA_YAW)
        self.priors = tuple(Pose2(*(truth.as_array() + random.normal(size=3) * scale))
                            for _, truth in self._frames)
        self.identifiers = tuple(f'{frame.stamp:.3f}' for frame, _ in self._frames)
        self.positions = np.array([(truth.x, truth.y) for _, truth in self._frames])

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self._frames)

    def frame(self, index: int) -> tuple[Frame, Pose2]:
        """Return a frame with its attitude, and the true pose of ``base_link`` in ``map``."""
        return self._frames[index]

    def files(self, index: int) -> tuple[Path, ...]:
        """Return nothing: images are read with the drive."""
        return ()

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """
        Return a frame with the part of the mosaic around its prior; black where nothing is known.

        The camera is that of a level vehicle; :meth:`frame` has its attitude.
        """
        frame, truth = self._frames[index]
        prior = self.priors[index]
        geometry = replace(self.mosaic.geometry, centre_x=prior.x, centre_y=prior.y,
                           height=SIZE, width=SIZE)
        row, column = self.mosaic.geometry.pixel_from_map(*geometry.map_from_pixel(0.5, 0.5))
        top, left = round(float(row) - 0.5), round(float(column) - 0.5)
        tile = np.zeros((SIZE, SIZE, 3), np.uint8)
        height, width = self.mosaic.image.shape[:2]
        rows = slice(max(-top, 0), min(height - top, SIZE))
        columns = slice(max(-left, 0), min(width - left, SIZE))
        tile[rows, columns] = self.mosaic.image[
            rows.start + top:rows.stop + top, columns.start + left:columns.stop + left]
        east, north = self.mosaic.geometry.map_from_pixel(top + SIZE / 2, left + SIZE / 2)
        return CrossViewSample(
            self.identifiers[index], frame.image, tile, METRES_PER_PIXEL,
            truth.x - float(east), truth.y - float(north), 0.5 * math.pi - truth.yaw,
            (truth.x, truth.y), frame.camera)
