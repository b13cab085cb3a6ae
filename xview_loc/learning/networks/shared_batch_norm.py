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

"""Batch normalisation by the statistics of all processes, on any device."""

import torch
from torch import distributed, nn


class SharedBatchNorm2d(nn.BatchNorm2d):
    """
    Batch normalisation whose statistics in training are those of all processes together.

    What torch's own synchronised layer does on GPUs alone. Every process must hold as many values;
    outside of a distributed run it is the ordinary layer.
    """

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """
        Normalise.

        :param features: (B, C, H, W).
        """
        if not self.training or not _is_shared() or self.momentum is None:
            return super().forward(features)
        from torch.distributed.nn.functional import all_reduce
        count = distributed.get_world_size()
        mean = all_reduce(features.mean(dim=(0, 2, 3))) / count
        centred = features - mean[:, None, None]
        variance = all_reduce(centred.square().mean(dim=(0, 2, 3))) / count
        if self.running_mean is not None and self.running_var is not None:
            values = count * features.numel() / features.shape[1]
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(variance * values / max(values - 1.0, 1.0), self.momentum)
                if self.num_batches_tracked is not None:
                    self.num_batches_tracked.add_(1)
        scale = (variance + self.eps).rsqrt()
        if self.affine:
            scale = scale * self.weight
        shifted = centred * scale[:, None, None]
        return shifted + self.bias[:, None, None] if self.affine else shifted


def share_batch_norms(network: nn.Module) -> int:
    """
    Let the batch normalisation layers of a network share their statistics from now on.

    :param network: its weights, buffers and their names stay as they are.
    :return: the number of layers.
    """
    count = 0
    for parent in list(network.modules()):
        for name, layer in parent.named_children():
            if type(layer) is nn.BatchNorm2d:
                setattr(parent, name, _shared(layer))
                count += 1
    return count


def _shared(layer: nn.BatchNorm2d) -> SharedBatchNorm2d:
    """Return the layer with the same tensors."""
    shared = SharedBatchNorm2d(
        layer.num_features, layer.eps, layer.momentum, layer.affine, layer.track_running_stats)
    for tensors, own in ((layer._parameters, shared._parameters),
                         (layer._buffers, shared._buffers)):
        own.update(tensors)
    shared.train(layer.training)
    return shared


def _is_shared() -> bool:
    """Tell whether there are several processes."""
    return (distributed.is_available() and distributed.is_initialized()
            and distributed.get_world_size() > 1)
