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

"""``xview-loc calibrate``: mounting and clock of the camera, and how far matches are believed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from xview_loc.cli import console
from xview_loc.errors import ConfigurationError


def calibrate(
    bags: Annotated[list[Path], typer.Argument(
        metavar='BAG', help='A drive with images, GNSS and odometry; with --likelihood, any '
        'number.')],
    tiles: Annotated[list[Path], typer.Option(
        help='Imagery of the place. This, --config and --truth may be given once for all drives, '
        'or once for each, in their order.')],
    config: Annotated[list[Path] | None, typer.Option(
        help='YAML of node parameters with the mounting to correct.')] = None,
    truth: Annotated[list[str] | None, typer.Option(
        help='Topic or TUM file with true poses; GNSS and odometry serve without it.')] = None,
    images: Annotated[int, typer.Option(min=3, help='Images to use, spread over the drive.')] = 24,
    likelihood: Annotated[bool, typer.Option(
        help='Fit how far matches are to be believed instead; needs --truth and, with --config, '
        'the calibrated mounting.')] = False,
    model: Annotated[str, typer.Option(
        help='Matcher whose likelihood is fitted: bev, a model package, or an installed one.')
    ] = 'bev',
    matches: Annotated[int, typer.Option(
        min=40, help='Images of each drive to match for the likelihood; of a single drive half '
        'of them are held out.')] = 200,
    held_out: Annotated[int | None, typer.Option(
        help='With --likelihood: so many of the drives, the last ones, are not fitted but judged; '
        'one without a number.', show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(
        help='Write the corrections as a parameter file.')] = None,
    into_model: Annotated[bool, typer.Option(
        '--into-model', help='With --likelihood: write it into the model.yaml of the package; '
        '--out then holds what is left for the filter.')] = False,
    diagram: Annotated[Path | None, typer.Option(
        help='With --likelihood: draw the reliability before and after, as PNG.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Find height, pitch and time offset of the camera, or how far matches are to be believed."""
    from xview_loc.cli.bag_parameters import write_parameters
    from xview_loc.cli.drive_files import drive_files
    from xview_loc.cli.stage_display import StageDisplay

    drives = drive_files(bags, tiles, config or [], truth or [])
    if not likelihood and len(drives) > 1:
        raise ConfigurationError(
            f'{len(drives)} drives are given; a camera is calibrated with one, only --likelihood '
            'takes several.')
    with StageDisplay() as display:
        if likelihood:
            from xview_loc.cli.likelihood_fit import fit_drives, package_of, write_into
            package = package_of(model) if into_model else None
            report = fit_drives(drives, held_out, model, matches,
                                lambda share: display.advance('matching', share))
            parameters, record, rows = _of_likelihood(report)
            if package is not None:
                write_into(package, report.fit)
                parameters = _left_for_the_filter(report.fit)
            if diagram is not None:
                _draw(report, diagram)
        else:
            from xview_loc.cli.bag_calibration import calibrate_bag
            parameters, record, rows = _of_camera(calibrate_bag(
                drives[0], images, display.advance))
    if out is not None:
        write_parameters(out, parameters)
    if as_json:
        console.print_json(record)
        return
    console.stdout.print(console.figures_table('', rows))


_Output = tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]


def _of_camera(found: Any) -> _Output:
    """Return parameters, record and rows of a camera; a time that is not known is left out."""
    result, known = found.mounting, found.known
    height = known.get('height_offset', 0.0) + result.height_m
    pitch = known.get('pitch_offset', 0.0) + result.pitch
    parameters: dict[str, Any] = {'camera': {'height_offset': height, 'pitch_offset': pitch}}
    record = {
        'height_offset_m': height, 'pitch_offset_deg': math.degrees(pitch),
        'score': result.score, 'score_before': result.score_before, 'images': result.count,
        'image_time_offset_s': None, 'image_time_offset_std_s': None}
    said = 'too few images were matched'
    if found.time is not None:
        late = found.known_time_s + found.time.seconds
        record |= {'image_time_offset_s': late, 'image_time_offset_std_s': found.time.std_s}
        said = f'{late:+.3f} s (+-{found.time.std_s:.3f} s)'
        if found.time.is_known:
            parameters['image_time_offset'] = late
        else:
            said += ': unknown, the drive needs bends and changes of speed'
    return parameters, record, [
        ('camera.height_offset', f'{height:+.3f} m'),
        ('camera.pitch_offset', f'{pitch:+.5f} rad ({math.degrees(pitch):+.2f} deg)'),
        ('image_time_offset', said),
        ('mean peak score', f'{result.score:.3f} (before {result.score_before:.3f})'),
        ('images', str(result.count))]


def _of_likelihood(report: Any) -> _Output:
    """Return parameters, record and rows of a fitted likelihood."""
    fit = report.fit
    values = {'temperature': fit.temperature, 'outlier': fit.outlier, 'doubt': fit.doubt,
              'decorrelation_m': fit.decorrelation_m}
    return {'likelihood': values}, {
        **values, 'calibration_error': report.error_after,
        'calibration_error_before': report.error_before, 'matches_fitted': fit.count,
        'matches_held_out': len(report.after)}, [
        ('likelihood.temperature', f'{fit.temperature:.2f}'),
        ('likelihood.outlier', f'{fit.outlier:.3f}'),
        ('likelihood.doubt', f'{fit.doubt:.2f}'),
        ('likelihood.decorrelation_m', f'{fit.decorrelation_m:.2f} m'),
        ('calibration error, held out',
         f'{report.error_after:.3f} (before {report.error_before:.3f})'),
        ('matches', f'{fit.count} fitted, {len(report.after)} held out')]


def _left_for_the_filter(fit: Any) -> dict[str, Any]:
    """Return the parameters of the filter for a matcher that knows its temperature and floor."""
    return {'likelihood': {'temperature': 1.0, 'outlier': fit.outlier, 'doubt': 1.0,
                           'decorrelation_m': fit.decorrelation_m}}


def _draw(report: Any, path: Path) -> None:
    """Draw how the held-out matches keep what they promise."""
    from xview_loc.report.reliability_figure import reliability_figure
    from xview_loc.report.style import house_style, save

    with house_style():
        console.say(f'Wrote {save(reliability_figure(report.before, report.after), path)}')
