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

from dataclasses import replace

from onnx_parity import assert_parity, random_images, structured_images
import pytest
import torch

from xview_loc.errors import ConfigurationError
from xview_loc.learning.losses.dense_localisation import cvml_loss
from xview_loc.learning.losses.heat_map_target import heat_map_target
from xview_loc.learning.networks.colour_normalisation import Normalisation
from xview_loc.learning.networks.cvml import Cvml, CvmlConfig
from xview_loc.learning.networks.rotation_sweep import best_turn, turned_panoramas

SMALL = CvmlConfig(ground_shape=(33, 60), satellite_size=128, maps=2, dropout=0.0)


@pytest.mark.parametrize(('config', 'parameters', 'positions'), [
    (CvmlConfig.vigor(), 79_696_881, (10, 20)), (CvmlConfig.robotcar(), 79_387_761, (5, 8))])
def test_published_variants_have_the_published_parameters_and_shapes(
        config, parameters, positions) -> None:
    with torch.device('meta'):
        model = Cvml(config).eval()
        images = torch.empty(2, *config.ground_shape, 3, dtype=torch.uint8)
        tiles = torch.empty(2, 512, 512, 3, dtype=torch.uint8)
    assert sum(weight.numel() for weight in model.parameters()) == parameters
    assert model.ground.trunk.output_shape(*config.ground_shape) == positions
    features = model.satellite(tiles)
    assert [tuple(value.shape[1:]) for value in features] == [
        (4096, 8, 8), (512, 32, 32), (512, 64, 64), (256, 128, 128), (128, 256, 256),
        (64, 512, 512)]
    ground = model.ground(images)
    scores = model.match(ground, *features)
    assert tuple(ground.shape) == (2, 4096)
    assert [tuple(value.shape) for value in scores] == [(2, 1, 512, 512), (2, 1, 8, 8)]


def test_a_narrow_network_has_fewer_channels_in_trunk_and_decoder() -> None:
    model = Cvml(replace(SMALL, width=0.125)).eval()
    features = model.satellite(random_images(1, 128, 128))
    assert [value.shape[1] for value in features] == [128, 64, 64, 32, 16, 8]
    scores = model.match(model.ground(random_images(2, 33, 60)), *features)
    assert tuple(scores.logits.shape) == (2, 1, 128, 128)
    assert [layer.out_channels for layer in model.match.decoder.ups] == [128, 32, 16, 8, 4, 2]


def test_colours_are_scaled_as_published_unless_told_otherwise() -> None:
    sizes = {}
    for colours in (Normalisation.CAFFE_BGR, Normalisation.IMAGENET):
        torch.manual_seed(0)
        model = Cvml(replace(SMALL, width=0.125, colours=colours)).eval()
        with torch.no_grad():
            features = model.satellite(structured_images(1, 128, 128))
        sizes[colours] = [float(skip.std()) for skip in features[1:]]
    assert SMALL.colours is Normalisation.CAFFE_BGR
    assert min(sizes[Normalisation.CAFFE_BGR]) > 10.0
    assert 0.1 < min(sizes[Normalisation.IMAGENET]) < max(sizes[Normalisation.IMAGENET]) < 3.0


def test_scores_are_cosines_and_follow_the_cells() -> None:
    model = Cvml(SMALL).eval()
    with torch.no_grad():
        features = model.satellite(random_images(1, 128, 128))
        truth = features.descriptors[:, :, 1, 0]
        scores = model.match(truth, *features).cell_scores[0, 0]
    assert scores[1, 0].item() == pytest.approx(1.0, abs=1e-6)
    assert scores.max() <= 1.0 + 1e-6 and scores.argmax().item() == 2


def test_one_tile_serves_many_images() -> None:
    model = Cvml(SMALL).eval()
    with torch.no_grad():
        features = model.satellite(random_images(1, 128, 128))
        ground = model.ground(structured_images(3, 33, 60))
        together = model.match(ground, *features)
        alone = model.match(ground[2:], *features)
    torch.testing.assert_close(together.logits[2:], alone.logits, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(together.cell_scores[2:], alone.cell_scores)


def test_a_few_steps_lower_the_loss_and_reach_every_part() -> None:
    model = Cvml(SMALL).train()
    tiles, images = random_images(2, 128, 128, 1), random_images(2, 33, 60, 2)
    target = heat_map_target(torch.tensor([[-30.0, 20.0], [25.0, 40.0]]), 128)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-5)
    losses = []
    for _ in range(3):
        optimiser.zero_grad()
        loss = cvml_loss(*model(tiles, images), target)
        loss.backward()
        losses.append(loss.item())
        optimiser.step()
    assert losses[-1] < losses[0]
    gradients = {key: weight.grad for key, weight in model.named_parameters()}
    assert all(value is not None and value.isfinite().all() for value in gradients.values())
    assert {key.split('.')[0] for key, value in gradients.items() if value.any()} == {
        'satellite', 'ground', 'match'}


def test_sweep_recovers_the_turn_of_the_panorama_that_scores_best() -> None:
    panorama = torch.zeros(1, 3, 2, 24)
    panorama[..., 12 - 4] = 1.0
    turned = turned_panoramas(panorama, 12)
    assert tuple(turned.shape) == (12, 3, 2, 24)
    # what was four columns left of the centre, 60 degrees counter-clockwise, is now the centre
    logits = 5.0 * turned[:, :1, :, 12:13].expand(-1, -1, -1, 3) * torch.eye(2, 3)
    result = best_turn(logits)
    assert result.yaw.item() == pytest.approx(-torch.pi / 3)
    assert torch.equal(result.logits, logits[2])


def test_tiles_that_cells_do_not_fill_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='satellite_size is 500'):
        CvmlConfig(satellite_size=500)
    with pytest.raises(ConfigurationError, match='count is 0'):
        turned_panoramas(torch.zeros(1, 3, 2, 4), 0)


def test_exported_parts_are_those_of_torch(tmp_path) -> None:
    model = Cvml(SMALL).eval()
    images = [random_images(2, 33, 60), structured_images(3, 33, 60)]
    tiles = [random_images(2, 128, 128), structured_images(3, 128, 128)]
    assert_parity(model.ground, [[image] for image in images], tmp_path)
    with torch.no_grad():
        pairs = [[model.ground(image), *model.satellite(tile)]
                 for image, tile in zip(images, tiles)]
    # skip connections reach 120, and float32 sums of them differ by 2e-6 of that
    assert_parity(model.satellite, [[tile] for tile in tiles], tmp_path, 5e-4)
    assert_parity(model.match, pairs, tmp_path)
