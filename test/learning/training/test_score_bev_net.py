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

"""From weights to a package to a table: the same matcher in torch and through onnxruntime."""

import math
from pathlib import Path

from made_orthophotos import Scenes
import numpy as np
import pytest
import torch
from torch import nn

from xview_loc.errors import LearningError, MatchingError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.learning.checkpoint import Checkpoint
from xview_loc.learning.data.birds_eye_sample import patch_of, window_of
from xview_loc.learning.data.prior_noise import PriorNoise
from xview_loc.learning.data.tile_pairs import TilePairs
from xview_loc.learning.data.tile_placing import TilePairSettings
from xview_loc.learning.evaluation.evaluation_table import RowKind
from xview_loc.learning.export.write_package import write_package
from xview_loc.learning.networks.bev_net import BevNet
from xview_loc.learning.networks.bev_net_config import BevNetConfig, BevNetKind, BOTH_SIDES
from xview_loc.learning.presets import preset
from xview_loc.learning.training.score_bev_net import score_bev_net, search_radius
from xview_loc.learning.training.torch_runner import matcher_of
from xview_loc.matching.load_matcher import load_model
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_origin import ModelCard

SETTINGS = TilePairSettings(
    metres_per_pixel=0.25, noise=PriorNoise(4.0), vary_appearance=False, vary_geometry=False)


def checkpoint(kind: BevNetKind = BevNetKind.GROUND_GATES, scale: float = 0.15) -> Checkpoint:
    """Return a network whose gates are anything but 1."""
    torch.manual_seed(0)
    network = BevNet(BevNetConfig(kind=kind, features=6)).eval()
    for weight in network.parameters():
        if weight.dim() > 1:
            nn.init.normal_(weight, std=scale)
    return Checkpoint('bev_net', network, preset('bev_net').deployment, ModelCard('', ''))


@pytest.fixture(scope='module')
def pairs() -> TilePairs:
    return TilePairs(Scenes(3), settings=SETTINGS)


@pytest.mark.parametrize('kind', list(BevNetKind))
def test_a_package_answers_as_its_network(kind: BevNetKind, pairs, tmp_path: Path) -> None:
    source = checkpoint(kind)
    package = write_package(source, tmp_path / 'package', 'gates')
    assert package.description.parity.float32_max_abs < 1e-4
    names = {'ground.onnx', 'satellite.onnx'} if kind in BOTH_SIDES else {'ground.onnx'}
    assert set(package.description.files) == names
    model = load_model(str(package.folder), 0.25)
    model.warm_up()
    assert model.matcher.config.kappa == pytest.approx(0.3)
    sample = pairs.sample(0)
    results = []
    for matcher in (model.matcher, matcher_of(source.network, 0.25)):
        prior = SearchPrior(Pose2(0.0, 0.0, sample.yaw), 4.0, math.radians(20.0))
        results.append(matcher.match(window_of(sample), matcher.prepare(patch_of(sample)), prior))
    np.testing.assert_allclose(
        results[0].log_likelihood, results[1].log_likelihood, atol=1e-4 * 100.0)
    assert results[0].source == 'bev_net'


def test_imagery_that_is_too_coarse_is_refused(tmp_path: Path) -> None:
    package = write_package(checkpoint(), tmp_path / 'package', 'gates')
    with pytest.raises(MatchingError, match='0.6 m per pixel .* made for 0.25; at most 0.5'):
        load_model(str(package.folder), 0.6)


def test_a_table_has_all_rows_and_the_new_network_is_the_plain_matcher(pairs) -> None:
    told = []
    table = score_bev_net(checkpoint(scale=0.0), pairs, radius_m=4.0, facts={'test': 'x'},
                          progress=lambda *values: told.append(values))
    rows = {row.name: row for row in table.rows}
    assert list(rows) == ['bev_net', 'bev', 'blind', 'centre', 'prior']
    assert {row.kind for row in table.rows} >= {
        RowKind.OURS, RowKind.BLIND, RowKind.CENTRE, RowKind.PRIOR}
    net, plain = rows['bev_net'].figures, rows['bev'].figures
    for name in ('median_m', 'median_deg', 'heading_nll'):
        assert net[name] == pytest.approx(plain[name], abs=1e-4)
    assert rows['blind'].figures['heading_nll'] == pytest.approx(2.84, abs=0.2)
    assert table.facts['test'] == 'x' and table.facts['pairs'] == 3
    assert {stage for stage, _, _ in told} == {'bev_net', 'bev', 'blind'}


def test_the_search_is_as_wide_as_the_test_is() -> None:
    assert search_radius({'offset_m': 20.0}) == 20.0
    assert search_radius({'shift_m': 7.0}) == 7.0
    assert search_radius({'split': 'test'}) == 10.0


def test_another_family_is_refused(pairs) -> None:
    other = Checkpoint('safa', nn.Identity(), preset('safa').deployment, ModelCard('', ''))
    with pytest.raises(LearningError, match='safa is scored by another protocol'):
        score_bev_net(other, pairs)
