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
A folder of single street panoramas with the aerial images around them.

``cvusa/<number>_ground.jpg`` with ``<number>_satellite.jpg`` and ``cvact/case<number>_ground.png``
with ``..._satellite.png``: excerpts of CVUSA and CVACT without their lists. North is at the centre
column; the camera stands at the aerial image's centre, to within 1 to 4 m.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.data.image_files import read_rgb

SPLITS = ('all', 'cvusa', 'cvact')


@dataclass(frozen=True)
class StreetKind:
    """
    What is known about the images of a data set.

    :param pattern: of the file names of the panoramas.
    :param camera_height_m: that fits best [m].
    :param horizon: row of the horizon as a share of the height.
    :param metres_per_pixel: of the aerial images, about [m].
    :param mismatches: panoramas that belong to another aerial image.
    """

    pattern: str
    camera_height_m: float
    horizon: float
    metres_per_pixel: float
    mismatches: tuple[str, ...]


KINDS = {
    'cvusa': StreetKind('*_ground.jpg', 2.5, 0.60, 0.23, ('0000015_ground.jpg',)),
    'cvact': StreetKind('case*_ground.png', 3.0, 0.5, 0.25, ('case1_ground.png',))}


class StreetPairs:
    """
    The pairs of a folder; satisfies :class:`.pair_source.PairSource`.

    :param root: with the folders ``cvusa`` and ``cvact``, or one of them.
    :param split: ``all``, ``cvusa`` or ``cvact``.
    :raises DataSetError: when there is no such split, or nothing in the folder.
    """

    positions: np.ndarray | None = None

    def __init__(self, root: Path, split: str = 'all') -> None:
        if split not in SPLITS:
            raise DataSetError(f'The split is {split!r}; use {", ".join(SPLITS)}.')
        kinds = KINDS if split == 'all' else {split: KINDS[split]}
        self.name = f'street pairs {split}'
        self._entries = [(name, path) for name, kind in kinds.items()
                         for path in sorted((Path(root) / name).glob(kind.pattern))]
        if not self._entries:
            raise DataSetError(
                f'{root} holds no street pairs; it needs cvusa/*_ground.jpg or '
                'cvact/case*_ground.png.')
        self.identifiers = tuple(
            f'{name} {path.name.partition("_")[0]}' for name, path in self._entries)

    def __len__(self) -> int:
        """Return the number of panoramas."""
        return len(self._entries)

    @property
    def families(self) -> tuple[str, ...]:
        """Return the data set of every pair."""
        return tuple(name for name, _ in self._entries)

    @property
    def usable(self) -> np.ndarray:
        """Return ``(N,)`` bool: panorama and aerial image belong together beyond doubt."""
        return np.array([path.name not in KINDS[name].mismatches for name, path in self._entries])

    def files(self, index: int) -> tuple[Path, ...]:
        """Return panorama and aerial image."""
        path = self._entries[index][1]
        return path, path.with_name(path.name.replace('_ground', '_satellite'))

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """Read a pair, always the same."""
        kind = KINDS[self._entries[index][0]]
        ground, satellite = (read_rgb(path) for path in self.files(index))
        height, width = ground.shape[:2]
        model = EquirectangularCamera(height, width, kind.horizon * height - 0.5)
        return CrossViewSample(
            self.identifiers[index], ground, satellite, kind.metres_per_pixel, heading=0.0,
            camera=MountedCamera(model, camera_mounting(0.0, 0.0, kind.camera_height_m)))
