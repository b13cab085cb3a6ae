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

"""Parameters of the matcher node."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xview_loc.matching.execution_providers import check_providers, DEFAULT_PROVIDERS
from xview_loc.matching.load_matcher import PackageOptions
from xview_loc.ros.parameters import parameter


@dataclass(frozen=True)
class MatcherConfig:
    """What the matcher node can be told."""

    model: str = parameter(
        'bev', 'Matcher to use: bev (training-free), the folder of a model package, or the name '
        'of an installed one.', at_configure=True)
    allow_untrained: bool = parameter(
        False, 'Run model packages with random weights too.', at_configure=True)
    providers: tuple[str, ...] = parameter(
        DEFAULT_PROVIDERS, 'What runs the networks of a model package, the first that works: '
        'tensorrt, cuda, cpu.', at_configure=True)
    threads: int = parameter(
        1, 'Threads that run a network on the cpu.', minimum=1, maximum=256, at_configure=True)
    engine_cache: str = parameter(
        '', 'Folder where tensorrt keeps what it builds; empty builds at every start.',
        at_configure=True)
    descriptor_map: str = parameter(
        '', 'Folder of a descriptor map made ahead, for retrieval models; empty computes '
        'descriptors on the way.', at_configure=True)
    imagery_metres_per_pixel: float = parameter(
        0.0, 'Ground resolution of the imagery; 0 asks the tile manager.', unit='m', minimum=0.0,
        maximum=1.0, at_configure=True)
    feature_cache: int = parameter(
        6, 'Patches whose map features are kept.', minimum=1, maximum=1000, at_configure=True)
    latency_budget: float = parameter(
        0.25, 'Warn when 95 percent of the matches do not finish in this time.', unit='s',
        minimum=0.001, maximum=60.0)
    map_frame: str = parameter('map', 'Frame of the heatmap.', at_configure=True)
    heatmap_max_bytes: int = parameter(
        450_000, 'Coarsen heatmaps until their message is smaller; default Fast DDS settings '
        'lose larger ones for best-effort readers.', unit='B', minimum=10_000,
        maximum=100_000_000)

    def __post_init__(self) -> None:
        """Refuse providers that do not exist."""
        check_providers(self.providers)

    @property
    def package_options(self) -> PackageOptions:
        """Return how a model package is run."""
        return PackageOptions(
            self.allow_untrained, self.providers, _folder(self.engine_cache),
            _folder(self.descriptor_map), self.threads)


def _folder(text: str) -> Path | None:
    return Path(text).expanduser() if text else None
