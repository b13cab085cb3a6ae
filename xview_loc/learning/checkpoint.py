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


"""Trained weights in one file that says which network they belong to; reading it runs no code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any

from safetensors import safe_open, SafetensorError
from safetensors.torch import save_file
from torch import nn

from xview_loc.errors import ConfigurationError, LearningError, ModelPackageError
from xview_loc.learning.deployment import Deployment
from xview_loc.learning.families import family_named
from xview_loc.learning.network_record import network_from, plain_network
from xview_loc.matching.model_origin import ModelCard
from xview_loc.matching.strict_record import plain_record, record_from

FORMAT = 1
HEADER = 'xview_loc'
MOST_NAMED = 3


@dataclass(frozen=True)
class Checkpoint:
    """
    A network with what is needed to use it.

    :param family: one of :data:`.families.FAMILIES`.
    :param network: with its weights; its ``config`` is stored.
    :param deployment: of cameras and tiles.
    :param card: provenance.
    :param notes: what else is to be remembered (steps, figures), of values that JSON knows.
    """

    family: str
    network: nn.Module
    deployment: Deployment
    card: ModelCard
    notes: Mapping[str, Any] = field(default_factory=dict)


def save_checkpoint(path: Path | str, checkpoint: Checkpoint) -> None:
    """
    Write a checkpoint; the file appears complete or not at all.

    :param path: of the safetensors file; folders are made.
    :param checkpoint: whose weights may lie on any device.
    """
    path = Path(path)
    header = {
        'format': FORMAT, 'family': checkpoint.family,
        'network': plain_network(checkpoint.network.config),
        'deployment': plain_record(checkpoint.deployment), 'card': plain_record(checkpoint.card),
        'notes': dict(checkpoint.notes)}
    weights = {name: value.detach().cpu().contiguous()
               for name, value in checkpoint.network.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f'{path.name}.part')
    save_file(weights, unfinished, metadata={HEADER: json.dumps(header)})
    unfinished.replace(path)


def load_checkpoint(path: Path | str, family: str | None = None) -> Checkpoint:
    """
    Build the network of a checkpoint and give it its weights.

    :param path: of the safetensors file.
    :param family: that it must be of; ``None`` takes any.
    :return: the network on the CPU, in evaluation.
    :raises LearningError: when the file is none, of another family, or does not fit its network.
    """
    path = Path(path)
    header, weights = _read(path)
    stored = header.get('family')
    if family is not None and stored != family:
        raise LearningError(f'{path} holds a network of {stored}; {family} was asked for.')
    kind = family_named(str(stored))
    try:
        network = kind.network(network_from(kind.config, header.get('network')))
        deployment = record_from(Deployment, header.get('deployment'), 'deployment')
        card = record_from(ModelCard, header.get('card'), 'card')
    except (ConfigurationError, ModelPackageError) as error:
        raise LearningError(f'{path}: {error}') from error
    _check_weights(path, network, weights)
    network.load_state_dict(weights)
    return Checkpoint(
        str(stored), network.eval(), deployment, card, header.get('notes') or {})


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the weights of a file."""
    if not path.is_file():
        raise LearningError(f'There is no checkpoint {path}.')
    try:
        with safe_open(path, framework='pt') as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise LearningError(
            f'{path} is no readable safetensors file ({" ".join(str(error).split())}).') from error
    try:
        header = json.loads(metadata.get(HEADER, ''))
    except json.JSONDecodeError:
        header = None
    if not isinstance(header, dict):
        raise LearningError(f'{path} has no header of this package; it is no checkpoint.')
    if header.get('format') != FORMAT:
        raise LearningError(
            f'{path} has format {header.get("format")}; this version reads format {FORMAT}.')
    return header, weights


def _check_weights(path: Path, network: nn.Module, weights: Mapping[str, Any]) -> None:
    """Refuse weights that are missing, unknown or of another shape."""
    own = network.state_dict()
    wrong = [f'{name} is missing' for name in own if name not in weights]
    wrong += [f'{name} is not known' for name in weights if name not in own]
    wrong += [f'{name} is {list(weights[name].shape)} instead of {list(value.shape)}'
              for name, value in own.items()
              if name in weights and weights[name].shape != value.shape]
    if wrong:
        more = f', and {len(wrong) - MOST_NAMED} more' if len(wrong) > MOST_NAMED else ''
        raise LearningError(
            f'{path} does not fit its own network: {", ".join(wrong[:MOST_NAMED])}{more}.')
