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


"""The graphs of any network."""

from __future__ import annotations

from torch import nn

from xview_loc.errors import LearningError
from xview_loc.learning.export.birds_eye_graphs import birds_eye_graphs
from xview_loc.learning.export.dense_graphs import dense_graphs
from xview_loc.learning.export.graph import Graph
from xview_loc.learning.export.retrieval_graphs import retrieval_graphs
from xview_loc.learning.export.video_graphs import video_graphs
from xview_loc.learning.networks.bev_net import BevNet
from xview_loc.learning.networks.ccvpe import Ccvpe
from xview_loc.learning.networks.cvlnet import Cvlnet
from xview_loc.learning.networks.cvml import Cvml
from xview_loc.learning.networks.oricnn import OriCnn
from xview_loc.learning.networks.safa import Safa
from xview_loc.learning.networks.stn_safa import StnSafa


def network_graphs(network: nn.Module) -> list[Graph]:
    """
    Return the graphs of a package.

    :param network: of one of the families, in evaluation.
    """
    if isinstance(network, (Safa, StnSafa, OriCnn)):
        return retrieval_graphs(network)
    if isinstance(network, (Cvml, Ccvpe)):
        return dense_graphs(network)
    if isinstance(network, Cvlnet):
        return video_graphs(network)
    if isinstance(network, BevNet):
        return birds_eye_graphs(network)
    raise LearningError(f'{type(network).__name__} is no network that can be exported.')
