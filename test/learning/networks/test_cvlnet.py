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
from xview_loc.learning.losses.displacement_triplet import cvlnet_loss
from xview_loc.learning.networks.colour_normalisation import ColourNormalisation, Normalisation
from xview_loc.learning.networks.cvlnet import Cvlnet, CvlnetConfig

SMALL = CvlnetConfig(ground_shape=(32, 96))
INTRINSICS = torch.tensor([[55.0, 62.0, 47.0, 15.0]])
MOTION = torch.tensor([[0.0, 0.0, 0.3], [-2.5, -0.9, 0.35], [-5.0, -1.5, 0.4]])


def frames(batch: int, count: int = 3) -> torch.Tensor:
    """Return sequences, (batch, count, 32, 96, 3)."""
    return random_images(batch * count, 32, 96, 5).unflatten(0, (batch, count))


def test_network_has_the_parameters_of_the_specification() -> None:
    with torch.device('meta'):
        model = Cvlnet()
    sizes = [weight.numel() for weight in model.parameters()]
    trained = [weight.numel() for weight in model.parameters() if weight.requires_grad]
    assert sum(sizes) == 16_528_461 and sum(sizes) - sum(trained) == 2 * 260_160
    for part in (model.satellite, model.ground):
        assert sum(weight.numel() for weight in part.backbone.parameters()) == 8_243_664
        assert sum(weight.numel() for weight in part.head.parameters()) == 2_880


def test_published_images_have_the_shapes_of_the_specification() -> None:
    with torch.device('meta'):
        model = Cvlnet()
        images = torch.empty(2, 4, 256, 1024, 3, dtype=torch.uint8)
        tiles = torch.empty(3, 512, 512, 3, dtype=torch.uint8)
        features = model.ground.backbone(images.flatten(0, 1))
        ground = model.ground(images, torch.empty(2, 4), torch.empty(2, 4, 3))
    assert tuple(features.shape) == (8, 16, 16, 64) and tuple(ground.shape) == (2, 4, 32, 32)
    assert [tuple(value.shape) for value in model.satellite(tiles)] == [
        (3, 4, 32, 32), (3, 1, 7, 7)]


def test_cells_and_spacing_are_those_of_the_specification() -> None:
    config = CvlnetConfig()
    assert config.cells == 32
    assert config.cell_m == pytest.approx(3.133256, abs=6e-7)
    assert config.smallest_spacing_m == pytest.approx(21.93, abs=5e-3)


def test_reference_feeds_plain_colours_and_reads_a_centred_match_off_the_centre() -> None:
    scores = torch.zeros(1, 1, 7, 7)
    scores[0, 0, 3, 3] = 1.0
    image = torch.full((1, 3, 16, 16), 127.5)
    for config, kind, expected in (
            (CvlnetConfig(reference=True), Normalisation.UNIT, (1.31927, -1.31927)),
            (CvlnetConfig(), Normalisation.IMAGENET, (0.0, 0.0))):
        model = Cvlnet(config)
        found = model.read(scores)
        assert (found.north.item(), found.east.item()) == pytest.approx(expected, abs=6e-6)
        torch.testing.assert_close(
            model.ground.backbone.normalisation(image), ColourNormalisation(kind)(image))


def test_features_kept_from_earlier_frames_give_the_same_ground_map() -> None:
    model = Cvlnet(SMALL).eval()
    images = frames(2)
    motion, intrinsics = MOTION.expand(2, -1, -1), INTRINSICS.expand(2, -1)
    with torch.no_grad():
        kept = torch.stack([model.ground.backbone(images[:, index]) for index in range(3)], dim=1)
        torch.testing.assert_close(
            model.ground.fuse(kept, intrinsics, motion),
            model.ground(images, intrinsics, motion), atol=1e-5, rtol=1e-4)
        floats = images.permute(0, 1, 4, 2, 3).float()
        torch.testing.assert_close(
            model.ground(floats, intrinsics, motion), model.ground(images, intrinsics, motion))


def test_gradients_reach_all_but_the_frozen_blocks() -> None:
    model = Cvlnet(SMALL).train()
    cvlnet_loss(model(
        random_images(2, 512, 512, 1), frames(2, 1), INTRINSICS.expand(2, -1),
        MOTION[:1].expand(2, -1, -1))).backward()
    for name, weight in model.named_parameters():
        frozen = '.trunk.blocks.0.' in name or '.trunk.blocks.1.' in name
        assert (weight.grad is None) is frozen
        assert frozen or weight.grad.isfinite().all()


def test_a_narrow_network_without_frozen_blocks_trains_all_its_weights() -> None:
    model = Cvlnet(replace(SMALL, width=0.125, frozen_blocks=0)).train()
    assert model.ground.backbone.trunk.channels == (8, 16, 32, 64, 64)
    cvlnet_loss(model(
        random_images(2, 512, 512, 1), frames(2, 1), INTRINSICS.expand(2, -1),
        MOTION[:1].expand(2, -1, -1))).backward()
    assert all(weight.grad is not None for weight in model.parameters())


def test_what_follows_the_backbones_learns_to_tell_three_places_apart() -> None:
    model = Cvlnet(SMALL).train()
    tiles, seen = torch.randn(3, 16, 32, 32), torch.randn(3, 3, 16, 2, 6)
    motion, intrinsics = MOTION.expand(3, -1, -1), INTRINSICS.expand(3, -1)
    parts = (model.satellite.head, model.satellite.uncertainty, model.ground.fusion,
             model.ground.head)
    optimiser = torch.optim.Adam([weight for part in parts for weight in part.parameters()], 3e-3)
    for _ in range(60):
        optimiser.zero_grad()
        features = model.satellite.head(tiles)
        scores = model.match(
            features, model.satellite.uncertainty(features),
            model.ground.fuse(seen, intrinsics, motion))
        loss = cvlnet_loss(scores)
        loss.backward()
        optimiser.step()
    best = model.read(scores).score
    assert loss.item() < 3.0
    assert best.argmax(dim=0).tolist() == best.argmax(dim=1).tolist() == [0, 1, 2]


def test_sizes_that_features_do_not_fill_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='multiple of 16'):
        CvlnetConfig(ground_shape=(250, 1024))
    with pytest.raises(ConfigurationError, match='from 8 to 32'):
        Cvlnet(CvlnetConfig(satellite_size=576))


def test_smaller_tiles_have_the_same_displacements() -> None:
    model = Cvlnet(CvlnetConfig(ground_shape=(32, 96), satellite_size=192)).eval()
    with torch.no_grad():
        features, uncertainty = model.satellite(random_images(1, 192, 192))
        scores = model(
            random_images(1, 192, 192), frames(1), INTRINSICS, MOTION[None])
    assert tuple(features.shape) == (1, 4, 12, 12)
    assert tuple(uncertainty.shape) == tuple(scores.shape) == (1, 1, 7, 7)


def test_exported_ground_and_match_are_those_of_torch(tmp_path) -> None:
    model = Cvlnet(SMALL).eval()
    structured = structured_images(9, 32, 96).unflatten(0, (3, 3))
    batches = [[images, INTRINSICS.repeat(len(images), 1), MOTION.repeat(len(images), 1, 1)]
               for images in (frames(2), structured)]
    assert_parity(model.ground, batches, tmp_path)
    assert_parity(model.match, [
        [torch.randn(count, 4, 32, 32), torch.rand(count, 1, 7, 7) + 0.1,
         torch.randn(count, 4, 32, 32)] for count in (2, 3)], tmp_path)
