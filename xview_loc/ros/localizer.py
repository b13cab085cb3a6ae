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

"""The process with all four nodes: heatmaps are handed over in memory."""

from __future__ import annotations

from collections.abc import Sequence
import sys
from typing import TYPE_CHECKING

from xview_loc.ros.perception import perception_nodes
from xview_loc.ros.process import run

if TYPE_CHECKING:
    from xview_loc.ros.managed_node import ManagedNode


def localizer_nodes() -> list[ManagedNode]:
    """Return all four nodes; the filter starts first and stays alive whatever the others do."""
    from xview_loc.ros.handover import Handover
    from xview_loc.ros.particle_filter_node import ParticleFilterNode
    handover = Handover()
    return [ParticleFilterNode(handover), *perception_nodes(handover)]


def main(args: Sequence[str] | None = None) -> int:
    """Run the process until it is interrupted."""
    return run(localizer_nodes, args)


if __name__ == '__main__':
    sys.exit(main())
