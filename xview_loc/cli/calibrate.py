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

"""``xview-loc calibrate``: height and pitch of the camera from a drive."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from xview_loc.cli import console


def calibrate(
    bag: Annotated[Path, typer.Argument(help='A drive with images, GNSS and odometry.')],
    tiles: Annotated[Path, typer.Option(help='Imagery of the place.')],
    config: Annotated[Path | None, typer.Option(
        help='YAML of node parameters with the mounting to correct.')] = None,
    truth: Annotated[str, typer.Option(
        help='Topic or TUM file with true poses; GNSS and odometry serve without it.')] = '',
    images: Annotated[int, typer.Option(min=3, help='Images to use, spread over the drive.')] = 24,
    out: Annotated[Path | None, typer.Option(
        help='Write the corrections as a parameter file.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Find height and pitch of the camera: the mounting that fits the imagery best."""
    from xview_loc.cli.bag_calibration import calibrate_bag
    from xview_loc.cli.bag_parameters import write_parameters
    from xview_loc.cli.stage_display import StageDisplay

    with StageDisplay() as display:
        result, known = calibrate_bag(
            bag, tiles, config, truth, images,
            lambda share: display.advance('comparing mountings', share))
    height = known.get('height_offset', 0.0) + result.height_m
    pitch = known.get('pitch_offset', 0.0) + result.pitch
    if out is not None:
        write_parameters(out, {'camera': {'height_offset': height, 'pitch_offset': pitch}})
    record = {
        'height_offset_m': height, 'pitch_offset_deg': math.degrees(pitch),
        'score': result.score, 'score_before': result.score_before, 'images': result.count}
    if as_json:
        console.print_json(record)
        return
    console.stdout.print(console.figures_table('', [
        ('camera.height_offset', f'{height:+.3f} m'),
        ('camera.pitch_offset', f'{pitch:+.5f} rad ({math.degrees(pitch):+.2f} deg)'),
        ('mean peak score', f'{result.score:.3f} (before {result.score_before:.3f})'),
        ('images', str(result.count))]))
