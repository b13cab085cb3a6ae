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

"""What the ``model.yaml`` of a model package says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
import re

from xview_loc.errors import ModelPackageError
from xview_loc.matching.birds_eye_input import BirdsEyeInput
from xview_loc.matching.model_origin import ExportParity, GraphFile, ModelCard
from xview_loc.matching.model_records import (
    Calibration, FrameSequence, GroundInput, HeadingSearch, RetrievalGrid, RingLayout,
    SatelliteInput)

FORMAT = 1
UNTRAINED = 'untrained_'
RETRIEVAL_FAMILIES = ('safa', 'oricnn', 'stn_safa')
DENSE_FAMILIES = ('cvml', 'ccvpe')
VIDEO_FAMILIES = ('cvlnet',)
BIRDS_EYE_FAMILIES = ('bev_net',)
FAMILIES = RETRIEVAL_FAMILIES + DENSE_FAMILIES + VIDEO_FAMILIES + BIRDS_EYE_FAMILIES
PRECISIONS = ('float32', 'float16')
HEADINGS = {
    'safa': ('aligned', 'invariant'), 'stn_safa': ('aligned', 'invariant'),
    'cvml': ('aligned', 'invariant'), 'oricnn': ('input',), 'cvlnet': ('input',),
    'ccvpe': ('joint',), 'bev_net': ('invariant',)}


def graphs_of(family: str) -> tuple[str, ...]:
    """
    Return the names of the graphs that a family consists of; of bev_net, all that it may have.

    :param family: one of ``FAMILIES``.
    """
    further = {'cvml': ('match',), 'ccvpe': ('match',), 'cvlnet': ('fuse', 'match')}
    return ('satellite', 'ground', *further.get(family, ()))


@dataclass(frozen=True)
class ModelDescription:
    """
    What ``model.yaml`` says.

    :param format: version of the file.
    :param name: of the package; starts with ``untrained_`` where ``trained`` is false.
    :param family: which network, one of ``FAMILIES``.
    :param trained: false means random weights.
    :param precision: of the weights, ``float32`` or ``float16``.
    :param opset: of the graphs.
    :param satellite: tiles.
    :param ground: images.
    :param heading: how the heading is found.
    :param card: provenance.
    :param files: sizes and checksums by file name.
    :param window: frames taken at once.
    :param calibration: of the likelihood.
    :param parity: measured at export.
    :param retrieval: grid of descriptors, of retrieval families only.
    :param camera_height_m: of the training cameras, of cvlnet only [m].
    :param ring: directions, of ccvpe only.
    :param birds_eye: features, of bev_net only.
    :raises ModelPackageError: when entries contradict each other.
    """

    format: int  # noqa: A003 - the name of the entry in the file
    name: str
    family: str
    trained: bool
    precision: str
    opset: int
    satellite: SatelliteInput
    ground: GroundInput
    heading: HeadingSearch
    card: ModelCard
    files: Mapping[str, GraphFile] = field(default_factory=dict)
    window: FrameSequence = FrameSequence()
    calibration: Calibration = Calibration()
    parity: ExportParity = ExportParity()
    retrieval: RetrievalGrid | None = None
    camera_height_m: float | None = None
    ring: RingLayout | None = None
    birds_eye: BirdsEyeInput | None = None

    def __post_init__(self) -> None:
        """Check what the parts cannot know."""
        self._check_choices()
        if not re.fullmatch('[A-Za-z0-9][A-Za-z0-9_.-]*', self.name):
            raise ModelPackageError(
                f'name is {self.name!r}; it must consist of letters, digits and _ . -')
        if self.name.startswith(UNTRAINED) == self.trained:
            raise ModelPackageError(
                f'name is {self.name!r} and trained is {str(self.trained).lower()}; the name must '
                f'start with {UNTRAINED} exactly where trained is false.')
        self._check_family()

    def _check_choices(self) -> None:
        """Refuse values that no package has."""
        if self.format != FORMAT:
            raise ModelPackageError(
                f'format is {self.format}; this version reads format {FORMAT}.')
        for entry, allowed in (('family', FAMILIES), ('precision', PRECISIONS)):
            value = getattr(self, entry)
            if value not in allowed:
                raise ModelPackageError(
                    f'{entry} is {value!r}; it must be one of {", ".join(allowed)}.')
        if self.opset < 1:
            raise ModelPackageError(f'opset is {self.opset}; it must be positive.')

    def _check_family(self) -> None:
        """Refuse entries that the family lacks or must not have."""
        family = self.family
        if self.heading.kind not in HEADINGS[family]:
            raise ModelPackageError(
                f'heading.kind is {self.heading.kind!r}; {family} takes '
                f'{" or ".join(HEADINGS[family])}.')
        belongs = {'retrieval': family in RETRIEVAL_FAMILIES,
                   'camera_height_m': family in VIDEO_FAMILIES, 'ring': family == 'ccvpe',
                   'birds_eye': family in BIRDS_EYE_FAMILIES}
        for entry, wanted in belongs.items():
            if (getattr(self, entry) is not None) != wanted:
                raise ModelPackageError(
                    f'{entry} {"is missing" if wanted else "must be left out"}: the family is '
                    f'{family}.')
        if self.camera_height_m is not None and not self.camera_height_m > 0.0:
            raise ModelPackageError(
                f'camera_height_m is {self.camera_height_m}; it must be positive.')
        if family in VIDEO_FAMILIES and self.ground.projection != 'pinhole':
            raise ModelPackageError(
                f'ground.projection is {self.ground.projection}; {family} takes pinhole images.')

    @property
    def graphs(self) -> tuple[str, ...]:
        """Return the names of the graphs."""
        if self.birds_eye is not None and not self.birds_eye.satellite:
            return ('ground',)
        return graphs_of(self.family)
