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

"""``xview-loc data``: is a data set complete, and are its splits apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TYPE_CHECKING

import typer
import yaml

from xview_loc.cli import console
from xview_loc.cli.stage_display import StageDisplay
from xview_loc.errors import ConfigurationError

if TYPE_CHECKING:
    from xview_loc.learning.data.data_check import SplitCheck

app = typer.Typer(no_args_is_help=True,
                  help='Look at training and test data before hours are spent on them.')

Root = Annotated[Path, typer.Argument(help='Folder of the data set, or a bag.')]
Name = Annotated[str, typer.Option(
    '--dataset', help='cvusa, cvact, cvact_geo_local, vigor, robotcar, kitti, kitti_cvl, bag or '
    'tiles; told by its files without it.')]
Options = Annotated[list[str] | None, typer.Option(
    '--option', metavar='NAME=VALUE', help='Option of the data set. May be given several times.')]
AsJson = Annotated[bool, typer.Option('--json', help='Print one JSON object.')]


@app.command('check')
def check(
    root: Root, dataset: Name = '',
    split: Annotated[list[str] | None, typer.Option(
        help='Split to check; all without it. May be given several times.')] = None,
    samples: Annotated[int, typer.Option(min=0, help='Pairs of each split to read.')] = 16,
    option: Options = None, as_json: AsJson = False,
) -> None:
    """Compare a data set with what was published: lists, files, a few images."""
    from xview_loc.learning.data.data_check import check_data_set
    from xview_loc.learning.data.open_pairs import kind_of, recognise

    name = dataset or recognise(root)
    with StageDisplay() as display:
        found = check_data_set(name, root, split or (), options=parse_options(option),
                               samples=samples, progress=display.count)
    complete = not any(part.problems for part in found)
    if as_json:
        console.print_json({
            'dataset': name, 'root': root, 'status': 'PASS' if complete else 'FAIL',
            'splits': [part.record() for part in found]})
    else:
        for part in found:
            _print_split(kind_of(name).title, part)
        console.stdout.print('[green]PASS[/]: nothing is missing.' if complete
                             else '[red]FAIL[/]: see above.')
    if not complete:
        raise typer.Exit(1)


@app.command('leak')
def leak(
    root: Root,
    train: Annotated[str, typer.Option(help='Split that is trained on.')],
    test: Annotated[str, typer.Option(help='Split that is tested on.')],
    dataset: Name = '',
    test_root: Annotated[Path | None, typer.Option(
        help='Folder of the test split, where it is another.')] = None,
    radius: Annotated[list[float] | None, typer.Option(
        help='Count test images within this distance of a training image, in metres. May be '
        'given several times.')] = None,
    most: Annotated[float | None, typer.Option(
        metavar='SHARE', help='Fail when a larger share is within the smallest radius, or when '
        'an image is in both.')] = None,
    option: Options = None, as_json: AsJson = False,
) -> None:
    """Measure how near the test places are to the training places."""
    from xview_loc.learning.data.open_pairs import open_pairs, recognise
    from xview_loc.learning.data.split_leak import RADII_M, split_leak

    name, options = dataset or recognise(root), parse_options(option)
    found = split_leak(open_pairs(name, root, train, **options),
                       open_pairs(name, test_root or root, test, **options), radius or RADII_M)
    record = found.record()
    nearest_share = found.shares[min(found.shares)] if found.shares else 0.0
    leaks = most is not None and (found.shared_images > 0 or nearest_share > most)
    if most is not None:
        record['status'] = 'FAIL' if leaks else 'PASS'
    if as_json:
        console.print_json(record)
    else:
        console.stdout.print(console.figures_table('split leak', _leak_rows(record)))
    if leaks:
        raise typer.Exit(1)


def parse_options(words: list[str] | None) -> dict[str, Any]:
    """
    Parse ``name=value``; values are read as YAML, so that numbers are numbers.

    :param words: as given.
    :raises ConfigurationError: when one is of another form.
    """
    options = {}
    for word in words or ():
        name, separator, value = word.partition('=')
        if not (name and separator):
            raise ConfigurationError(f'--option is {word!r}; give NAME=VALUE.')
        try:
            options[name.replace('-', '_')] = yaml.safe_load(value)
        except yaml.YAMLError:
            options[name.replace('-', '_')] = value
    return options


def _print_split(title: str, part: SplitCheck) -> None:
    """Print what was found in a split."""
    rows = [('pairs listed', _number(part.listed)), ('pairs published', _number(part.published)),
            ('files', str(part.files)), ('files missing', str(part.missing)),
            ('ground images', _shapes(part.ground_shapes)), ('tiles', _shapes(part.tile_shapes))]
    console.stdout.print(console.figures_table(f'{title}, {part.split}', rows))
    for colour, sentences in (('red', part.problems), ('yellow', part.notes)):
        for sentence in sentences:
            console.stdout.print(sentence, style=colour, soft_wrap=True, highlight=False,
                                 markup=False)


def _leak_rows(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the figures of a leak for people."""
    rows = [('training images', f'{record["train"]}: {record["train_images"]}'),
            ('test images', f'{record["test"]}: {record["test_images"]}'),
            ('images in both', str(record['shared_images']))]
    quantiles = record['nearest_train_m']
    if quantiles is None:
        rows.append(('places', 'the data set does not tell them'))
    else:
        rows += [(f'{share} of test images nearer than', f'{metres:.1f} m')
                 for share, metres in quantiles.items() if share != '0 %']
    rows += [(f'share within {radius} m', f'{100 * share:.1f} %')
             for radius, share in record['share_within_m'].items()]
    rows += [(f'{pair["metres"]:.1f} m', f'{pair["test"]} and {pair["train"]}')
             for pair in record['nearest']]
    return rows + ([('verdict', record['status'])] if 'status' in record else [])


def _number(value: int | None) -> str:
    """Write a count that may be unknown."""
    return '-' if value is None else str(value)


def _shapes(shapes: list[tuple[int, ...]]) -> str:
    """Write sizes, rows first."""
    return ', '.join(f'{shape[0]} x {shape[1]}' for shape in shapes[:3]) or '-'
