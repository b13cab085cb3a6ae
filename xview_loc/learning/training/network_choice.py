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

"""The network that a recipe asks for, and its first weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
import inspect
from pathlib import Path
from typing import Any

import torch
from torch import nn

from xview_loc.errors import ConfigurationError, LearningError
from xview_loc.learning.deployment import Deployment
from xview_loc.learning.export.example_images import ExampleImages
from xview_loc.learning.families import family_named
from xview_loc.learning.network_record import network_from, plain_network
from xview_loc.learning.networks.cvml import Cvml
from xview_loc.learning.networks.efficientnet_trunk import EfficientnetTrunk
from xview_loc.learning.networks.even_start import start_evenly
from xview_loc.learning.networks.imagenet_weights import imagenet_state
from xview_loc.learning.networks.resnet34_trunk import Resnet34Trunk
from xview_loc.learning.networks.vgg16_trunk import Vgg16Trunk
from xview_loc.learning.presets import preset
from xview_loc.learning.training.recipe import Recipe
from xview_loc.matching.strict_record import plain_record, record_from

TRUNKS = {'vgg16': Vgg16Trunk, 'resnet34': Resnet34Trunk, 'efficientnet_b0': EfficientnetTrunk}


def network_of(recipe: Recipe, weights: Path | None = None) -> tuple[nn.Module, Deployment]:
    """
    Build the network of a recipe; the seed of the schedule makes its random weights.

    Where all weights of CVML are random, its decoder starts evenly, see :func:`.start_evenly`.

    :param recipe: of the run.
    :param weights: file of ImageNet weights as torchvision distributes them; ``None`` lets
        torchvision find or download them where the recipe wants them.
    """
    family = family_named(recipe.family)
    config, deployment = configuration_of(recipe)
    torch.manual_seed(recipe.schedule.seed)
    network = family.network(config)
    if recipe.network.initial == 'imagenet':
        load_trunks(network, weights)
    elif isinstance(network, Cvml):
        start_evenly(network, *(ExampleImages.STRUCTURE(1, *shape) for shape in (
            (config.satellite_size,) * 2, config.ground_shape)))
    return network, deployment


def configuration_of(recipe: Recipe) -> tuple[Any, Deployment]:
    """Return the configuration of the network, and how to use it."""
    family, choice = family_named(recipe.family), recipe.network
    small = choice.base == 'small'
    base = preset(recipe.family, small)
    config = base.config
    if choice.base not in ('published', 'small'):
        config = _named(family.config, choice.base)
    try:
        config = network_from(family.config, plain_network(config) | dict(choice.changes))
        deployment = record_from(
            Deployment, _merged(plain_record(base.deployment), choice.deployment), 'deployment')
    except ConfigurationError as error:
        raise LearningError(f'{recipe.name}: {error}') from error
    size = getattr(config, 'input_size', None) or config.satellite_size
    return config, replace(
        deployment, satellite=replace(deployment.satellite, size=size),
        ground=replace(deployment.ground, shape=tuple(config.ground_shape)))


def load_trunks(network: nn.Module, weights: Path | None) -> None:
    """
    Give every trunk of a network its ImageNet weights.

    :param network: of any family but OriCNN, which starts from random weights.
    :param weights: see :func:`network_of`.
    """
    states: dict[str, Mapping[str, torch.Tensor]] = {}
    found = 0
    for module in network.modules():
        trunk = getattr(module, 'trunk', None)
        kind = next((name for name, own in TRUNKS.items() if isinstance(trunk, own)), None)
        if kind is None:
            continue
        if kind not in states:
            states[kind] = imagenet_state(kind, weights)
        if isinstance(trunk, Vgg16Trunk):
            trunk.load_imagenet(states[kind], getattr(module, 'normalisation', None))
        else:
            trunk.load_imagenet(states[kind])  # type: ignore[union-attr]
        found += 1
    if not found:
        raise LearningError(
            f'{type(network).__name__} has no trunk that ImageNet weights fit; choose '
            'network.initial random.')


def _named(config: type, name: str) -> Any:
    """Return a configuration that the family offers by name."""
    makers = sorted(key for key in vars(config) if isinstance(
        inspect.getattr_static(config, key), classmethod))
    if name not in makers:
        raise LearningError(
            f'network.base is {name!r}; it must be published, small or one of '
            f'{", ".join(makers)}.')
    return getattr(config, name)()


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested mappings with some entries replaced."""
    merged = dict(base)
    for name, value in changes.items():
        own = merged.get(name)
        merged[name] = _merged(own, value) if isinstance(own, Mapping) and isinstance(
            value, Mapping) else value
    return merged
