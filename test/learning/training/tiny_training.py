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

"""
A network of a few hundred weights and a data set of coloured places, for runs of seconds.

As a program it trains: ``tiny_training.py OUT [--resume] [--devices N] [--kill-after-epoch N]``.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
import json
import os
from pathlib import Path
import signal
from typing import Any

import numpy as np
import torch
from torch import nn

from xview_loc.learning.data.cross_view_sample import CrossViewSample, SatelliteTile
from xview_loc.learning.deployment import Deployment
from xview_loc.learning.families import FAMILIES, Family
from xview_loc.learning.networks.image_input import planes
from xview_loc.learning.networks.unit_length import unit_length
from xview_loc.learning.presets import Preset
from xview_loc.learning.training import network_choice
from xview_loc.learning.training.recipe import Recipe
from xview_loc.learning.training.recipe_file import recipe_from
from xview_loc.learning.training.train_network import Machine, train_network
from xview_loc.matching.model_records import GroundInput, HeadingSearch, SatelliteInput

SPACING_M = 10.0


@dataclass(frozen=True)
class TinyConfig:
    """Sizes of the tiny network."""

    ground_shape: tuple[int, int] = (6, 12)
    satellite_size: int = 8
    dropout: float = 0.0
    normalised: bool = False


class TinyBranch(nn.Module):
    """Two convolutions and a mean."""

    def __init__(self, config: TinyConfig) -> None:
        super().__init__()
        norm = nn.BatchNorm2d(12, momentum=0.01) if config.normalised else nn.Identity()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 12, 3, padding=1), norm, nn.Tanh(), nn.Dropout(config.dropout),
            nn.Conv2d(12, 16, 3, padding=1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return unit_length(self.layers(planes(images) / 128.0 - 1.0).mean(dim=(2, 3)))


class TinyNetwork(nn.Module):
    """Two branches with descriptors of 16 values."""

    def __init__(self, config: TinyConfig | None = None) -> None:
        super().__init__()
        self.config = config or TinyConfig()
        self.satellite = TinyBranch(self.config)
        self.ground = TinyBranch(self.config)


class TinyGallery:
    """The tiles of :class:`TinyPairs`."""

    def __init__(self, pairs: TinyPairs) -> None:
        self.pairs, self.positions = pairs, pairs.positions
        self.identifiers = pairs.identifiers

    def __len__(self) -> int:
        return len(self.pairs)

    def tile(self, index: int) -> SatelliteTile:
        return SatelliteTile(self.identifiers[index], self.pairs.image(index, (8, 8), 0.0, None),
                             0.5, tuple(self.positions[index].tolist()))

    def files(self, index: int) -> tuple[Path, ...]:
        return ()


class TinyPairs:
    """Places of one colour each on a grid; the camera sees the colour with noise."""

    name = 'tiny places'

    def __init__(self, count: int = 64, seed: int = 0) -> None:
        self.identifiers = [f'place{index}' for index in range(count)]
        side = int(np.ceil(count ** 0.5))
        grid = np.stack(np.divmod(np.arange(count), side), axis=1)
        self.positions = SPACING_M * grid.astype(np.float64) + [600000.0, 5700000.0]
        self.colours = np.random.default_rng(seed).integers(20, 235, (count, 3))
        self.matches = np.arange(count)[:, None]

    def __len__(self) -> int:
        return len(self.identifiers)

    def gallery(self) -> TinyGallery:
        return TinyGallery(self)

    def image(self, index: int, shape: tuple[int, int], noise: float,
              rng: np.random.Generator | None) -> np.ndarray:
        rng = rng or np.random.default_rng(index)
        values = self.colours[index] + noise * rng.normal(size=(*shape, 3))
        return np.clip(values, 0, 255).astype(np.uint8)

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        return CrossViewSample(
            self.identifiers[index], self.image(index, (6, 12), 20.0, rng)[..., ::-1],
            self.image(index, (8, 8), 0.0, None), 0.5, heading=0.0,
            position=tuple(self.positions[index].tolist()))

    def files(self, index: int) -> tuple[Path, ...]:
        return ()


def tiny_preset(family: str, small: bool = False) -> Preset:
    return Preset(TinyConfig(), Deployment(
        SatelliteInput(8, 0.5), GroundInput('equirectangular', (6, 12), 360.0, 90.0, -90.0),
        HeadingSearch('aligned', 4)))


def register() -> None:
    """Make the tiny network known."""
    FAMILIES['tiny'] = Family(TinyNetwork, TinyConfig, 'none')
    network_choice.preset = tiny_preset  # type: ignore[assignment]


def tiny_recipe(**changes: Any) -> Recipe:
    """Return a recipe of a few seconds."""
    content: dict[str, Any] = {
        'name': 'tiny', 'family': 'tiny', 'protocol': 'city', 'best': 'recall@1',
        'data': {'kind': 'tiny'}, 'loss': {'kind': 'soft_margin'}, 'batches': {'size': 8},
        'network': {'changes': {'dropout': 0.2}},
        'schedule': {'epochs': 4, 'learning_rate': 0.01, 'seed': 3}}
    for key, value in changes.items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    return recipe_from(content)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument('out', type=Path)
    parser.add_argument('--resume', action='store_true')
    parser.add_argument('--devices', type=int, default=1)
    parser.add_argument('--dropout', type=float, default=0.2)
    parser.add_argument('--kill-in-epoch', type=int)
    options = parser.parse_args()
    torch.set_num_threads(1)
    register()

    def die(_: str, done: int, total: int) -> None:
        if options.kill_in_epoch is not None and done >= 8 * options.kill_in_epoch + 3:
            os.kill(os.getpid(), signal.SIGKILL)

    result = train_network(
        tiny_recipe(network={'changes': {'dropout': options.dropout}}), TinyPairs(),
        TinyPairs(seed=1), options.out, resume=options.resume, progress=die,
        machine=Machine('cpu', options.devices))
    print(json.dumps(result.history))


if __name__ == '__main__':
    main()
