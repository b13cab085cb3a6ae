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


"""``xview-loc export``: a network as a model package that runs without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from xview_loc.cli import console
from xview_loc.cli.stage_display import StageDisplay
from xview_loc.cli.training_packages import training_packages
from xview_loc.errors import ConfigurationError
from xview_loc.matching.model_description import UNTRAINED
from xview_loc.matching.model_package import ModelPackage


def export(
    out: Annotated[Path, typer.Option(help='Folder of the package, new or empty.')],
    checkpoint: Annotated[Path | None, typer.Argument(
        help='Trained weights, a safetensors file of this package.')] = None,
    untrained: Annotated[str | None, typer.Option(
        metavar='FAMILY',
        help='Export random weights of a family instead of a checkpoint.')] = None,
    small: Annotated[bool, typer.Option(
        '--small', help='With --untrained: smaller images, for one CPU core.')] = False,
    seed: Annotated[int, typer.Option(help='With --untrained: of the weights.')] = 0,
    precision: Annotated[str, typer.Option(
        help='float32, or float16 for the convolutions.')] = 'float32',
    name: Annotated[str | None, typer.Option(
        help='Name of the package; without it, that of the checkpoint or of the family.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Export a network to ONNX, compare it with torch and describe it in model.yaml."""
    if (checkpoint is None) == (untrained is None):
        raise ConfigurationError('Give either a checkpoint or --untrained with a family.')
    with training_packages('Exporting a model'):
        from xview_loc.learning.checkpoint import load_checkpoint
        from xview_loc.learning.export.untrained import untrained as random_network
        from xview_loc.learning.export.write_package import write_package

        suffix = '' if precision == 'float32' else f'_{precision}'
        with StageDisplay() as display:
            display.advance('making the network', 0.0)
            if checkpoint is None:
                source = random_network(str(untrained), small, seed)
                name = name or f'{UNTRAINED}{untrained}{"_small" if small else ""}{suffix}'
            else:
                source = load_checkpoint(checkpoint)
                name = name or f'{checkpoint.stem}{suffix}'
            package = write_package(
                source, out, name, checkpoint is not None, precision, display.count)
    _report(package, as_json)


def _report(package: ModelPackage, as_json: bool) -> None:
    """Print what was written."""
    description = package.description
    record: dict[str, Any] = {
        'package': package.folder, 'name': package.name, 'family': package.family,
        'trained': description.trained, 'precision': description.precision,
        'bytes': package.size_bytes, 'parity': {
            'float32_max_abs': description.parity.float32_max_abs,
            'float16_max_abs': description.parity.float16_max_abs}}
    if as_json:
        console.print_json(record)
        return
    rows = [('folder', str(package.folder)), ('family', package.family),
            ('precision', description.precision), ('size', f'{package.size_bytes / 1e6:.1f} MB'),
            ('difference from torch', f'{_difference(package):.1e}')]
    console.stdout.print(console.figures_table(package.name, rows))


def _difference(package: ModelPackage) -> float:
    """Return how far the graphs are from torch."""
    parity = package.description.parity
    half = parity.float16_max_abs
    return float((parity.float32_max_abs if half is None else half) or 0.0)
