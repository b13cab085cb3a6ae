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

"""``xview-loc tiles``: look at imagery, and make offline packs of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from xview_loc.cli import console
from xview_loc.cli.stage_display import StageDisplay
from xview_loc.errors import ConfigurationError

app = typer.Typer(no_args_is_help=True, help='Look at imagery, and make offline packs of it.')

AsJson = Annotated[bool, typer.Option('--json', help='Print one JSON object.')]
Box = Annotated[tuple[float, float, float, float] | None, typer.Option(
    metavar='WEST SOUTH EAST NORTH', help='The area in degrees.')]
Licence = Annotated[str, typer.Option(help='Licence of the imagery, kept in the pack.')]
Attribution = Annotated[str, typer.Option(help='Credit line, kept in the pack and shown.')]
Date = Annotated[str, typer.Option(help='Date of the imagery, kept in the pack.')]
Scheme = Annotated[str | None, typer.Option(
    help='How a folder of tiles counts its rows: xyz, tms or wmts.')]


@app.command('info')
def info(
    source: Annotated[Path, typer.Argument(
        help='.mbtiles, .pmtiles, GeoTIFF, VRT, a folder of them, or a z/x/y folder.')],
    at: Annotated[tuple[float, float] | None, typer.Option(
        metavar='LAT LON', help='Place to state the resolution for.')] = None,
    thumbnail: Annotated[Path | None, typer.Option(help='Write a picture of it here.')] = None,
    scheme: Scheme = None, as_json: AsJson = False,
) -> None:
    """Say what a source covers, its resolution and its holes."""
    import cv2

    from xview_loc.imagery.imagery_info import describe_imagery
    from xview_loc.imagery.open_imagery import open_imagery

    imagery = open_imagery(source, scheme=_scheme(scheme))
    try:
        found = describe_imagery(imagery, at)
    finally:
        imagery.close()
    record: dict[str, Any] = {
        'name': found.name, 'bounds': found.bounds, 'place': found.place,
        'metres_per_pixel': found.metres_per_pixel, 'covered': found.covered,
        'zooms': [asdict(zoom) for zoom in found.zooms], 'stretch': found.stretch,
        'attribution': found.attribution, 'date': found.date,
        'manifest': asdict(found.manifest) if found.manifest else None,
        'warnings': found.warnings}
    if thumbnail is not None:
        if not cv2.imwrite(str(thumbnail), cv2.cvtColor(found.thumbnail, cv2.COLOR_RGB2BGR)):
            raise ConfigurationError(f'The thumbnail {thumbnail} cannot be written.')
        record['thumbnail'] = thumbnail
    _show(found.name, record, as_json)


@app.command('import')
def import_command(
    source: Annotated[Path, typer.Argument(help='Imagery on disk.')],
    out: Annotated[Path, typer.Option(help='Pack to make (.mbtiles).')],
    bbox: Box = None,
    zoom: Annotated[tuple[int, int] | None, typer.Option(
        metavar='COARSEST FINEST', help='Zooms to hold; those of the source otherwise.')] = None,
    image_format: Annotated[str, typer.Option(
        '--format', help='Of tiles rendered from rasters: png, jpg or webp.')] = 'jpg',
    quality: Annotated[int, typer.Option(min=1, max=100, help='Of rendered tiles.')] = 90,
    licence: Licence = '', attribution: Attribution = '', date: Date = '',
    scheme: Scheme = None, as_json: AsJson = False,
) -> None:
    """Make one offline pack of imagery on disk; interrupted, the same command goes on."""
    from xview_loc.imagery.import_tiles import import_tiles

    coarsest, finest = zoom or (None, None)
    with StageDisplay() as display:
        manifest = import_tiles(
            source, out, bounds=bbox, finest_zoom=finest, coarsest_zoom=coarsest,
            image_format=image_format, quality=quality, scheme=_scheme(scheme), licence=licence,
            attribution=attribution, date=date,
            progress=lambda done, total: display.count('importing', done, total))
    _show('offline pack', {'pack': out, **asdict(manifest)}, as_json)


@app.command('fetch')
def fetch(
    url_template: Annotated[str, typer.Option(
        help='Address with {z}, {x} and {y}; the server must permit bulk download.')],
    out: Annotated[Path, typer.Option(help='Pack to make (.mbtiles).')],
    zoom: Annotated[list[int], typer.Option(help='Zoom to fetch; may be given several times.')],
    bbox: Box = None,
    along: Annotated[Path | None, typer.Option(
        help='Bag whose GNSS fixes are followed.')] = None,
    reach: Annotated[float, typer.Option(help='How far around the fixes, in metres.')] = 150.0,
    rate: Annotated[float, typer.Option(help='Most requests per second.')] = 4.0,
    user_agent: Annotated[str, typer.Option(
        help='Who asks; name a contact.')] = 'xview_loc (offline imagery pack)',
    most: Annotated[int, typer.Option(help='Refuse to fetch more tiles than this.')] = 50_000,
    licence: Licence = '', attribution: Attribution = '', date: Date = '',
    as_json: AsJson = False,
) -> None:
    """Download tiles politely into an offline pack; interrupted, the same command goes on."""
    from xview_loc.imagery.fetch_tiles import fetch_tiles
    from xview_loc.imagery.tile_download import DownloadPolicy
    from xview_loc.imagery.tile_selection import tiles_along, tiles_of_area

    if (bbox is None) == (along is None):
        raise ConfigurationError('Give either --bbox or --along, to say what to fetch.')
    tiles = (tiles_of_area(bbox, zoom) if bbox is not None
             else tiles_along(_fixes(along), zoom, reach))
    policy = DownloadPolicy(user_agent=user_agent, requests_per_second=rate)
    with StageDisplay() as display:
        manifest = fetch_tiles(
            url_template, out, tiles, policy=policy, licence=licence, attribution=attribution,
            date=date, most_tiles=most,
            progress=lambda done, total: display.count('fetching', done, total))
    _show('offline pack', {'pack': out, **asdict(manifest)}, as_json)


def _scheme(name: str | None) -> Any:
    """Return the tile scheme of a name."""
    from xview_loc.imagery.tile_store import TileScheme

    try:
        return None if name is None else TileScheme(name)
    except ValueError:
        raise ConfigurationError(
            f'The tile scheme is {name!r}; use xyz, tms or wmts.') from None


def _fixes(bag: Path | None) -> Sequence[tuple[float, float]]:
    """Return latitude and longitude of the valid fixes of a bag."""
    from xview_loc.recordings.bag_reader import BagReader

    assert bag is not None
    with BagReader(bag) as reader:
        topics = reader.topics_of_type('sensor_msgs/msg/NavSatFix')
        if not topics:
            raise ConfigurationError(f'{bag} holds no sensor_msgs/msg/NavSatFix to follow.')
        return [(message.latitude, message.longitude)
                for _, _, message in reader.messages(topics) if message.status.status >= 0]


def _show(title: str, record: dict[str, Any], as_json: bool) -> None:
    """Print a record for people or for programs."""
    if as_json:
        console.print_json(record)
        return
    manifest = record.pop('manifest', None) or {}
    known = {**{name: manifest.get(name) for name in ('source', 'licence', 'checksum')}, **record}
    rows = [(name.replace('_', ' '), _text(value)) for name, value in known.items()
            if value not in (None, '', (), [], {})]
    console.stdout.print(console.figures_table(title, rows))


def _text(value: Any) -> str:
    """Write a value for people."""
    if isinstance(value, float):
        return f'{value:.7g}'
    if isinstance(value, (tuple, list)):
        return ', '.join(_text(item) for item in value)
    if isinstance(value, dict):
        return ' '.join(f'{name} {_text(item)}' for name, item in value.items())
    return str(value)
