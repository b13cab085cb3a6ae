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

"""Running statistics of batch normalisation for networks that have seen few batches."""

from collections.abc import Callable

import torch
from torch import nn


def settle_batch_statistics(module: nn.Module, run: Callable[[], object]) -> None:
    """
    Set the running statistics to those of given images.

    EfficientNet moves them by one percent a batch. Before some hundred batches they are still
    those of random weights, and in evaluation sixteen blocks shrink all images to the same
    features.

    :param module: whose batch normalisation layers are set; it is left in evaluation.
    :param run: shows images to the module, one batch or several; these count alike.
    """
    layers = [layer for layer in module.modules()
              if isinstance(layer, (nn.BatchNorm2d, nn.SyncBatchNorm))]
    momenta = [layer.momentum for layer in layers]
    module.eval()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
        layer.train()
    try:
        with torch.no_grad():
            run()
    finally:
        for layer, momentum in zip(layers, momenta):
            layer.momentum = momentum
        module.eval()
