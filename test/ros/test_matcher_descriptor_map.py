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

"""A descriptor map made ahead, in the live matcher node."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ros_bench import overrides, RosBench
from sensor_msgs.msg import PointCloud2
from synthetic_scene import panorama_window, patterned_patch
from tiny_packages import tiny_package

from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.plain_image import PlainImage
from xview_loc.matching.cell_window import CellWindow
from xview_loc.matching.map_area import MapArea
from xview_loc.matching.map_builder import build_map
from xview_loc.matching.map_folder import create_map, open_map
from xview_loc.matching.map_manifest import manifest_for
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_package import ModelPackage
from xview_loc.matching.onnx_session import OnnxSessions
from xview_loc.matching.tile_encoder import TileEncoder
from xview_loc.ros.handover import Handover, MatchJob
from xview_loc.ros.heatmap_conversion import likelihood_from_heatmap
from xview_loc.ros.matcher_node import MatcherNode
from xview_loc.ros.qos import HEATMAP

pytestmark = pytest.mark.ros
FRAME = LocalFrame(49.0, 8.4, 110.0)
PATCH = patterned_patch(seed=3)
IMAGERY = PlainImage(np.array(PATCH.image), PATCH.geometry, frame=FRAME)
TRUTH = Pose2(104.0, -38.0, 0.4)


def build(folder: Path, package: ModelPackage) -> None:
    """Build a map of 40 m by 40 m around the truth."""
    encoder = TileEncoder(OnnxSessions(package, ['cpu']), package.description.satellite)
    manifest = manifest_for(package, encoder.dimension, frame=FRAME)
    cells = CellWindow(2.0, 9, 42, 20, 20).cells
    build_map(folder, manifest, MapArea(FRAME, 2.0, cells, ''), IMAGERY, encoder)


def start(bench: RosBench, package: ModelPackage, folder: Path) -> tuple[MatcherNode, Handover]:
    """Start a node with a package and a map."""
    handover = Handover(imagery_metres_per_pixel=0.2)
    node = bench.add(MatcherNode(handover, parameter_overrides=overrides(
        model=str(package.folder), allow_untrained=True, providers=['cpu'],
        descriptor_map=str(folder))))
    return node, handover


def test_what_the_map_says_decides_and_the_map_stays_as_it_is(
        bench: RosBench, tmp_path: Path) -> None:
    package = tiny_package(tmp_path / 'package', 'safa')
    build(tmp_path / 'map', package)
    # Say of a cell 6 m east of the truth what is right for the truth, and the other way round.
    stored = create_map(tmp_path / 'map', open_map(tmp_path / 'map').manifest)
    cells = np.array([[19, 52], [19, 55]])
    stored.put(cells[::-1], stored.descriptors_of(cells))
    before = open_map(tmp_path / 'map').checksum()
    node, handover = start(bench, package, tmp_path / 'map')
    assert node.is_active
    window = panorama_window(PATCH, TRUTH)
    window = replace(window, frames=(replace(window.newest, stamp=10.0),))
    work = MatchJob(window, IMAGERY.read_patch(PATCH.geometry, FRAME),
                    SearchPrior(TRUTH, 12.0, 0.2), 0)
    heatmaps = bench.collect(PointCloud2, 'heatmap', HEATMAP)
    bench.until(lambda: heatmaps, 'a heatmap', timeout=30.0,
                meanwhile=lambda: handover.take_job(work))
    peak = likelihood_from_heatmap(heatmaps[0]).peak()
    assert (peak.x, peak.y) == pytest.approx((110.0, -38.0), abs=0.01)
    assert open_map(tmp_path / 'map').checksum() == before


def test_a_map_of_another_model_is_refused_with_a_sentence(
        bench: RosBench, tmp_path: Path) -> None:
    build(tmp_path / 'map', tiny_package(tmp_path / 'safa', 'safa'))
    node, _ = start(bench, tiny_package(tmp_path / 'oricnn', 'oricnn'), tmp_path / 'map')
    assert node.state_name == 'unconfigured'
    bench.until_diagnosed('matcher: state', 'was made by untrained_safa')
    node.set_parameters(overrides(descriptor_map=''))
    node.start()
    assert node.is_active
