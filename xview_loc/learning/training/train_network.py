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

"""A training run from a recipe and its data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import logging
import os
from pathlib import Path
import signal
import threading
import time
from typing import Any
import warnings

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import TensorBoardLogger
import torch

from xview_loc.learning.checkpoint import Checkpoint
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.families import family_named
from xview_loc.learning.networks.shared_batch_norm import share_batch_norms
from xview_loc.learning.training.early_check import early_check
from xview_loc.learning.training.network_choice import network_of
from xview_loc.learning.training.recipe import Recipe
from xview_loc.learning.training.run_files import prepare_folder, Report, RunFiles
from xview_loc.learning.training.training_kind import training_module
from xview_loc.learning.training.training_module import TrainingModule
from xview_loc.matching.model_origin import ModelCard
from xview_loc.matching.strict_record import plain_record

# Told what is done, steps so far and steps in all.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Machine:
    """
    What a run uses.

    :param accelerator: ``auto``, ``cpu`` or ``gpu``.
    :param devices: processes on this machine, one GPU each.
    :param machines: that take part, started by torchrun or a cluster's launcher.
    :param workers: processes that read pairs, for each device.
    :param strategy: of Lightning.
    """

    accelerator: str = 'auto'
    devices: int = 1
    machines: int = 1
    workers: int = 0
    strategy: str = 'auto'

    @property
    def device(self) -> str:
        """Return the device of this process."""
        if self.accelerator == 'cpu' or not torch.cuda.is_available():
            return 'cpu'
        return f'cuda:{os.environ.get("LOCAL_RANK", "0")}'


@dataclass(frozen=True)
class TrainingResult:
    """
    What came out.

    :param out: folder of the run.
    :param history: figures of every epoch.
    :param seconds: of this process, without what a resumed run did before.
    :param check: of :func:`.early_check.early_check`.
    :param speaks: whether this is the one of several processes that tells the result.
    """

    out: Path
    history: list[dict[str, Any]]
    seconds: float
    check: dict[str, Any]
    speaks: bool = True


def train_network(
        recipe: Recipe, train: PairSource, validation: PairSource | None, out: Path, *,
        resume: bool = False, machine: Machine = Machine(), imagenet: Path | None = None,
        command: str = '', progress: Progress = lambda stage, done, total: None,
        report: Report = lambda record: None) -> TrainingResult:
    """
    Train a network.

    Leaves ``best.safetensors``, ``last.safetensors``, ``history.json``, TensorBoard's records and
    the state to resume from.

    :param recipe: of the run.
    :param train: pairs to learn from.
    :param validation: pairs to choose the best weights by.
    :param out: folder of the run.
    :param resume: go on with the run in that folder.
    :param machine: what to use.
    :param imagenet: file of ImageNet weights, see :func:`.network_choice.network_of`.
    :param command: for the card of the weights.
    :param progress: told about the steps.
    :param report: told the figures of every epoch.
    """
    began = time.monotonic()
    _quiet()
    state = prepare_folder(out, recipe, resume)
    progress('building the network', 0, 0)
    network, deployment = network_of(recipe, imagenet)
    if machine.devices * machine.machines > 1 and machine.device == 'cpu':
        # torch's own synchronised layers, which Lightning would put in, need GPUs
        share_batch_norms(network)
    checkpoint = Checkpoint(
        recipe.family, network, deployment,
        ModelCard(licence='as the training data allows', training_data=train.name,
                  command=command, paper=family_named(recipe.family).paper, note=recipe.note),
        {'recipe': plain_record(recipe)})
    module = training_module(recipe, network, deployment, train, validation, machine.workers)
    progress('trying one batch', 0, 0)
    check = early_check(
        module, checkpoint, out, machine.devices * machine.machines, machine.device)
    files = RunFiles(out, recipe, checkpoint, report)
    trainer = _trainer(recipe, out, machine, [files, _Steps(progress)])
    _fit(trainer, module, state)
    return TrainingResult(out, files.history, time.monotonic() - began, check,
                          trainer.is_global_zero)


def _fit(trainer: Trainer, module: TrainingModule, state: Path | None) -> None:
    """
    Run the trainer; Ctrl-C leaves it as Ctrl-C.

    Lightning would end the program with code 1 and leave the signal ignored.
    """
    before = signal.getsignal(signal.SIGINT)
    try:
        trainer.fit(module, ckpt_path=state, weights_only=True)
    except SystemExit as leaving:
        if trainer.interrupted:
            raise KeyboardInterrupt from leaving
        raise
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


def _trainer(recipe: Recipe, out: Path, machine: Machine, callbacks: list[Callback]) -> Trainer:
    """Return Lightning's trainer, without the parts that we do ourselves."""
    schedule = recipe.schedule
    several = machine.devices * machine.machines > 1
    return Trainer(
        accelerator=machine.accelerator, devices=machine.devices, num_nodes=machine.machines,
        strategy='ddp' if several and machine.strategy == 'auto' else machine.strategy,
        precision=_precision(schedule.precision, machine.device),
        max_epochs=schedule.epochs, check_val_every_n_epoch=schedule.validate_every,
        reload_dataloaders_every_n_epochs=1, use_distributed_sampler=False,
        sync_batchnorm=several and machine.device != 'cpu', num_sanity_val_steps=0,
        logger=TensorBoardLogger(out, name='tensorboard', version=''), callbacks=callbacks,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        log_every_n_steps=10)


def _precision(wanted: str, device: str) -> str:
    """Return the precision to train in: a CPU has no arithmetic of 16-bit floats."""
    return '32-true' if device == 'cpu' and wanted == '16-mixed' else wanted


class _Steps(Callback):
    """Tell how far the run is, in batches."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        """Count the batch; epochs that differ in length make the total an estimate."""
        if not trainer.is_global_zero:
            return
        batches = int(trainer.num_training_batches)
        done = trainer.current_epoch * batches + trainer.fit_loop.epoch_loop.batch_idx + 1
        self.progress(f'epoch {trainer.current_epoch + 1}', done,
                      batches * int(trainer.max_epochs or 1))


def _quiet() -> None:
    """Keep Lightning's advice out of the output; what matters is said by us."""
    for name in ('lightning.pytorch', 'lightning.fabric', 'lightning'):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings('ignore', module='lightning')
    warnings.filterwarnings('ignore', message='.*does not have many workers.*')
