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

"""``xview-loc train``: a network by a recipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import shlex
import sys
from typing import Annotated, Any

import typer

from xview_loc.cli import console
from xview_loc.cli.data import parse_options
from xview_loc.cli.run_display import RunDisplay
from xview_loc.cli.training_packages import training_packages


def train(
    recipe: Annotated[str, typer.Argument(
        help='Name of a recipe of this package, or a YAML file.')],
    data: Annotated[str | None, typer.Option(
        metavar='ROOT|KIND:PATH', help='Folder of the data set, or another kind of data and '
        'where it lies, for instance bag:DRIVE. The simulated city needs none, and keeps there '
        'what it renders.')] = None,
    option: Annotated[list[str] | None, typer.Option(
        '--option', metavar='NAME=VALUE',
        help='Option of the data set. May be given several times.')] = None,
    change: Annotated[list[str] | None, typer.Option(
        '--set', metavar='NAME=VALUE', help='Entry of the recipe, for instance '
        'network.base=published. May be given several times.')] = None,
    out: Annotated[Path | None, typer.Option(
        help='Folder of the run; runs/RECIPE without it.')] = None,
    resume: Annotated[bool, typer.Option(
        '--resume', help='Go on with the run in the folder.')] = False,
    epochs: Annotated[int | None, typer.Option(help='Instead of those of the recipe.')] = None,
    seed: Annotated[int | None, typer.Option(help='Instead of that of the recipe.')] = None,
    precision: Annotated[str | None, typer.Option(
        help='32-true, bf16-mixed, or, on a GPU, 16-mixed.')] = None,
    accelerator: Annotated[str, typer.Option(help='auto, cpu or gpu.')] = 'auto',
    devices: Annotated[int, typer.Option(min=1, help='GPUs, or processes, of a machine.')] = 1,
    machines: Annotated[int, typer.Option(
        min=1, help='Machines; start the command on each, with torchrun or a cluster.')] = 1,
    workers: Annotated[int, typer.Option(min=0, help='Processes that read, per device.')] = 2,
    imagenet: Annotated[Path | None, typer.Option(
        help='File of ImageNet weights; torchvision finds them without it.')] = None,
    random_weights: Annotated[bool, typer.Option(
        '--random-weights', help='Start from random weights, whatever the recipe says.')] = False,
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Train a network by a recipe; a run that was killed goes on with --resume."""
    with training_packages('Training'):
        from xview_loc.learning.training.run_recipe import run_recipe
        from xview_loc.learning.training.train_network import Machine

        with RunDisplay(silent=is_helper()) as display, said_how_to_go_on():
            result = run_recipe(
                recipe, data, out, resume=resume, epochs=epochs, seed=seed, precision=precision,
                machine=Machine(accelerator, devices, machines, workers), imagenet=imagenet,
                options=parse_options(option), changes=parse_options(change),
                random_weights=random_weights,
                command=command_line(), progress=display.progress, report=display.epoch)
    if not result.speaks:
        return
    last = result.history[-1] if result.history else {}
    record: dict[str, Any] = {
        'out': result.out, 'epochs': len(result.history), 'loss': last.get('loss'),
        'figures': last.get('figures'), 'seconds': result.seconds, 'check': result.check}
    if as_json:
        console.print_json(record)
        return
    rows = [('epochs', str(record['epochs'])), ('loss', f'{record["loss"]:.4f}'),
            ('time', f'{result.seconds:.0f} s'), ('weights', str(result.out / 'best.safetensors'))]
    console.stdout.print(console.figures_table('Training', rows))


@contextmanager
def said_how_to_go_on() -> Iterator[None]:
    """Tell whoever interrupts a run that it can go on."""
    try:
        yield
    except KeyboardInterrupt:
        if not is_helper():
            console.say('Interrupted; the same command with --resume goes on from the last epoch '
                        'that ended.')
        raise


def is_helper() -> bool:
    """Tell whether this is one of several processes, and not the one that speaks."""
    return any(os.environ.get(name, '0') != '0' for name in ('RANK', 'LOCAL_RANK', 'NODE_RANK'))


def command_line() -> str:
    """Return the command as it was given, without where the program lies."""
    return shlex.join(['xview-loc', *sys.argv[1:]])
