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

"""``xview-loc models``: which models there are, and how fast they are here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, TYPE_CHECKING

from rich.markup import escape
from rich.table import Table
import typer

from xview_loc.cli import console

if TYPE_CHECKING:
    from xview_loc.cli.model_listing import ModelEntry


def models(
    folder: Annotated[list[Path] | None, typer.Option(
        help='Package, or folder of packages, besides those installed; may be given several '
             'times.')] = None,
    measure: Annotated[bool, typer.Option(
        '--time', help='Measure each model on this machine.')] = False,
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """List the models that can be chosen: family, camera, size, licence, training data."""
    from xview_loc.cli.model_listing import list_models

    entries = list_models(folder or ())
    if measure:
        entries = _timed(entries)
    if as_json:
        console.print_json({'models': [entry.as_record() for entry in entries]})
        return
    console.stdout.print(_table(entries, measure))
    _print_cards(entries)
    for entry in entries:
        problem = entry.problem or (entry.timing.problem if entry.timing else '')
        if problem:
            console.say(f'{entry.name}: {problem}')
    if any(not entry.trained and not entry.problem for entry in entries):
        console.say('Untrained packages answer at random; nodes and match refuse them unless '
                    'allow_untrained is set.')


def _timed(entries: list[ModelEntry]) -> list[ModelEntry]:
    """Measure every model that can be read, showing how far it is."""
    from xview_loc.cli.model_timing import time_model
    from xview_loc.cli.stage_display import StageDisplay
    from xview_loc.matching.load_matcher import PackageOptions

    options = PackageOptions(allow_untrained=True)
    measured: list[ModelEntry] = []
    with StageDisplay() as display:
        for index, entry in enumerate(entries):
            display.count('measuring', index, len(entries))
            timing = None if entry.problem else time_model(
                entry.name if entry.folder is None else str(entry.folder), options)
            measured.append(replace(entry, timing=timing))
    return measured


def _table(entries: list[ModelEntry], measured: bool) -> Table:
    """Return the models as a table that fits a terminal of 80 columns."""
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column('name', overflow='fold', min_width=8)
    for heading in ('family', 'camera'):
        table.add_column(heading, no_wrap=True)
    for heading in ('tile', 'm/px', 'MB', *(('prepare', 'match') * measured)):
        table.add_column(heading, justify='right', no_wrap=True)
    table.add_column('weights', no_wrap=True)
    for entry in entries:
        timing = entry.timing
        times = [] if not measured else ['-', '-'] if timing is None else [
            _milliseconds(timing.prepare_ms), _milliseconds(timing.match_ms)]
        table.add_row(_short_name(entry), entry.family, _camera(entry), *_tile(entry),
                      _size(entry), *times, _weights(entry))
    return table


def _print_cards(entries: list[ModelEntry]) -> None:
    """Print where each model is, its licence and what it was trained on."""
    for entry in entries:
        if entry.folder is not None and not entry.problem:
            console.stdout.print(
                f'{_short_name(entry)}: {escape(str(entry.folder))}, licence '
                f'{escape(entry.licence)}, training data: {escape(entry.training_data)}',
                style='dim', highlight=False)


def _short_name(entry: ModelEntry) -> str:
    """Return the name of a model without the folder it is in."""
    return escape(entry.name if entry.folder is None else entry.folder.name)


def _camera(entry: ModelEntry) -> str:
    """Return what camera a model takes, in a few words."""
    if entry.horizontal_fov_deg is None:
        return entry.projection or '-'
    kind = {'equirectangular': 'panorama'}.get(entry.projection, entry.projection)
    frames = f' x{entry.frames}' if entry.frames > 1 else ''
    return f'{kind} {entry.horizontal_fov_deg:g}°{frames}'


def _tile(entry: ModelEntry) -> tuple[str, str]:
    """Return side and resolution of the tiles."""
    if entry.metres_per_pixel is None or entry.tile_px is None:
        return '-', '-'
    side = entry.tile_px * entry.metres_per_pixel
    return f'{side:.0f} m', f'{entry.metres_per_pixel:.2g}'


def _size(entry: ModelEntry) -> str:
    return f'{entry.size_bytes / 1e6:.3g}' if entry.size_bytes else '-'


def _weights(entry: ModelEntry) -> str:
    """Return what the weights are worth."""
    if entry.problem:
        return '[red]unusable[/]'
    if entry.folder is None:
        return '-'
    return 'trained' if entry.trained else '[yellow]untrained[/]'


def _milliseconds(value: float | None) -> str:
    return '-' if value is None else f'{value:.0f} ms'
