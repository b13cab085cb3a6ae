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

"""Networks of gates in torch, for the matcher that otherwise runs their exported graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from xview_loc.learning.networks.bev_net import BevNet
from xview_loc.learning.networks.bev_net_config import BevNetKind
from xview_loc.learning.presets import preset
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_net_matcher import BevNetMatcher, BirdsEyeNetwork

NAMES = ('gates', 'free')


class TorchRunner:
    """
    Runs the branches of a network; satisfies :class:`xview_loc.matching.graph_runner.GraphRunner`.

    :param network: on the CPU; it is put into evaluation.
    """

    def __init__(self, network: BevNet) -> None:
        self.network = network.eval()

    @torch.no_grad()
    def run(self, graph: str, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """
        Run a branch.

        :param graph: ``satellite`` or ``ground``.
        :param inputs: arrays by name, in the order that the branch takes them.
        """
        branch = getattr(self.network, graph)
        found = branch(*(torch.from_numpy(np.ascontiguousarray(value))
                         for value in inputs.values()))
        return dict(zip(NAMES, (value.numpy() for value in found)))


def matcher_of(network: BevNet, metres_per_pixel: float, **options: Any) -> BevNetMatcher:
    """
    Return the matcher that an exported network would make.

    :param network: on the CPU.
    :param metres_per_pixel: of the imagery [m].
    :param options: fields of the matcher's configuration to set.
    """
    own = network.config
    features = preset('bev_net').deployment.birds_eye
    assert features is not None
    described = BirdsEyeNetwork(
        features.features, own.view_radius_m, network.satellite is not None,
        own.kind is BevNetKind.FREE)
    kappa = float(network.log_kappa.detach().exp())
    return BevNetMatcher(TorchRunner(network), described, BevConfig.for_resolution(
        metres_per_pixel, **{'kappa': kappa, **options}))
