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

"""``xview-loc doctor``: is everything here that is needed, and if not, what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from rich.markup import escape
from rich.table import Table
import typer

from xview_loc.cli import console
from xview_loc.cli.health_check import HealthCheck, Verdict
from xview_loc.errors import ConfigurationError

COLOUR = {Verdict.PASS: 'green', Verdict.WARN: 'yellow', Verdict.FAIL: 'red'}


def doctor(
    tiles: Annotated[Path | None, typer.Option(help='Imagery to check.')] = None,
    place: Annotated[str, typer.Option(
        help='latitude,longitude where the imagery is needed.')] = '',
    bag: Annotated[Path | None, typer.Option(help='Bag whose camera to check.')] = None,
    camera: Annotated[str, typer.Option(help='Image topic in the bag.')] = '',
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Check this machine, and imagery and a bag if given: PASS, or what to do."""
    from xview_loc.cli.machine_checks import machine_checks

    checks = machine_checks()
    if tiles is not None or bag is not None:
        from xview_loc.cli.input_checks import bag_checks, check_tiles
        if tiles is not None:
            checks.append(check_tiles(tiles, parse_place(place)))
        if bag is not None:
            checks += bag_checks(bag, camera)
    healthy = all(check.verdict is not Verdict.FAIL for check in checks)
    if as_json:
        console.print_json({'status': 'PASS' if healthy else 'FAIL',
                            'checks': [check.as_record() for check in checks]})
    else:
        _print(checks, healthy)
    if not healthy:
        raise typer.Exit(1)


def parse_place(text: str) -> tuple[float, float] | None:
    """
    Read ``latitude,longitude``.

    :param text: two numbers separated by a comma, or ''.
    :raises ConfigurationError: when it is anything else.
    """
    if not text:
        return None
    try:
        latitude, longitude = (float(part) for part in text.split(','))
    except ValueError:
        raise ConfigurationError(
            f'--place is {text!r}; give latitude,longitude in degrees.') from None
    return latitude, longitude


def _print(checks: list[HealthCheck], healthy: bool) -> None:
    """Print the checks as a table, and the verdict."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(style='bold', no_wrap=True)
    table.add_column()
    for check in checks:
        colour = COLOUR[check.verdict]
        advice = f'\n[{colour}]{escape(check.advice)}[/]' if check.advice else ''
        table.add_row(f'[{colour}]{check.verdict.value}[/]', check.name,
                      f'{escape(check.message)}{advice}')
    console.stdout.print(table)
    console.stdout.print('[green]PASS[/]: everything needed is here.' if healthy
                         else '[red]FAIL[/]: see the advice above.')
