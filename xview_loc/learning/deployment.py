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


"""What a network must be told about cameras and tiles to be used outside of its training."""

from __future__ import annotations

from dataclasses import dataclass

from xview_loc.matching.birds_eye_input import BirdsEyeInput
from xview_loc.matching.model_records import (
    Calibration, FrameSequence, GroundInput, HeadingSearch, RetrievalGrid, RingLayout,
    SatelliteInput)


@dataclass(frozen=True)
class Deployment:
    """
    The entries of a model package that the network itself does not know.

    :param satellite: tiles.
    :param ground: images.
    :param heading: how the heading is found.
    :param window: frames taken at once.
    :param calibration: of the likelihood.
    :param retrieval: grid of descriptors, of retrieval families only.
    :param camera_height_m: of the training cameras, of cvlnet only [m].
    :param ring: directions, of ccvpe only.
    :param birds_eye: features, of bev_net only.
    """

    satellite: SatelliteInput
    ground: GroundInput
    heading: HeadingSearch
    window: FrameSequence = FrameSequence()
    calibration: Calibration = Calibration()
    retrieval: RetrievalGrid | None = None
    camera_height_m: float | None = None
    ring: RingLayout | None = None
    birds_eye: BirdsEyeInput | None = None
