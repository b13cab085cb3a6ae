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

import math

from onnx_parity import assert_parity, random_images, structured_images
import pytest
import torch
from torch import nn

from xview_loc.errors import ConfigurationError
from xview_loc.learning.losses.dense_pose import ccvpe_loss
from xview_loc.learning.losses.heat_map_target import heat_map_target
from xview_loc.learning.losses.orientation_target import orientation_bins
from xview_loc.learning.networks.batch_statistics import settle_batch_statistics
from xview_loc.learning.networks.ccvpe import Ccvpe, peak_pose
from xview_loc.learning.networks.ccvpe_config import CcvpeConfig

THIN = CcvpeConfig(
    ground_shape=(32, 640), satellite_size=128, ground_channels=(2,) * 6, shifts=(2,) * 6,
    rings=(40,) * 6, ups=(16,) * 6, orientation_channels=16, drop_connect=0.0)
FORWARD = CcvpeConfig(
    ground_shape=(40, 96), circular=False, satellite_size=64, bins=8, ground_channels=(2,) * 6,
    shifts=(4,) * 6, rings=(32,) * 6, ups=(16,) * 6, orientation_channels=16, centred=True)


def settled(config: CcvpeConfig) -> Ccvpe:
    """Return a random network whose features differ between images."""
    model = Ccvpe(config)
    size = config.satellite_size
    settle_batch_statistics(model, lambda: [
        model(images(4, size, size), images(4, *config.ground_shape))
        for images in (random_images, structured_images)])
    return model


class Flat(nn.Module):
    """The network with its outputs in one list."""

    def __init__(self, model: Ccvpe) -> None:
        super().__init__()
        self.model = model

    def forward(self, satellite: torch.Tensor, ground: torch.Tensor) -> list[torch.Tensor]:
        scores = self.model(satellite, ground)
        return [scores.logits, scores.field, *scores.matches]


@pytest.mark.parametrize(('config', 'parameters', 'ring_parameters', 'lengths'), [
    (CcvpeConfig.vigor(), 54_834_803, 6_554_880, [1280, 640, 320, 160, 80, 40]),
    (CcvpeConfig.kitti(reference=True), 57_854_657, 10_487_808, [512, 256, 128, 64, 32, 32]),
    (CcvpeConfig.robotcar(), 54_754_064, 6_554_880, [224, 112, 56, 28, 14, 7])])
def test_published_variants_have_the_published_parameters_and_shapes(
        config, parameters, ring_parameters, lengths) -> None:
    with torch.device('meta'):
        model = Ccvpe(config).eval()
        images = torch.empty(2, *config.ground_shape, 3, dtype=torch.uint8)
        tiles = torch.empty(2, 512, 512, 3, dtype=torch.uint8)
    assert sum(weight.numel() for weight in model.parameters()) == parameters
    ring = model.satellite.ring
    assert sum(weight.numel() for weight in ring.parameters()) == ring_parameters
    assert [tuple(arc.shape) for arc in model.ground(images)] == [
        (2, length) for length in lengths]
    assert tuple(model.satellite(tiles).rings.shape) == (2, config.rings[0], 8, 8)
    scores = model(tiles, images)
    assert tuple(scores.logits.shape) == (2, 1, 512, 512)
    assert tuple(scores.field.shape) == (2, 2, 512, 512)
    assert [tuple(match.shape) for match in scores.matches] == [
        (2, config.bins, 8 << scale, 8 << scale) for scale in range(6)]


@pytest.mark.parametrize(('config', 'distinct', 'arcs'), [
    (CcvpeConfig.vigor(), [20] * 6, [360] * 6), (CcvpeConfig.robotcar(), [20] * 6, [63] * 6),
    (CcvpeConfig.kitti(reference=True), [16, 8, 8, 8, 16, 4], [90, 180, 180, 180, 90, 360]),
    (CcvpeConfig.kitti(), [16] * 6, [81.5625] * 6)])
def test_rings_have_the_distinct_rolls_and_arcs_of_the_specification(
        config, distinct, arcs) -> None:
    model = Ccvpe(config)
    rolls = [len(match.source.unique(dim=0)) for match in model.match.matches]
    assert rolls == distinct
    assert [360 * arc / ring for arc, ring in zip(model.ground.lengths, config.rings)] == (
        pytest.approx(arcs))


