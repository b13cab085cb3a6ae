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

"""Two processes train and validate dense and video networks as one does."""

from __future__ import annotations

import json
import os
from pathlib import Path
import subprocess
import sys
from typing import Any

import pytest
import yaml

pytest.importorskip('lightning')
CITY = {'ground_m': 1.0, 'spread': 'roads', 'apart_m': 30.0, 'tiles': 8}
# network, data, loss, protocol, best figure; nothing random is left, which processes draw apart
FAMILIES: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    'cvml': ({'width': 0.0625, 'ground_shape': [32, 64], 'satellite_size': 128, 'dropout': 0.0},
             {'offset_m': 20.0}, 'pose', '-median_m'),
    'ccvpe': ({'ground_shape': [64, 128], 'satellite_size': 128, 'bins': 4, 'drop_connect': 0.0,
               'rings': [256, 128, 64, 32, 16, 8], 'ups': [64, 32, 16, 8, 8, 8],
               'orientation_channels': 32}, {'offset_m': 10.0, 'heading': 'any'}, 'pose',
              '-median_m'),
    'cvlnet': ({'width': 0.0625, 'ground_shape': [32, 128], 'satellite_size': 128,
                'metres_per_pixel': 0.4, 'frozen_blocks': 0},
               {'heading': 'road', 'frames': 2}, 'video', 'recall@1<=10m')}


def recipe_of(family: str) -> dict[str, Any]:
    """Return a recipe of four steps."""
    network, data, protocol, best = FAMILIES[family]
    part = {**CITY, **data}
    return {
        'name': 'trial', 'family': family, 'network': {'base': 'small', 'changes': network},
        'data': {'kind': 'simulated', 'train': {**part, 'seed': 1},
                 'validation': {**part, 'seed': 2}},
        'batches': {'size': 4}, 'loss': {'kind': family}, 'protocol': protocol, 'best': best,
        'schedule': {'epochs': 2, 'learning_rate': 1e-4}}


def history_of(recipe: Path, out: Path, devices: int) -> list[dict[str, Any]]:
    """Train in processes of their own, and return their history."""
    done = subprocess.run(
        [sys.executable, '-m', 'xview_loc.cli.main', 'train', str(recipe), '--data',
         str(out.parent / 'views'), '--out', str(out), '--accelerator', 'cpu', '--devices',
         str(devices), '--workers', '0', '--json'],
        capture_output=True, text=True, env={**os.environ, 'OMP_NUM_THREADS': '1'})
    assert done.returncode == 0, done.stderr
    return json.loads((out / 'history.json').read_text())


def known(figures: dict[str, Any]) -> dict[str, float]:
    """Return the figures that have a value."""
    return {name: value for name, value in figures.items() if value is not None}


@pytest.mark.slow
@pytest.mark.parametrize('family', FAMILIES)
def test_two_processes_train_and_validate_like_one(family: str, tmp_path: Path) -> None:
    recipe = tmp_path / 'trial.yaml'
    recipe.write_text(yaml.safe_dump(recipe_of(family)))
    one, two = (history_of(recipe, tmp_path / str(count), count) for count in (1, 2))
    print(family, one, two)
    assert len(one) == len(two) == 2
    for alone, shared in zip(one, two):
        assert shared['loss'] == pytest.approx(alone['loss'], rel=1e-3)
        # the area under a curve of no hits, or of no misses, is unknown
        assert known(shared['figures']) == pytest.approx(known(alone['figures']), rel=0.01)
