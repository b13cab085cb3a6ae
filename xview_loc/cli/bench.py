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

"""``xview-loc bench``: how long the steps take on this machine, beside peers and limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from rich.table import Table
import typer

from xview_loc.cli import console


def bench(
    repetitions: Annotated[int, typer.Option(min=3, help='Timed runs of each step.')] = 15,
    model: Annotated[list[Path] | None, typer.Option(
        help='Model package to time too, beside bev and beside torch where it is installed; '
             'may be given several times.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Time matching, filtering, descriptor maps and model packages on this machine."""
    from xview_loc.cli.benchmarks import machine_record, run_benchmarks
    from xview_loc.cli.stage_display import StageDisplay

    with StageDisplay() as display:
        results = run_benchmarks(
            repetitions, model or (),
            lambda done, total: display.count('timing', done, total))
    if as_json:
        console.print_json({'machine': machine_record(),
                            'results': [result.as_record() for result in results]})
        return
    table = Table(box=None, pad_edge=False)
    for heading in ('step', 'median', 'limit', 'peer', 'ratio to peer'):
        table.add_column(heading, justify='left' if heading == 'step' else 'right')
    for result in results:
        peer = '' if result.peer_value is None else f'{result.peer_value:.2f} ({result.peer})'
        table.add_row(
            result.name, f'{result.value:.2f} {result.unit}',
            '' if result.limit is None else f'{result.limit:g} {result.unit}', peer,
            '' if result.ratio is None else f'{result.ratio:.2f}')
    console.stdout.print(table)