def test_turning_the_panorama_by_a_bin_turns_arcs_and_moves_scores_by_one_bin() -> None:
    model = settled(THIN).double()
    images = structured_images(1, 32, 640).permute(0, 3, 1, 2).double()
    with torch.no_grad():
        arcs, turned = model.ground(images), model.ground(images.roll(32, dims=3))
        features = model.satellite(random_images(1, 128, 128).permute(0, 3, 1, 2).double())
        scores = [model.match(arc, *features).matches[0] for arc in (arcs, turned)]
    for arc, moved in zip(arcs, turned):
        torch.testing.assert_close(moved, arc.roll(2, dims=1))
    torch.testing.assert_close(scores[1], scores[0].roll(-1, dims=1))
    assert scores[0].std() > 1e-3


def test_yaw_prior_limits_the_bins_of_the_location_alone() -> None:
    assert CcvpeConfig(yaw_prior=math.radians(45)).considered_bins == [0, 1, 2, 18, 19]
    assert CcvpeConfig(yaw_prior=math.radians(36)).considered_bins == [0, 1, 2, 18, 19]
    assert CcvpeConfig(yaw_prior=0.0).considered_bins == [0]
    assert CcvpeConfig(yaw_prior=math.pi).considered_bins == list(range(20))


def test_part_of_a_panorama_needs_no_other_weights() -> None:
    whole, half = CcvpeConfig.vigor(), CcvpeConfig.vigor(math.pi)
    assert half.ground_shape == (320, 320) and not half.circular
    with torch.device('meta'):
        models = [Ccvpe(whole), Ccvpe(half)]
    shapes = [{name: value.shape for name, value in model.state_dict().items()}
              for model in models]
    assert shapes[0] == shapes[1] and models[1].ground.lengths[0] == 640


def test_pose_is_read_at_the_most_probable_pixel_in_every_quadrant() -> None:
    logits, field = torch.zeros(4, 1, 6, 8), torch.zeros(4, 2, 6, 8)
    for index, degrees in enumerate((40, 140, -130, -50)):
        logits[index, 0, index + 1, 6 - index] = 3.0
        angle = math.radians(degrees)
        field[index, :, index + 1, 6 - index] = torch.tensor([math.cos(angle), math.sin(angle)])
    pose = peak_pose(logits, field)
    assert pose.row.tolist() == [1, 2, 3, 4] and pose.column.tolist() == [6, 5, 4, 3]
    assert torch.rad2deg(pose.angle).tolist() == pytest.approx([40, 140, -130, -50], abs=1e-4)
    assert pose.probability[0].item() == pytest.approx(math.exp(3) / (math.exp(3) + 47))


def test_a_few_steps_lower_the_loss_and_reach_every_part() -> None:
    model = Ccvpe(THIN).train()
    tiles, images = random_images(2, 128, 128, 1), random_images(2, 32, 640, 2)
    target = heat_map_target(torch.tensor([[-30.0, 20.0], [25.0, 40.0]]), 128)
    angle = torch.tensor([0.4, -2.0])
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(4):
        optimiser.zero_grad()
        loss = ccvpe_loss(*model(tiles, images), target, orientation_bins(angle), angle)
        loss.backward()
        losses.append(loss.item())
        optimiser.step()
    assert losses[-1] < losses[0]
    gradients = {key: weight.grad for key, weight in model.named_parameters()}
    assert all(value is not None and value.isfinite().all() for value in gradients.values())
    assert {key.split('.')[0] for key, value in gradients.items() if value.any()} == {
        'satellite', 'ground', 'match'}


@pytest.mark.parametrize(('settings', 'sentence'), [
    ({'satellite_size': 500}, 'satellite_size is 500'), ({'rings': (4,)}, 'rings is'),
    ({'yaw_prior': 4.0}, 'yaw_prior is 4.0')])
def test_settings_that_do_not_fit_are_refused(settings, sentence) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        CcvpeConfig(**settings)


def test_exported_network_is_that_of_torch(tmp_path) -> None:
    model = Flat(settled(FORWARD))
    with torch.no_grad():
        field = model(random_images(1, 64, 64), random_images(1, 40, 96))[1]
    torch.testing.assert_close(field.norm(dim=1), torch.ones(1, 64, 64))
    assert_parity(model, [
        [random_images(2, 64, 64), random_images(2, 40, 96)],
        [structured_images(1, 64, 64), structured_images(1, 40, 96)],
        [structured_images(3, 64, 64), random_images(3, 40, 96)]], tmp_path)
