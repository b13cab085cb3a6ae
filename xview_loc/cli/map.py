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

"""``xview-loc map``: descriptor maps, built ahead of a drive for retrieval models."""

from __future__ import annotations

from dataclasses import asdict
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from xview_loc.cli import console
from xview_loc.errors import ConfigurationError

app = typer.Typer(no_args_is_help=True, help='Build and search maps of tile descriptors.')

AsJson = Annotated[bool, typer.Option('--json', help='Print one JSON object.')]
Model = Annotated[str, typer.Option(help='Folder or name of a retrieval model package.')]
AllowUntrained = Annotated[bool, typer.Option(help='Run packages with random weights too.')]
MapFolder = Annotated[Path, typer.Argument(help='Folder of the map.')]


@app.command('build')
def build(
    model: Model,
    tiles: Annotated[Path, typer.Option(help='Imagery: .mbtiles, .pmtiles, GeoTIFF or folder.')],
    out: Annotated[Path, typer.Option(
        help='Folder of the map; the same command goes on with an unfinished one.')],
    bounds: Annotated[str, typer.Option(
        metavar='W,S,E,N', help='The area in degrees.')] = '',
    route: Annotated[Path | None, typer.Option(
        help='Bag with GNSS fixes, or CSV with the columns latitude and longitude.')] = None,
    corridor: Annotated[float, typer.Option(
        help='How far to both sides of the route, in metres.')] = 50.0,
    spacing: Annotated[float | None, typer.Option(
        min=0.1, help='Step of the grid in metres; that of the model otherwise.')] = None,
    limit_cells: Annotated[int, typer.Option(
        min=1, help='Refuse areas of more cells.')] = 100_000,
    datum: Annotated[tuple[float, float] | None, typer.Option(
        metavar='LAT LON', help='Anchor of the grid; the middle of the area or the start of the '
        'route otherwise.')] = None,
    licence: Annotated[str, typer.Option(help='Licence of the imagery, kept in the map.')] = '',
    allow_untrained: AllowUntrained = False, as_json: AsJson = False,
) -> None:
    """Describe the tiles of an area or along a route; interrupted, the same command goes on."""
    from xview_loc.cli.map_commands import build_descriptor_map, MapRequest

    if bool(bounds) == (route is not None):
        raise ConfigurationError('Give either --bounds or --route, to say what to describe.')
    request = MapRequest(parse_bounds(bounds) if bounds else None, route, corridor, spacing,
                         limit_cells, datum)
    with console.progress() as display:
        task = display.add_task('describing tiles', total=None)
        manifest = build_descriptor_map(
            model, tiles, out, request, licence, allow_untrained,
            lambda done, total: display.update(task, completed=done, total=total))
    _show(out, asdict(manifest), as_json)


@app.command('info')
def info(
    folder: MapFolder,
    verify: Annotated[bool, typer.Option(help='Read everything and compare checksums.')] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a map holds and which model made it."""
    from xview_loc.matching.descriptor_block import CellState
    from xview_loc.matching.map_folder import open_map, require_checksum

    stored = open_map(folder)
    record = asdict(stored.manifest)
    if not stored.manifest.complete:
        record.update(known=stored.count(CellState.KNOWN), empty=stored.count(CellState.EMPTY))
    if verify:
        require_checksum(stored)
        record['verified'] = True
    _show(folder, record, as_json)


@app.command('find')
def find(
    folder: MapFolder,
    model: Model,
    ground: Annotated[Path, typer.Option(help='Image of the place.')],
    projection: Annotated[str, typer.Option(help='pinhole or equirectangular.')] = 'pinhole',
    fov: Annotated[float | None, typer.Option(
        help='Horizontal field of view in degrees.')] = None,
    intrinsics: Annotated[str, typer.Option(metavar='FX,FY,CX,CY', help='In pixels.')] = '',
    camera_height: Annotated[float, typer.Option(help='In metres.')] = 2.0,
    pitch: Annotated[float, typer.Option(help='In degrees, positive nose down.')] = 0.0,
    count: Annotated[int, typer.Option(min=1, help='How many places to name.')] = 10,
    allow_untrained: AllowUntrained = False, as_json: AsJson = False,
) -> None:
    """Name the places of a whole map that look like an image, without a prior."""
    from xview_loc.cli.map_commands import find_places
    from xview_loc.cli.match import parse_intrinsics
    from xview_loc.cli.single_match import View

    view = View(projection, parse_intrinsics(intrinsics), fov, camera_height_m=camera_height,
                pitch_deg=pitch)
    places = find_places(folder, model, ground, view, count, allow_untrained)
    if as_json:
        console.print_json({'places': places})
        return
    rows = [(f'{place["score"]:.3f}', f'{place["latitude"]:.6f}, {place["longitude"]:.6f}, '
             f'heading {place["heading_deg"]:.0f} degrees') for place in places]
    console.stdout.print(console.figures_table('places, best first', rows))


def parse_bounds(text: str) -> tuple[float, float, float, float]:
    """
    Read west, south, east, north.

    :param text: four numbers with commas between them [deg].
    :raises ConfigurationError: when they are not that.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(','))
    except ValueError:
        raise ConfigurationError(
            f'The bounds are {text!r}; give west,south,east,north in degrees.') from None
    if not all(map(math.isfinite, (west, south, east, north))):
        raise ConfigurationError(f'The bounds are {text!r}; they must be finite.')
    return west, south, east, north


def _show(folder: Path, manifest: dict[str, Any], as_json: bool) -> None:
    """Print what a map says about itself."""
    record = {'map': folder, **manifest}
    if as_json:
        console.print_json(record)
        return
    imagery, tile = record.pop('imagery'), record.pop('tile')
    record |= {f'imagery {name}': value for name, value in imagery.items()}
    record['tile'] = f'{tile["size"]} px of {tile["metres_per_pixel"]:g} m'
    if record['datum'] is not None:
        record['datum'] = ', '.join(f'{value:.7g}' for value in record['datum'])
    rows = [(name.replace('_', ' '), str(value)) for name, value in record.items()
            if value not in (None, '')]
    console.stdout.print(console.figures_table('descriptor map', rows))
