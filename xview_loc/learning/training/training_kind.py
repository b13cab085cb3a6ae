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

"""Which kind of training a family needs."""

from __future__ import annotations

from torch import nn

from xview_loc.errors import LearningError
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.deployment import Deployment
from xview_loc.learning.training.birds_eye_module import BirdsEyeModule
from xview_loc.learning.training.dense_module import DenseModule
from xview_loc.learning.training.recipe import Recipe
from xview_loc.learning.training.retrieval_module import RetrievalModule
from xview_loc.learning.training.training_module import TrainingModule
from xview_loc.learning.training.video_module import VideoModule

KINDS = {'soft_margin': 'retrieval', 'geo_local': 'retrieval', 'hardest': 'retrieval',
         'cvml': 'dense', 'ccvpe': 'dense', 'cvlnet': 'video', 'bev_net': 'birds_eye'}
PROTOCOLS = {'dense': 'pose', 'video': 'video', 'birds_eye': 'pose'}


def training_module(
        recipe: Recipe, network: nn.Module, deployment: Deployment,
        train: PairSource | None = None, validation: PairSource | None = None,
        workers: int = 0) -> TrainingModule:
    """
    Return the module that trains a network by a recipe.

    :param recipe: of the run.
    :param network: to train.
    :param deployment: of the network.
    :param train: pairs to learn from.
    :param validation: pairs to choose the best weights by.
    :param workers: processes that read pairs.
    :raises LearningError: when loss and protocol do not belong together.
    """
    kind = KINDS[recipe.loss.kind]
    expected = PROTOCOLS.get(kind)
    if expected is not None and recipe.protocol != expected:
        raise LearningError(
            f'protocol is {recipe.protocol!r}; loss.kind {recipe.loss.kind} needs {expected!r}.')
    if kind == 'video':
        return VideoModule(recipe, network, train, validation, workers)
    if kind == 'birds_eye':
        return BirdsEyeModule(recipe, network, train, validation, workers)
    module = RetrievalModule if kind == 'retrieval' else DenseModule
    return module(recipe, network, train, validation, workers, deployment=deployment)
