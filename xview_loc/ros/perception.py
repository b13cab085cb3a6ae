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

"""The process with the camera, the imagery and the matcher."""

from __future__ import annotations

from collections.abc import Sequence
import sys
from typing import TYPE_CHECKING

from xview_loc.ros.process import run

if TYPE_CHECKING:
    from xview_loc.ros.handover import Handover
    from xview_loc.ros.managed_node import ManagedNode


def perception_nodes(handover: Handover | None = None) -> list[ManagedNode]:
    """
    Return tile manager, matcher and image batcher, in the order in which they start.

    :param handover: the seams between them; new ones when ``None``.
    """
    from xview_loc.ros.handover import Handover
    from xview_loc.ros.image_batcher import ImageBatcher
    from xview_loc.ros.matcher_node import MatcherNode
    from xview_loc.ros.tile_manager import TileManager
    shared = handover or Handover()
    return [TileManager(shared), MatcherNode(shared), ImageBatcher(shared)]


def main(args: Sequence[str] | None = None) -> int:
    """Run the process until it is interrupted."""
    return run(perception_nodes, args)


if __name__ == '__main__':
    sys.exit(main())
