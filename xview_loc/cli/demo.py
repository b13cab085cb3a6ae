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

"""``xview-loc demo``: a simulated city, the real nodes, and a verdict."""

from __future__ import annotations

from pathlib import Path
import shutil
from typing import Annotated

import typer

from xview_loc.cli import console
from xview_loc.cli.figures import headline_record
from xview_loc.cli.replay import own_command, show

SCENARIO = 'urban'
NOTE = (
    'A procedural city is rendered twice: as an orthophoto, and as the view of a forward camera '
    'under another light, in another season and with other cars and markings worn. The drive is '
    'written to a rosbag2 and played in real time into the same nodes that run on a vehicle. A '
    'simulation flatters: its ground is flat and its calibration exact.')
BLIND_NOTE = (
    'The same drive is then replayed with every image black. A filter that did well there would '
    'be getting its answer from somewhere else than the camera.')


def demo(
    out: Annotated[Path, typer.Option(help='Folder for the results.')] = Path('out/demo'),
    seed: Annotated[int, typer.Option(help='Seed of city, drive and sensors.')] = 1,
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Simulate a drive, localize it with the real nodes, compare, and say PASS or FAIL."""
    from xview_loc.cli.replay_report import write_outcome
    from xview_loc.cli.replay_run import replay_bag, ReplayRequest
    from xview_loc.cli.stage_display import StageDisplay
    from xview_loc.report.verdict import demo_checks, falsely_converged_s
    from xview_loc.simulation.write_scenario import simulate

    clear_previous(out)
    with StageDisplay() as display:
        drive = simulate(SCENARIO, seed, out / 'drive', progress=display.count)
        outcome = replay_bag(
            ReplayRequest(bag=drive.bag, out=out, tiles=drive.tiles, config=drive.config,
                          truth=str(drive.truth), blind=True), display.watch)
    false_s = (falsely_converged_s(outcome.blind, outcome.drive)
               if outcome.blind is not None else 0.0)
    checks = tuple(demo_checks(outcome.evaluation, false_s))
    status = 'PASS' if all(check.passed for check in checks) else 'FAIL'
    report = write_outcome(outcome, 'A drive through a simulated city', checks=checks,
                           notes=(NOTE, BLIND_NOTE), command=own_command())
    record = headline_record(status, outcome.evaluation.figures, report)
    show(record, as_json)
    for check in checks:
        if not check.passed:
            console.say(f'[red]FAIL[/] {check.name} {check.bar:g} {check.unit}: '
                        f'measured {check.value:.3g} {check.unit}')
    if not as_json:
        console.stdout.print(f'[bold {"green" if status == "PASS" else "red"}]{status}[/]')
    if status != 'PASS':
        raise typer.Exit(1)


def clear_previous(out: Path) -> None:
    """
    Remove what an earlier demo has left, and nothing else.

    :param out: folder of the results.
    """
    for name in ('drive', 'seeing', 'blind'):
        shutil.rmtree(out / name, ignore_errors=True)
