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

"""Pairs that are made up once and kept on disk, because making them takes longer than learning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.learning.data.array_file import digest_of, read_arrays, write_arrays
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.data.pair_source import PairSource

MODELS = {'equirectangular': EquirectangularCamera, 'pinhole': PinholeCamera}
FIELDS = {
    'equirectangular': ('height', 'width', 'horizon_row', 'horizontal_fov', 'rows_per_radian'),
    'pinhole': ('fx', 'fy', 'cx', 'cy', 'height', 'width')}
ARRAYS = {'ground', 'satellite', 'kind', 'model', 'seen', 'mounting', 'pose'}


class KeptPairs:
    """
    Some variants of every pair of a source; satisfies :class:`.pair_source.PairSource`.

    A variant depends on its number alone, so any process may make it. Files appear complete or not
    at all; whoever finds one damaged makes it again.

    :param source: makes up the pairs; their cameras are panoramas or pinholes.
    :param folder: of the files.
    :param variants: of each pair, among which training draws.
    :param key: of all that the pairs depend on; pairs of another key are not taken for these.
    :raises DataSetError: when there shall be no variant.
    """

    def __init__(self, source: PairSource, folder: Path, variants: int, key: str) -> None:
        if variants < 1:
            raise DataSetError(f'{variants} variants of a pair are kept; it must be at least 1.')
        self.source, self.variants = source, variants
        self.name, self.identifiers = source.name, source.identifiers
        self.positions = source.positions
        self.folder = Path(folder) / digest_of(f'{key} {source.name}')

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.source)

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the files that the source reads a pair from."""
        return self.source.files(index)

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """
        Return a variant, which is made where it is not there yet.

        :param index: number of the pair.
        :param rng: draws the variant; without it, the pair of the source that never changes.
        """
        if rng is None:
            return self._variant(index, None)
        return self._variant(index, int(rng.integers(self.variants)))

    def _variant(self, index: int, number: int | None) -> CrossViewSample:
        path = self.folder / f'{index}_{"fixed" if number is None else number}.npz'
        kept = read_arrays(path)
        if kept is not None and ARRAYS <= kept.keys():
            return _restored(kept, self.identifiers[index])
        rng = None if number is None else np.random.default_rng([0xCA4E, index, number])
        sample = self.source.sample(index, rng)
        write_arrays(path, _plain(sample))
        return sample


def _plain(sample: CrossViewSample) -> dict[str, Any]:
    """Return the arrays that say all about a made-up pair."""
    camera = sample.camera
    kind = None if camera is None else next(
        (name for name, model in MODELS.items() if isinstance(camera.model, model)), None)
    if camera is None or kind is None or sample.heading is None:
        raise DataSetError(
            f'{sample.identifier} cannot be kept; it needs a heading and a panorama or pinhole.')
    return {
        'ground': sample.ground, 'satellite': sample.satellite, 'kind': np.array(kind),
        'model': np.array([getattr(camera.model, name) for name in FIELDS[kind]], np.float64),
        'seen': np.zeros((0, 0), bool) if sample.ground_seen is None else sample.ground_seen,
        'mounting': camera.base_from_camera, 'pose': np.array([
            sample.metres_per_pixel, sample.east_m, sample.north_m, sample.heading,
            camera.base_height])}


def _restored(content: Mapping[str, np.ndarray], identifier: str) -> CrossViewSample:
    """Return the pair that arrays describe."""
    kind = str(content['kind'])
    values = {name: float(value) for name, value in zip(FIELDS[kind], content['model'])}
    for side in ('height', 'width'):
        values[side] = round(values[side])
    scale, east, north, heading, height = content['pose'].tolist()
    camera = MountedCamera(MODELS[kind](**values), content['mounting'], height)
    seen = content['seen']
    return CrossViewSample(
        identifier, content['ground'], content['satellite'], scale, east, north, heading,
        camera=camera, ground_seen=seen if seen.size else None)
