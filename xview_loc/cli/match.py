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

"""``xview-loc match``: one ground image on one satellite patch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from rich.table import Table
import typer
from typer.core import TyperCommand

from xview_loc.cli import console
from xview_loc.errors import ConfigurationError

DEFAULT_HEIGHT_M = {'pinhole': 1.65, 'equirectangular': 2.5}
DEFAULT_HEADING_RANGE_DEG = 10.0


class ManyFilesCommand(TyperCommand):
    """A command whose ``--ground`` takes one or more files after it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat the option before every file that follows it."""
        return super().parse_args(ctx, repeated_option(args, '--ground'))


def repeated_option(arguments: list[str], option: str) -> list[str]:
    """
    Write ``--option a b`` as ``--option a --option b``.

    :param arguments: command line.
    :param option: name of the option.
    """
    result: list[str] = []
    following = 0
    for argument in arguments:
        if argument.startswith('--'):
            following = 0 if argument == option else -1
        elif following >= 2:
            result.append(option)
        following += following >= 0
        result.append(argument)
    return result


def match(
    ground: Annotated[list[Path], typer.Option(
        help='Ground image; several are frames of a camera at rest.')],
    projection: Annotated[str, typer.Option(help='pinhole or equirectangular.')],
    satellite: Annotated[Path, typer.Option(help='North-up satellite image.')],
    mpp: Annotated[float, typer.Option(help='Its ground resolution in metres per pixel.')],
    intrinsics: Annotated[str, typer.Option(
        help='fx,fy,cx,cy of a pinhole camera in pixels of the image.')] = '',
    camera_height: Annotated[float, typer.Option(
        help='Camera height above the ground in metres; 1.65 for pinhole, 2.5 for '
             'equirectangular when not given.')] = 0.0,
    pitch: Annotated[float, typer.Option(
        help='Camera pitch in degrees, positive nose down.')] = 0.0,
    fov: Annotated[float, typer.Option(
        help='Horizontal field of view in degrees; a full turn for equirectangular when not '
             'given.')] = 0.0,
    horizon: Annotated[float, typer.Option(
        help='Horizon of a panorama as a fraction of the height from the top.')] = 0.5,
    heading_prior: Annotated[float | None, typer.Option(
        help='Rough heading in degrees clockwise from north; unknown when not given.')] = None,
    heading_range: Annotated[float | None, typer.Option(
        help='Search this many degrees to either side of the heading prior; '
             f'{DEFAULT_HEADING_RANGE_DEG:g} when not given.')] = None,
    offset_range: Annotated[float, typer.Option(
        help='Search this many metres to every side of the centre.')] = 10.0,
    model: Annotated[str, typer.Option(
        help='bev, the folder of a model package, or the name of an installed one.')] = 'bev',
    allow_untrained: Annotated[bool, typer.Option(
        '--allow-untrained', help='Run packages with random weights too.')] = False,
    overlay: Annotated[Path | None, typer.Option(help='Write a picture of the result.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Localise one ground image on one north-up satellite image."""
    from xview_loc.cli import single_match
    from xview_loc.matching.load_matcher import PackageOptions

    if heading_range is not None and heading_prior is None:
        raise ConfigurationError('--heading-range needs --heading-prior: a range around what?')
    if camera_height < 0.0:
        raise ConfigurationError(f'--camera-height is {camera_height}; it must be positive.')
    view = single_match.View(
        projection, parse_intrinsics(intrinsics), fov or None, horizon,
        camera_height or DEFAULT_HEIGHT_M.get(projection, 2.0), pitch)
    images = [single_match.read_image(path, 'ground') for path in ground]
    patch = single_match.centred_patch(single_match.read_image(satellite, 'satellite'), mpp)
    result = single_match.match_images(
        images, view, patch, heading_prior_deg=heading_prior,
        heading_range_deg=DEFAULT_HEADING_RANGE_DEG if heading_range is None else heading_range,
        offset_range_m=offset_range, model=model,
        package=PackageOptions(allow_untrained, unhurried=True))
    if overlay is not None:
        from xview_loc.report.match_figure import write_match_figure
        write_match_figure(images[0], patch, result.likelihood, result.modes, overlay)
    record = result.as_record()
    if as_json:
        console.print_json(record)
    else:
        console.stdout.print(_for_people(record))


def parse_intrinsics(text: str) -> tuple[float, float, float, float] | None:
    """
    Read ``fx,fy,cx,cy``.

    :param text: four numbers separated by commas, or ''.
    :raises ConfigurationError: when it is anything else.
    """
    if not text:
        return None
    try:
        fx, fy, cx, cy = (float(part) for part in text.split(','))
    except ValueError:
        raise ConfigurationError(
            f'--intrinsics is {text!r}; give four numbers: fx,fy,cx,cy.') from None
    return fx, fy, cx, cy


def _for_people(record: dict[str, Any]) -> Table:
    """Return the result as a table of hypotheses."""
    table = Table(title=f'score {record["score"]:.3f}, confidence {record["confidence"]:.2f}, '
                        f'{record["elapsed_ms"]:.0f} ms', title_justify='left')
    for heading in ('weight', 'east [m]', 'north [m]', 'heading [deg]'):
        table.add_column(heading, justify='right')
    for mode in record['modes']:
        table.add_row(f'{mode["weight"]:.2f}', f'{mode["east_m"]:+.2f}',
                      f'{mode["north_m"]:+.2f}', f'{mode["heading_deg"]:.1f}')
    return table
