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

"""``xview-loc test``: a checkpoint against a data set, beside its baselines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TYPE_CHECKING

import typer

from xview_loc.cli import console
from xview_loc.cli.data import parse_options
from xview_loc.cli.run_display import RunDisplay
from xview_loc.cli.train import command_line
from xview_loc.cli.training_packages import training_packages

if TYPE_CHECKING:
    from xview_loc.learning.evaluation.evaluation_table import EvaluationTable


def score(
    checkpoint: Annotated[Path, typer.Argument(help='Weights, a safetensors file.')],
    data: Annotated[str | None, typer.Option(
        metavar='ROOT|KIND:PATH', help='Folder of the data set, or another kind of data and '
        'where it lies. The simulated city needs none.')] = None,
    option: Annotated[list[str] | None, typer.Option(
        '--option', metavar='NAME=VALUE',
        help='Option of the data set. May be given several times.')] = None,
    part: Annotated[list[str] | None, typer.Option(
        help='Test of the recipe to run; all without it. May be given several times.')] = None,
    recipe: Annotated[str | None, typer.Option(
        help='Recipe with protocol and tests; that of the training without it.')] = None,
    out: Annotated[Path | None, typer.Option(
        help='Folder for evaluation.json, .md and .html.')] = None,
    workers: Annotated[int, typer.Option(min=0, help='Processes that read.')] = 2,
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Score weights by the published protocol, with blind, centre and prior-only rows."""
    with training_packages('Testing'):
        from xview_loc.learning.training.run_recipe import score_checkpoint

        with RunDisplay() as display:
            tables = score_checkpoint(
                checkpoint, data, part or (), recipe=recipe,
                options=parse_options(option), workers=workers,
                command=command_line(), progress=display.progress)
    if out is not None:
        _write(tables, out)
    if as_json:
        console.print_json({'tables': [table.record() for table in tables]})
        return
    for table in tables:
        console.stdout.print(table.markdown(), markup=False, highlight=False, soft_wrap=True)


def _write(tables: list[EvaluationTable], out: Path) -> None:
    """Write the tables for programs and for people."""
    from xview_loc.learning.evaluation.evaluation_table import write_tables
    from xview_loc.report.benchmark_page import write_benchmark_page

    paths: list[Any] = [*write_tables(tables, out), write_benchmark_page(tables, out)]
    for path in paths:
        console.say(f'Wrote {path}')
