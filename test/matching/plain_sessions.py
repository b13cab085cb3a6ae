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

"""Graphs whose answers are known, in place of a network, and packages that describe them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from xview_loc.matching.model_description import ModelDescription
from xview_loc.matching.model_origin import ModelCard
from xview_loc.matching.model_package import ModelPackage
from xview_loc.matching.model_records import (
    Calibration, FrameSequence, GroundInput, HeadingSearch, RingLayout, SatelliteInput)

PANORAMA = GroundInput('equirectangular', (32, 160), 360.0, 40.0, -40.0)


class BrightPlaces:
    """
    Says that a camera stands wherever a tile is bright; for headings, see the subclasses.

    Counts the runs of every graph.
    """

    def __init__(self) -> None:
        self.runs: Counter[str] = Counter()

    def run(self, graph, inputs):
        self.runs[graph] += 1
        return getattr(self, graph)(inputs)

    def satellite(self, inputs):
        assert inputs['images'].shape[0] == 1 and inputs['images'].dtype == np.uint8
        return {'bright': inputs['images'][..., 0].astype(np.float32)}

    def ground(self, inputs):
        self.images = inputs['images']
        return {'descriptors': self.images.reshape(len(self.images), -1)[:, :1] * 0.0}

    def match(self, inputs):
        count = len(inputs['ground'])
        logits = 0.1 * inputs['bright'][:, None].repeat(count, axis=0)
        return {'logits': logits, 'cell_scores': logits[:, :, ::8, ::8] / 25.0}


class NorthInTheMiddle(BrightPlaces):
    """Likes headings that bring the bright thing of the view into the middle column."""

    def ground(self, inputs):
        columns = inputs['images'][..., 0].max(axis=1).astype(np.float32)
        middle = columns.shape[1] // 2
        return {'descriptors': columns[:, middle - 2:middle + 2].mean(axis=1, keepdims=True)}

    def match(self, inputs):
        scores = super().match(inputs)
        liked = 0.2 * inputs['ground'][:, :, None, None]
        return {'logits': scores['logits'] + liked, 'cell_scores': scores['cell_scores']}


class KnownHeading(BrightPlaces):
    """
    CCVPE that reads the same orientation everywhere.

    :param angle: in the network's own sense [rad].
    :param bin_: the best of 16.
    """

    def __init__(self, angle: float, bin_: int) -> None:
        super().__init__()
        self.angle, self.bin = angle, bin_

    def ground(self, inputs):
        self.images = inputs['images']
        return {f'arc{scale}': np.zeros((1, 4), np.float32) for scale in range(6)}

    def match(self, inputs):
        logits = 0.1 * inputs['bright'][:, None]
        field = np.ones_like(logits) * np.array(
            [np.cos(self.angle), np.sin(self.angle)], np.float32)[:, None, None]
        matches = np.zeros((1, 16, 4, 4), np.float32)
        matches[:, self.bin] = 0.8
        return {'logits': logits, 'field': field, 'matches': matches}


def described(family: str, *, ground: GroundInput = PANORAMA, size: int = 64,
              metres_per_pixel: float = 0.5, kind: str = 'aligned', bins: int = 16,
              calibration: Calibration | None = None,
              ring: RingLayout | None = None) -> ModelPackage:
    """Return a package without files."""
    video = family == 'cvlnet'
    return ModelPackage(Path('nowhere'), ModelDescription(
        format=1, name=f'untrained_{family}', family=family, trained=False, precision='float32',
        opset=18, satellite=SatelliteInput(size, metres_per_pixel), ground=ground,
        heading=HeadingSearch(kind, bins), card=ModelCard('Apache-2.0', 'none'),
        window=FrameSequence(4, 0.3) if video else FrameSequence(),
        calibration=calibration or Calibration(), ring=ring,
        camera_height_m=1.65 if video else None))
