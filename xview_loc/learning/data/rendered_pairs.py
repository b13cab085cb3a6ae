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

"""Pairs of simulated cities that are rendered once and kept in a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
import hashlib
import json
from pathlib import Path

import numpy as np

from xview_loc import simulation
from xview_loc.learning.data.array_file import digest_of, read_arrays, write_arrays
from xview_loc.learning.data.city_views import mounted_ground_camera
from xview_loc.learning.data.cross_view_sample import CrossViewSample, FrameSequence
from xview_loc.learning.data.simulated_pairs import (
    simulated_pairs, SimulatedPairs, SimulatedPairSettings)


def rendered_pairs(
        settings: SimulatedPairSettings, folder: Path,
        progress: Callable[[int, int], None] = lambda done, total: None) -> SimulatedPairs:
    """
    Return pairs from a folder, or render them and put them there.

    The file is named by the settings and by the code that renders: a change of either renders
    anew.

    :param settings: what to simulate.
    :param folder: made where it does not exist.
    :param progress: see :func:`.simulated_pairs.simulated_pairs`; not told where the pairs are
        there already.
    :raises DataSetError: when the folder cannot be written.
    """
    path = folder / f'{settings.scenario}_{settings.seed}_{_key(settings)}.npz'
    kept = read_arrays(path)
    if kept is not None:
        return _restored(kept, settings)
    pairs = simulated_pairs(settings, progress)
    write_arrays(path, _plain(pairs))
    return pairs


def _key(settings: SimulatedPairSettings) -> str:
    """Return a digest of the settings and of the code that renders them."""
    record = json.dumps(asdict(settings), default=lambda value: value.value, sort_keys=True)
    return digest_of(f'{record} {_code()}')


@cache
def _code() -> str:
    """Return a digest of the code that renders."""
    digest = hashlib.sha256()
    own = [Path(__file__).with_name(f'{name}.py') for name in (
        'city_days', 'city_places', 'city_views', 'simulated_pairs')]
    for path in sorted([*Path(simulation.__path__[0]).glob('*.py'), *own]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _plain(pairs: SimulatedPairs) -> dict[str, np.ndarray]:
    """Return the arrays that say all about pairs."""
    samples = pairs.samples
    arrays = {
        'ground': np.stack([sample.ground for sample in samples]),
        'satellite': np.stack([sample.satellite for sample in samples]),
        'offset': np.array([(sample.east_m, sample.north_m) for sample in samples]),
        'heading': np.array([sample.heading for sample in samples], np.float64),
        'position': pairs.positions, 'identifier': np.array(pairs.identifiers)}
    sequences = [sample.sequence for sample in samples if sample.sequence is not None]
    if sequences:
        arrays['frames'] = np.stack([np.stack(sequence.images) for sequence in sequences])
        arrays['motion'] = np.stack([sequence.motion for sequence in sequences])
    return arrays


def _restored(arrays: Mapping[str, np.ndarray], settings: SimulatedPairSettings) -> SimulatedPairs:
    """Return the pairs that arrays describe."""
    camera = mounted_ground_camera(settings.ground, settings.camera_height_m)
    samples = []
    for index, identifier in enumerate(arrays['identifier']):
        sequence = None
        if 'frames' in arrays:
            sequence = FrameSequence(tuple(arrays['frames'][index]), arrays['motion'][index])
        (east, north), place = arrays['offset'][index], arrays['position'][index]
        samples.append(CrossViewSample(
            str(identifier), arrays['ground'][index], arrays['satellite'][index],
            settings.satellite.metres_per_pixel, float(east), float(north),
            float(arrays['heading'][index]), (float(place[0]), float(place[1])), camera,
            sequence=sequence))
    return SimulatedPairs(samples, f'simulated {settings.scenario}')
