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

"""What all methods share in training: batches, optimiser, answers and figures."""

from __future__ import annotations

from abc import ABC, abstractmethod
import math
from typing import Any

from lightning.pytorch import LightningModule
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from xview_loc.errors import LearningError
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.data.torch_pairs import collate_pairs, InputSizes, TorchTiles
from xview_loc.learning.networks.batch_statistics import settle_batch_statistics
from xview_loc.learning.training.batch_plans import (
    distinct_tiles, neighbourhoods, Plan, share_of, shuffled, spaced)
from xview_loc.learning.training.gathering import Answers, gathered, process_number
from xview_loc.learning.training.recipe import Recipe
from xview_loc.learning.training.sample_changes import ChangedPairs, without_threads

Figures = dict[str, Any]


class TrainingModule(LightningModule, ABC):
    """
    A network in training.

    The data loaders are made anew for every epoch: what a pair looks like depends on seed, epoch
    and its number alone, and so does its batch. A run that goes on after a kill is therefore the
    run that was not killed.

    :param recipe: of the run.
    :param network: to train.
    :param train: pairs to learn from.
    :param validation: pairs to choose the best weights by.
    :param workers: processes that read pairs.
    """

    # Networks of this kind also answer for tiles that belong to no ground image.
    searches_tiles = False

    def __init__(self, recipe: Recipe, network: nn.Module, train: PairSource | None = None,
                 validation: PairSource | None = None, workers: int = 0) -> None:
        super().__init__()
        self.recipe, self.network = recipe, network
        self.train_source, self.validation_source = train, validation
        self.workers = workers
        self.figures: Figures = {}
        self._answers: dict[int, list[dict[str, torch.Tensor]]] = {}

    @property
    def sizes(self) -> InputSizes:
        """Return what the network takes."""
        config: Any = self.network.config
        return InputSizes(config.ground_shape, getattr(config, 'input_size', None)
                          or config.satellite_size)

    @abstractmethod
    def loss(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return the loss of a batch."""

    @abstractmethod
    def answers(self, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Return what the network says about the pairs of a batch, row by row."""

    @abstractmethod
    def figures_of(self, pairs: Answers, tiles: Answers | None, source: PairSource) -> Figures:
        """Return the figures of all answers."""

    @abstractmethod
    def figure_names(self) -> list[str]:
        """Return the names of the figures, before anything is answered."""

    @abstractmethod
    def baselines(self, pairs: Answers, tiles: Answers | None,
                  source: PairSource) -> tuple[Figures, Figures]:
        """Return the figures of the centre and of the prior, which see no ground image."""

    def tile_answers(self, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Return what the network says about tiles, row by row."""
        raise NotImplementedError

    # Batches.

    def plan(self, epoch: int) -> Plan:
        """Return the batches of an epoch, of all processes together."""
        source, choice = self.train_source, self.recipe.batches
        assert source is not None
        rng = np.random.default_rng([self.recipe.schedule.seed, epoch, 0xBA7C4])
        if choice.kind == 'shuffled':
            return shuffled(len(source), choice.size, rng)
        if choice.kind == 'distinct_tiles':
            return distinct_tiles(_matches(source), choice.size, rng)
        positions = _positions(source)
        if choice.kind == 'spaced':
            return spaced(positions, choice.size, choice.minimum_m, rng)
        return neighbourhoods(positions, choice.size, choice.radius_m, rng, choice.minimum_m)

    def pairs(self, source: PairSource, vary: bool = False) -> Any:
        """Return a data set as this network takes it."""
        data = self.recipe.data
        return ChangedPairs(source, self.sizes, align=data.heading == 'align', change=data.change,
                            seed=self.recipe.schedule.seed, vary=vary,
                            tile_share=data.tile_share)

    def train_dataloader(self) -> DataLoader:
        """Return the batches of the current epoch that this process computes."""
        assert self.train_source is not None
        pairs = self.pairs(self.train_source, vary=True)
        pairs.set_epoch(self.current_epoch)
        plan = share_of(self.plan(self.current_epoch), *process_number())
        return self._loader(pairs, plan)

    def val_dataloader(self) -> list[DataLoader]:
        """Return the validation pairs, and the tiles to search, that this process computes."""
        if self.validation_source is None:
            return []
        return self.scoring_loaders(self.validation_source)

    def scoring_loaders(self, source: PairSource) -> list[DataLoader]:
        """Return a loader of all pairs and, where tiles are searched, one of the tiles."""
        size = max(1, self.recipe.batches.size // process_number()[1])
        sets: list[Any] = [self.pairs(source)]
        if self.searches_tiles and hasattr(source, 'gallery'):
            sets.append(TorchTiles(source.gallery(), self.sizes))
        loaders = []
        for items in sets:
            process, processes = process_number()
            own = np.arange(process, len(items), processes)
            loaders.append(self._loader(items, [
                own[start:start + size] for start in range(0, len(own), size)]))
        return loaders

    def _loader(self, items: Any, plan: Plan) -> DataLoader:
        """Return a loader of given batches."""
        return DataLoader(
            items, batch_sampler=[batch.tolist() for batch in plan], collate_fn=collate_pairs,
            num_workers=self.workers, worker_init_fn=without_threads,
            # its own, or making a loader would shift the random numbers of dropout
            generator=torch.Generator().manual_seed(0),
            pin_memory=torch.cuda.is_available())

    # Training.

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam over the weights that are trained."""
        schedule = self.recipe.schedule
        return torch.optim.Adam(
            [weight for weight in self.network.parameters() if weight.requires_grad],
            lr=schedule.learning_rate, betas=schedule.betas, weight_decay=schedule.weight_decay)

    def on_train_epoch_start(self) -> None:
        """Set learning rate and seed of the epoch; forget moments where the recipe says so."""
        schedule, epoch = self.recipe.schedule, self.current_epoch
        optimiser: Any = self.optimizers()
        rate = schedule.learning_rate
        if schedule.decay == 'linear':
            rate *= max(0.0, 1.0 - epoch / schedule.decay_epochs)
        elif schedule.decay == 'cosine':
            rate *= 0.5 + 0.5 * math.cos(math.pi * min(epoch / schedule.decay_epochs, 1.0))
        for group in optimiser.param_groups:
            group['lr'] = rate
        if schedule.fresh_optimiser:
            optimiser.optimizer.state.clear()
        # Dropout: the same after a restart, another in every epoch and process.
        torch.manual_seed(
            np.random.SeedSequence([schedule.seed, epoch, process_number()[0]])
            .generate_state(1)[0].item())

    def training_step(self, batch: dict[str, Any], _: int) -> torch.Tensor:
        """Return the loss of a batch; a loss that is not finite ends the run with a sentence."""
        loss = self.loss(batch)
        if not bool(torch.isfinite(loss)):
            raise LearningError(
                f'the loss is {float(loss.detach())} in epoch {self.current_epoch}, step '
                f'{self.global_step}; lower schedule.learning_rate or use precision 32-true.')
        self.log('loss', loss, on_step=True, on_epoch=True, sync_dist=True,
                 batch_size=len(batch['index']))
        return loss

    # Validation.

    def on_validation_epoch_start(self) -> None:
        """Forget earlier answers; settle the batch statistics where the recipe says so."""
        self._answers = {}
        if self.recipe.schedule.settle and self.train_source is not None:
            settle_batch_statistics(self.network, self._show_training)

    def _show_training(self) -> None:
        """Let the network see batches of training, the same in all processes and epochs."""
        assert self.train_source is not None
        plan = self.plan(0)[:self.recipe.schedule.settle]
        for batch in self._loader(self.pairs(self.train_source), plan):
            self.loss(self.transfer_batch_to_device(batch, self.device, 0))

    def validation_step(
            self, batch: dict[str, Any], _: int, dataloader_idx: int = 0) -> None:
        """Keep the answers to a batch of pairs, or of tiles."""
        answer = self.tile_answers if dataloader_idx else self.answers
        found = answer(batch) | {'index': batch['index']}
        self._answers.setdefault(dataloader_idx, []).append(
            {name: value.detach().cpu() for name, value in found.items()})

    def on_validation_epoch_end(self) -> None:
        """Gather the answers of all processes and log their figures."""
        source = self.validation_source
        if source is None or not self._answers:
            return
        pairs = gathered(self._answers[0], len(source))
        tiles = None
        if 1 in self._answers:
            tiles = gathered(self._answers[1], len(source.gallery()))  # type: ignore[attr-defined]
        self.figures = self.figures_of(pairs, tiles, source)
        self.log_dict({f'validation/{name}': float(value) for name, value in self.figures.items()
                       if isinstance(value, (int, float))})
        self._answers = {}


def _positions(source: PairSource) -> np.ndarray:
    """Return the positions of a data set, or say that it has none."""
    if source.positions is None:
        raise LearningError(f'{source.name} has no positions; these batches need them.')
    return source.positions


def _matches(source: PairSource) -> np.ndarray:
    """Return the tiles of each pair, or say that the data set has no gallery."""
    matches = getattr(source, 'matches', None)
    if matches is None:
        raise LearningError(f'{source.name} does not tell which tiles show a place.')
    return matches
