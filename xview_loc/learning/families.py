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


"""The networks by the names that checkpoints and model packages use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from xview_loc.errors import LearningError
from xview_loc.learning.networks.bev_net import BevNet
from xview_loc.learning.networks.bev_net_config import BevNetConfig
from xview_loc.learning.networks.ccvpe import Ccvpe
from xview_loc.learning.networks.ccvpe_config import CcvpeConfig
from xview_loc.learning.networks.cvlnet import Cvlnet, CvlnetConfig
from xview_loc.learning.networks.cvml import Cvml, CvmlConfig
from xview_loc.learning.networks.oricnn import OriCnn, OriCnnConfig
from xview_loc.learning.networks.safa import Safa, SafaConfig
from xview_loc.learning.networks.stn_safa import StnSafa, StnSafaConfig


@dataclass(frozen=True)
class Family:
    """
    One published method.

    :param network: makes the module from its configuration.
    :param config: dataclass of the configuration.
    :param paper: that describes it.
    """

    network: Callable[[Any], nn.Module]
    config: type
    paper: str


FAMILIES = {
    'safa': Family(
        Safa, SafaConfig, 'Shi et al., Spatial-Aware Feature Aggregation, NeurIPS 2019; '
        'Xia et al., Geographically Local Representation Learning, IROS 2021'),
    'oricnn': Family(
        OriCnn, OriCnnConfig, 'Liu and Li, Lending Orientation to Neural Networks for '
        'Cross-view Geo-localization, CVPR 2019'),
    'stn_safa': Family(
        StnSafa, StnSafaConfig, 'Spatial transformer and SAFA, Realistic Cross-View Image '
        'Geo-Localization'),
    'cvml': Family(
        Cvml, CvmlConfig, 'Xia et al., Visual Cross-View Metric Localization with Dense '
        'Uncertainty Estimates, ECCV 2022'),
    'ccvpe': Family(
        Ccvpe, CcvpeConfig, 'Xia et al., Convolutional Cross-View Pose Estimation, T-PAMI 2024'),
    'cvlnet': Family(
        Cvlnet, CvlnetConfig, 'Shi et al., CVLNet: Cross-View Semantic Correspondence Learning '
        'for Video-based Camera Localization, ACCV 2022'),
    'bev_net': Family(
        BevNet, BevNetConfig, 'none; gates on the features of the training-free matcher'),
}


def family_named(name: str) -> Family:
    """
    Return a family.

    :param name: one of ``FAMILIES``.
    :raises LearningError: when there is no such family.
    """
    if name not in FAMILIES:
        raise LearningError(
            f'There is no network family {name!r}; choose one of {", ".join(FAMILIES)}.')
    return FAMILIES[name]
