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

"""``xview-loc scenarios``: the filter and its baselines in seeded drives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
import json
from pathlib import Path
from typing import Annotated, Any, TYPE_CHECKING

from rich.markup import escape
from rich.table import Table
import typer

from xview_loc.cli import console

if TYPE_CHECKING:
    from xview_loc.scenarios.figures.bars import Bar

LOG = 'drives.jsonl'
COLUMNS = {
    'median_m': 'median m', 'p99_m': '99 % m', 'anees': 'ANEES', 'coverage95': 'in 95 %',
    'false_alarms_per_h': 'false/h', 'alarm_delay_s_p95': 'alarm s',
    'confidently_wrong_s': 'bad s'}


def scenarios(
    scenario: Annotated[list[str] | None, typer.Option(
        help='Scenario to run; all without it. May be given several times.')] = None,
    rendered: Annotated[bool, typer.Option(
        help='Run the drives through rendered cities: half a minute each.')] = False,
    method: Annotated[list[str] | None, typer.Option(
        help='Method to run; ours and every baseline without it.')] = None,
    drives: Annotated[int, typer.Option(help='Drives of each scenario.')] = 10,
    seed: Annotated[int, typer.Option(help='Seed of the first drive.')] = 0,
    workers: Annotated[int, typer.Option(help='Processes to use.')] = 2,
    out: Annotated[Path | None, typer.Option(
        help='Folder for scenarios.json, scenarios.html and drives.jsonl; the drives that are in '
             'it already are not driven again.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Drive the filter and its baselines through seeded scenarios and compare them."""
    from xview_loc.scenarios.baselines import OURS
    from xview_loc.scenarios.figures.bars import bars_of
    from xview_loc.scenarios.rendered_drive import RENDERED_SCENARIOS
    from xview_loc.scenarios.run_scenarios import run_scenarios

    names = (scenario or []) + (list(RENDERED_SCENARIOS) if rendered else [])
    log = None if out is None else out / LOG
    with _said_how_to_go_on(log), console.progress() as bar:
        task = bar.add_task('driving', total=None)

        def show(done: int, total: int) -> None:
            if bar.tasks[0].total is None:
                # Drives of an earlier run must not count into the speed.
                bar.reset(task, total=total, completed=done)
            bar.update(task, completed=done)

        result = run_scenarios(names or None, drives, seed, method, workers, show, log)
    bars = bars_of(result, OURS)
    result['bars'] = [{**asdict(bar), 'met': bar.is_met} for bar in bars]
    if out is not None:
        _write(result, bars, out)
    if as_json:
        console.print_json(result)
        return
    for name, figures in _with_pool(result).items():
        console.stdout.print(_table(name, figures))
    console.stdout.print(console.figures_table('What is demanded', [
        (escape(f'{bar.name} ({bar.bounds})'),
         f'{bar.value:.3f}  {"met" if bar.is_met else "not met"}') for bar in bars]))


@contextmanager
def _said_how_to_go_on(log: Path | None) -> Iterator[None]:
    """Tell whoever interrupts a run that it can go on."""
    try:
        yield
    except KeyboardInterrupt:
        if log is not None:
            console.say(f'Interrupted; the drives so far are kept in {log}, the same command goes '
                        'on.')
        raise


def _write(result: dict[str, Any], bars: Sequence[Bar], out: Path) -> None:
    """Write the figures for programs and for people."""
    from xview_loc.report.scenario_page import write_scenario_page

    out.mkdir(parents=True, exist_ok=True)
    (out / 'scenarios.json').write_text(
        json.dumps(console.plain(result), indent=1) + '\n', encoding='utf-8')
    page = write_scenario_page(_with_pool(result), out, bars)
    console.say(f'Report: {page}')


def _with_pool(result: dict[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the figures of each scenario and, of several, those of all tracked ones together."""
    scenarios, tracking = result['scenarios'], result['tracking']
    if len(scenarios) == 1 or not tracking:
        return scenarios
    return {**scenarios, 'all that can be tracked': tracking}


def _table(name: str, figures: dict[str, dict[str, Any]]) -> Table:
    """Return the figures of one scenario."""
    drives = next(iter(figures.values()))['drives']
    table = Table(title=f'{name}, {drives} drives', title_justify='left', title_style='bold',
                  box=None, pad_edge=False)
    table.add_column('method', style='dim', no_wrap=True)
    for heading in COLUMNS.values():
        table.add_column(heading, justify='right', no_wrap=True)
    for method, values in figures.items():
        table.add_row(method, *(
            '-' if values.get(column) is None else f'{values[column]:.2f}' for column in COLUMNS))
    return table
