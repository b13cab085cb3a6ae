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

"""``xview-loc simulate``: a drive with everything a localizer needs, and the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xview_loc.cli import console


def simulate_command(
    scenario: Annotated[str, typer.Option(help='Name of the scenario.')] = 'urban',
    seed: Annotated[int, typer.Option(help='Seed of city, drive and sensors.')] = 1,
    duration: Annotated[float | None, typer.Option(
        help='Length of the drive [s]; as the scenario says when not given.')] = None,
    out: Annotated[Path, typer.Option(help='Folder for bag, imagery and truth.')] = Path(
        'out/drive'),
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Simulate a drive: rosbag2, MBTiles, truth as TUM, and node parameters."""
    from xview_loc.cli.stage_display import StageDisplay
    from xview_loc.simulation.scenario import get_scenario
    from xview_loc.simulation.write_scenario import simulate

    planned = get_scenario(scenario)
    if duration is not None:
        planned = planned.lasting(duration)
    with StageDisplay() as display:
        drive = simulate(planned, seed, out, progress=display.count)
    record = {'scenario': scenario, 'seed': seed, 'bag': drive.bag, 'tiles': drive.tiles,
              'truth': drive.truth, 'config': drive.config}
    if as_json:
        console.print_json(record)
        return
    console.stdout.print(console.figures_table(
        '', [(key, str(value)) for key, value in record.items()]))
    console.stdout.print(
        f'xview-loc replay {drive.bag} --tiles {drive.tiles} --config {drive.config} '
        f'--truth {drive.truth} --out {out}/replay', soft_wrap=True, highlight=False)
