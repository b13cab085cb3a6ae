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

"""Checking a data set before hours are spent on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
import os
from pathlib import Path
from typing import Any

import numpy as np

from xview_loc.errors import XviewLocError
from xview_loc.learning.data.open_pairs import DataSetKind, kind_of, open_pairs
from xview_loc.learning.data.pair_source import PairSource, TileGallery

NAMED = 5
SAMPLES = 16

# Told the work at hand, the steps done and the steps in all.
Progress = Callable[[str, int, int], None]


@dataclass
class SplitCheck:
    """
    What was found in one split.

    :param split: its name.
    :param listed: pairs in its list; ``None`` when it could not be read.
    :param published: pairs as published; ``None`` where there is no such figure.
    :param files: files that its pairs and tiles are read from.
    :param missing: how many of them are not there.
    :param first_missing: the first few.
    :param ground_shapes: rows and columns of the ground images that were read.
    :param tile_shapes: rows and columns of the tiles that were read.
    :param problems: sentences about what will fail or give wrong figures.
    :param notes: sentences about what is unusual but handled.
    """

    split: str
    listed: int | None = None
    published: int | None = None
    files: int = 0
    missing: int = 0
    first_missing: list[Path] = field(default_factory=list)
    ground_shapes: list[tuple[int, ...]] = field(default_factory=list)
    tile_shapes: list[tuple[int, ...]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """Return the findings as plain values."""
        return dict(vars(self))


def check_data_set(name: str, root: str | Path, splits: Iterable[str] = (), *,
                   options: Mapping[str, Any] | None = None, samples: int = SAMPLES,
                   progress: Progress = lambda *_: None) -> list[SplitCheck]:
    """
    Check lists, files and a few images.

    :param name: one of :data:`.open_pairs.KINDS`.
    :param root: folder of the data set.
    :param splits: which to check; all that the data set has without any.
    :param options: of the data set.
    :param samples: pairs of each split to read, spread over its list.
    :param progress: told how far it is.
    """
    kind = kind_of(name)
    wanted = list(splits) or list(kind.counts) or ['all']
    return [_check_split(name, kind, Path(root), split, dict(options or {}), samples, progress)
            for split in wanted]


def _check_split(name: str, kind: DataSetKind, root: Path, split: str, options: dict[str, Any],
                 samples: int, progress: Progress) -> SplitCheck:
    """Check one split; what cannot be opened is a finding, not an error."""
    check = SplitCheck(split, published=kind.counts.get(split))
    if 'skip_missing' in kind.options:
        options.setdefault('skip_missing', False)
    try:
        source = open_pairs(name, root, split, **options)
        check.listed = len(source)
    except XviewLocError as error:
        check.problems.append(str(error))
        return check
    _check_counts(check, source)
    try:
        tiles = source.gallery() if hasattr(source, 'gallery') else None
        if tiles is not None and not options.get('distractors'):
            _check_tile_count(check, source.name, len(tiles), kind.tiles.get(split))
        _check_files(check, source, tiles, progress)
    except XviewLocError as error:
        check.problems.append(str(error))
    _check_samples(check, source, kind, samples, progress)
    return check


def _check_counts(check: SplitCheck, source: PairSource) -> None:
    """Compare the list with what was published."""
    if check.published is not None and check.listed != check.published:
        check.problems.append(
            f'{source.name} lists {check.listed} pairs; published are {check.published}.')
    repeated = len(source.identifiers) - len(set(source.identifiers))
    if repeated:
        check.problems.append(f'{source.name} names {repeated} images more than once.')
    recomputed = getattr(source, 'recomputed_cities', ())
    if recomputed:
        check.notes.append(f'The labels of {", ".join(recomputed)} are computed from file names.')
    chosen = getattr(source, 'chosen_cities', ())
    if chosen:
        check.notes.append(
            f'The lists of {", ".join(chosen)} are missing; all panoramas in the folder are used.')


def _check_tile_count(check: SplitCheck, name: str, found: int, published: int | None) -> None:
    """Compare the number of tiles that are searched with what was published."""
    if published is not None and found != published:
        check.problems.append(f'{name} searches {found} tiles; published are {published}.')


def _check_files(check: SplitCheck, source: PairSource, tiles: TileGallery | None,
                 progress: Progress) -> None:
    """Look for every file, listing each folder once."""
    folders: dict[Path, set[str]] = {}
    seen: set[Path] = set()

    def look_for(paths: Iterable[Path]) -> None:
        for path in paths:
            if path in seen:
                continue
            seen.add(path)
            if path.parent not in folders:
                folders[path.parent] = _listing(path.parent)
            if path.name not in folders[path.parent]:
                check.missing += 1
                if len(check.first_missing) < NAMED:
                    check.first_missing.append(path)

    total = len(source) + (0 if tiles is None or tiles is source else len(tiles))
    for done in range(total):
        holder: Any = source if done < len(source) else tiles
        look_for(holder.files(done if done < len(source) else done - len(source)))
        if done % 1000 == 0 or done == total - 1:
            progress(f'{source.name}: files', done + 1, total)
    check.files = len(seen)
    if check.missing:
        named = ', '.join(str(path) for path in check.first_missing)
        check.problems.append(
            f'{check.missing} of {check.files} files of {source.name} are missing, '
            f'the first: {named}.')


def _check_samples(check: SplitCheck, source: PairSource, kind: DataSetKind, samples: int,
                   progress: Progress) -> None:
    """Read pairs spread over the list."""
    numbers = np.unique(np.linspace(0, len(source) - 1, min(samples, len(source))).astype(int))
    grounds, tiles = set(), set()
    for done, number in enumerate(numbers.tolist(), start=1):
        progress(f'{source.name}: images', done, len(numbers))
        try:
            sample = source.sample(number)
        except XviewLocError as error:
            if len(check.problems) < 2 * NAMED:
                check.problems.append(str(error))
            continue
        grounds.add(sample.ground.shape[:2])
        tiles.add(sample.satellite.shape[:2])
        row, column = sample.camera_pixel
        height, width = sample.satellite.shape[:2]
        if not (0.0 <= row <= height and 0.0 <= column <= width):
            check.problems.append(
                f'The camera of {sample.identifier} is at row {row:.0f}, column {column:.0f} of a '
                f'tile of {height} x {width}.')
    check.ground_shapes, check.tile_shapes = sorted(grounds), sorted(tiles)
    for what, found, published in (('ground images', check.ground_shapes, kind.shapes[0]),
                                   ('tiles', check.tile_shapes, kind.shapes[1])):
        other = next((shape for shape in found if shape != published), None)
        if published is not None and other is not None:
            check.notes.append(
                f'Some {what} have {other[0]} x {other[1]} pixels; published are '
                f'{published[0]} x {published[1]}. Their own size is used.')


def _listing(folder: Path) -> set[str]:
    """Return the names in a folder; none when it is not there."""
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()
