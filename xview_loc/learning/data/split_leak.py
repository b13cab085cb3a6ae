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

"""Whether what is tested was seen in training: places and files that splits share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from xview_loc.errors import DataSetError
from xview_loc.learning.data.pair_source import PairSource

RADII_M = (5.0, 25.0, 50.0, 100.0)
EXAMPLES = 5
IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png')


@dataclass(frozen=True)
class SplitLeak:
    """
    How near the places of a test split are to those of training.

    :param train: name of the training split.
    :param test: name of the test split.
    :param counts: images of training and test.
    :param shared_images: ground images that are in both.
    :param nearest_m: ``(N,)`` distance of each test image to the nearest training image [m];
        ``None`` where the data set does not tell places.
    :param shares: share of the test images within a radius of a training image, by radius [m].
    :param examples: the nearest pairs: test image, training image, distance [m].
    """

    train: str
    test: str
    counts: tuple[int, int]
    shared_images: int
    nearest_m: np.ndarray | None
    shares: dict[float, float]
    examples: tuple[tuple[str, str, float], ...]

    def record(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        quantiles = None if self.nearest_m is None else {
            f'{100 * share:g} %': float(np.quantile(self.nearest_m, share))
            for share in (0.0, 0.05, 0.5, 0.95)}
        return {
            'train': self.train, 'test': self.test, 'train_images': self.counts[0],
            'test_images': self.counts[1], 'shared_images': self.shared_images,
            'nearest_train_m': quantiles,
            'share_within_m': {f'{radius:g}': share for radius, share in self.shares.items()},
            'nearest': [{'test': test, 'train': train, 'metres': metres}
                        for test, train, metres in self.examples]}


def split_leak(train: PairSource, test: PairSource,
               radii_m: Sequence[float] = RADII_M) -> SplitLeak:
    """
    Measure how far a test split is from training.

    A test image within a few metres of a training image sees the same ground on the same tile:
    figures on it are those of a known place. Same-area splits are meant to leak.

    :param train: the training split.
    :param test: the test split, with places in the same plane.
    :param radii_m: radii to count within [m].
    :raises DataSetError: when a split is empty or a radius is negative.
    """
    if not (len(train) and len(test)):
        empty = train.name if not len(train) else test.name
        raise DataSetError(f'{empty} is empty; there is nothing to compare.')
    if not all(radius >= 0.0 for radius in radii_m):
        raise DataSetError(f'The radii are {list(radii_m)}; they must be at least 0.')
    counts = len(train), len(test)
    shared = len(_images_of(train) & _images_of(test))
    train_places, test_places = train.positions, test.positions
    if train_places is None or test_places is None:
        return SplitLeak(train.name, test.name, counts, shared, None, {}, ())
    distance, nearest = cKDTree(train_places).query(test_places)
    order = np.argsort(distance, kind='stable')[:EXAMPLES]
    return SplitLeak(
        train.name, test.name, counts, shared, distance,
        {float(radius): float(np.mean(distance <= radius)) for radius in radii_m},
        tuple((test.identifiers[row], train.identifiers[int(nearest[row])],
               float(distance[row])) for row in order))


def _images_of(source: PairSource) -> set[tuple[Path, str]]:
    """Return what tells the ground images apart: their files, or names inside a bag."""
    keys = set()
    for index, name in enumerate(source.identifiers):
        path = next(iter(source.files(index)), Path())
        keys.add((path.resolve(), '' if path.suffix in IMAGE_SUFFIXES else name))
    return keys
