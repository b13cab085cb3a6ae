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
What a training run does.

One recipe holds the published schedule of one method on one data set. Nothing in it depends on the
machine: batches are those of all processes together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from xview_loc.errors import LearningError

BATCHES = ('shuffled', 'geo_local', 'spaced', 'distinct_tiles')
LOSSES = ('soft_margin', 'geo_local', 'hardest', 'cvml', 'ccvpe', 'cvlnet', 'bev_net')
INITIAL = ('random', 'imagenet')
DECAYS = ('constant', 'linear', 'cosine')
HEADINGS = ('as_is', 'align')
CHANGES = ('none', 'oricnn', 'mirror', 'quarter_turns', 'symmetries', 'crops')
PRECISIONS = ('32-true', '16-mixed', 'bf16-mixed')


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise LearningError(f'{name} is {value!r}; it must be one of {", ".join(allowed)}.')


def _positive(section: str, record: Any, *names: str) -> None:
    for name in names:
        if not getattr(record, name) > 0:
            raise LearningError(
                f'{section}.{name} is {getattr(record, name)}; it must be above 0.')


@dataclass(frozen=True)
class NetworkChoice:
    """
    The network.

    :param base: ``published`` or ``small``, see :mod:`.presets`, or the name of a configuration
        that the family offers, for instance ``cvact``.
    :param initial: ``random``, or ``imagenet`` for the trunks.
    :param changes: entries of the configuration that differ from the base.
    :param deployment: entries of the deployment that differ from the preset's.
    """

    base: str = 'published'
    initial: str = 'random'
    changes: Mapping[str, Any] = field(default_factory=dict)
    deployment: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse unknown weights."""
        _one_of('network.initial', self.initial, INITIAL)


@dataclass(frozen=True)
class DataChoice:
    """
    The data set and its parts.

    :param kind: of the data set, see :mod:`.data_choice`.
    :param train: options of the part that is learnt from.
    :param validation: options of the part that chooses the best weights; empty for none.
    :param tests: options of the parts that ``xview-loc test`` scores, by name.
    :param heading: ``align`` turns panoramas so that north is in the middle, ``as_is`` does not.
    :param change: of training pairs, see :mod:`.sample_changes`.
    :param tile_share: central part of a pair's tile that is used, by side.
    """

    kind: str
    train: Mapping[str, Any] = field(default_factory=dict)
    validation: Mapping[str, Any] = field(default_factory=dict)
    tests: Mapping[str, Any] = field(default_factory=dict)
    heading: str = 'as_is'
    change: str = 'none'
    tile_share: float = 1.0

    def __post_init__(self) -> None:
        """Refuse unknown choices."""
        _positive('data', self, 'tile_share')
        _one_of('data.heading', self.heading, HEADINGS)
        _one_of('data.change', self.change, CHANGES)


@dataclass(frozen=True)
class BatchChoice:
    """
    Which pairs meet in a batch.

    :param kind: ``shuffled``; ``geo_local`` for pairs within a radius; ``spaced`` for pairs that
        are apart; ``distinct_tiles`` for pairs that share no tile (VIGOR).
    :param size: of a batch, over all processes together.
    :param radius_m: of ``geo_local``.
    :param minimum_m: nearest member of ``geo_local``; smallest distance of ``spaced``.
    """

    kind: str = 'shuffled'
    size: int = 32
    radius_m: float = 50.0
    minimum_m: float = 0.0

    def __post_init__(self) -> None:
        """Refuse batches that are none."""
        _one_of('batches.kind', self.kind, BATCHES)
        _positive('batches', self, 'size', 'radius_m')


@dataclass(frozen=True)
class LossChoice:
    """
    What is minimised.

    :param kind: one of ``LOSSES``.
    :param far_apart_m: of ``soft_margin``: nearer pairs are no negatives (CVACT 25 m); 0 for all.
    :param radius_m: of ``geo_local``.
    :param minimum_m: of ``geo_local``.
    :param sigma: of ``geo_local``.
    :param distance_power: of ``geo_local``.
    :param polar_weight: of ``hardest``: weight of the pull to the polar strip.
    :param pose_weight: of ``bev_net``: weight of finding the pose.
    :param ground_weight: of ``bev_net``: weight of telling which cells show the ground, where
        pairs are made up and know it.
    """

    kind: str
    far_apart_m: float = 0.0
    radius_m: float = 50.0
    minimum_m: float = 5.0
    sigma: float = 10.0
    distance_power: int = 1
    polar_weight: float = 1.0
    pose_weight: float = 1.0
    ground_weight: float = 0.0

    def __post_init__(self) -> None:
        """Refuse unknown losses."""
        _one_of('loss.kind', self.kind, LOSSES)


@dataclass(frozen=True)
class Schedule:
    """
    How long and how fast.

    :param epochs: over the training part.
    :param learning_rate: of Adam.
    :param betas: of Adam.
    :param weight_decay: of Adam, added to the gradient.
    :param decay: ``constant``, or ``linear`` or ``cosine`` to zero over ``decay_epochs``.
    :param decay_epochs: see ``decay``.
    :param fresh_optimiser: forget the moments at the start of every epoch (CVLNet).
    :param validate_every: epochs between validations.
    :param settle: batches of training that batch normalisation takes its statistics from before
        every validation, see :func:`.settle_batch_statistics`; 0 keeps the running ones, which
        are of no use in runs of few batches.
    :param patience: end after so many validations without a better figure; 0 never does.
    :param seed: of weights, batches and draws.
    :param precision: of the arithmetic; ``16-mixed`` is for GPUs and is ``32-true`` on a CPU.
        ``bf16-mixed`` is fast on CPUs with AMX, and slow on those without.
    """

    epochs: int
    learning_rate: float
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    decay: str = 'constant'
    decay_epochs: int = 100
    fresh_optimiser: bool = False
    validate_every: int = 1
    settle: int = 0
    patience: int = 0
    seed: int = 0
    precision: str = '32-true'

    def __post_init__(self) -> None:
        """Refuse schedules that never end or never start."""
        _one_of('schedule.decay', self.decay, DECAYS)
        _one_of('schedule.precision', self.precision, PRECISIONS)
        _positive('schedule', self, 'epochs', 'learning_rate', 'validate_every', 'decay_epochs')
        if self.settle < 0:
            raise LearningError(f'schedule.settle is {self.settle}; it must be 0 or more batches.')


@dataclass(frozen=True)
class Recipe:
    """
    A training run.

    :param name: of the recipe and of the weights.
    :param family: of the network.
    :param data: to learn from.
    :param loss: to minimise.
    :param schedule: of the run.
    :param network: its size.
    :param batches: of the run.
    :param protocol: of validation: a name of :data:`.retrieval_protocol.PROTOCOLS`, ``pose`` or
        ``video``.
    :param published: table of published figures to stand beside ours; '' for none.
    :param test_protocols: protocols of tests that differ from ``protocol``, by name.
    :param test_published: tables of tests that differ from ``published``, by name.
    :param best: figure that chooses the best weights; with ``-`` in front, smaller is better.
    :param note: where this differs from what was published.
    """

    name: str
    family: str
    data: DataChoice
    loss: LossChoice
    schedule: Schedule
    network: NetworkChoice = NetworkChoice()
    batches: BatchChoice = BatchChoice()
    protocol: str = 'pose'
    published: str = ''
    test_protocols: Mapping[str, str] = field(default_factory=dict)
    test_published: Mapping[str, str] = field(default_factory=dict)
    best: str = '-median_m'
    note: str = ''


def changed_schedule(recipe: Recipe, **changes: Any) -> Recipe:
    """Return a recipe with another schedule; entries that are ``None`` stay as they are."""
    known = {entry.name for entry in fields(Schedule)}
    assert set(changes) <= known
    return replace(recipe, schedule=replace(recipe.schedule, **{
        name: value for name, value in changes.items() if value is not None}))
