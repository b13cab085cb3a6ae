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

"""``xview-loc replay``: a bag through the real nodes."""

from __future__ import annotations

from pathlib import Path
import shlex
import sys
from typing import Annotated, Any

import typer

from xview_loc.cli import console
from xview_loc.cli.figures import figure_rows, headline_record


def replay(
    bag: Annotated[Path, typer.Argument(help='rosbag2 folder, .mcap, .db3 or ROS 1 .bag.')],
    out: Annotated[Path, typer.Option(help='Folder for the results.')],
    tiles: Annotated[Path | None, typer.Option(
        help='Imagery: .mbtiles, GeoTIFF, VRT, or z/x/y folder; without it only the filter '
             'runs.')] = None,
    config: Annotated[Path | None, typer.Option(help='YAML of node parameters.')] = None,
    truth: Annotated[str, typer.Option(
        help='Topic or TUM file with true poses in map; the truth topic of the bag when not '
             'given.')] = '',
    model: Annotated[str, typer.Option(
        help='bev, a model package, or the name of an installed one; as --config says when not '
             'given.')] = '',
    allow_untrained: Annotated[bool, typer.Option(
        '--allow-untrained', help='Run packages with random weights too.')] = False,
    rate: Annotated[float, typer.Option(min=0.01, max=100.0, help='Speed of the replay.')] = 1.0,
    blind: Annotated[bool, typer.Option(
        help='Replay a second time with blacked-out images.')] = False,
    lockstep: Annotated[bool, typer.Option(
        '--lockstep', help='Let the bag wait until the nodes have worked off each message: every '
        'replay gives the same trajectory, byte by byte.')] = False,
    composed: Annotated[bool, typer.Option(
        '--composed', help='Run all nodes in one process.')] = False,
    image: Annotated[str, typer.Option(help='Image topic of the bag.')] = '',
    camera_info: Annotated[str, typer.Option(help='Calibration topic of the bag.')] = '',
    fix: Annotated[str, typer.Option(help='GNSS topic of the bag.')] = '',
    odometry: Annotated[str, typer.Option(help='Odometry topic of the bag.')] = '',
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Replay a bag through the real nodes; write trajectory, metrics and a report."""
    from xview_loc.cli.replay_report import write_outcome
    from xview_loc.cli.replay_run import replay_bag, ReplayRequest
    from xview_loc.cli.stage_display import StageDisplay

    topics = {'image': image, 'camera_info': camera_info, 'fix': fix, 'odometry': odometry}
    request = ReplayRequest(
        bag=bag, out=out, tiles=tiles, config=config, truth=truth, rate=rate, blind=blind,
        lockstep=lockstep, composed=composed, model=model, allow_untrained=allow_untrained,
        topics=tuple((field, name) for field, name in topics.items() if name))
    with StageDisplay() as display:
        outcome = replay_bag(request, display.watch)
    report = write_outcome(outcome, f'Replay of {bag.name}', command=own_command())
    status = 'PASS' if len(outcome.run.poses) else 'FAIL'
    record = headline_record(status, outcome.evaluation.figures, report)
    show(record, as_json)
    if status != 'PASS':
        console.say('No pose was published; see the report for what the nodes complained about.')
        raise typer.Exit(1)


def own_command() -> str:
    """Return the command line of this process, as it can be typed again."""
    return shlex.join(['xview-loc', *sys.argv[1:]])


def show(record: dict[str, Any], as_json: bool) -> None:
    """
    Print the headline figures.

    :param record: as from :func:`headline_record`.
    :param as_json: print one JSON object.
    """
    if as_json:
        console.print_json(record)
    else:
        console.stdout.print(console.figures_table('', figure_rows(record)))
        console.stdout.print(f'Report: {record["report"]}', soft_wrap=True, highlight=False)
