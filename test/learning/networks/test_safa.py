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

from onnx_parity import assert_parity, DESCRIPTOR_TOLERANCE, random_images, structured_images
import pytest
import torch

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.safa import Safa, SafaConfig

SMALL = SafaConfig(ground_shape=(37, 70), satellite_size=90, polar_shape=(37, 70))


@pytest.mark.parametrize(('config', 'ground', 'satellite', 'parameters'), [
    (SafaConfig.cvusa(), (112, 616), 750, 2 * (14_714_688 + 52_160)),
    (SafaConfig.cvact(), (112, 616), 1200, 29_533_696),
    (SafaConfig.cvusa_without_polar(), (112, 616), 256, 2 * 14_714_688 + 52_160 + 33_536),
    (SafaConfig.robotcar(), (154, 231), 256, 2 * 14_714_688 + 13_280 + 33_536)])
def test_published_variants_have_4096_values_and_the_published_parameters(
        config, ground, satellite, parameters) -> None:
    model = Safa(config)
    assert sum(weight.numel() for weight in model.parameters()) == parameters
    model.to('meta').eval()
    tiles = torch.empty(2, satellite, satellite, 3, dtype=torch.uint8, device='meta')
    images = torch.empty(3, *ground, 3, dtype=torch.uint8, device='meta')
    shapes = [tuple(descriptor.shape) for descriptor in model(tiles, images)]
    assert shapes == [(2, 4096), (3, 4096)] and model.descriptor_size == 4096


def test_a_narrow_network_has_fewer_channels_in_the_same_layers() -> None:
    model = Safa(replace(SMALL, width=0.25)).eval()
    assert model.descriptor_size == 1024
    tile, image = random_images(1, 90, 90), random_images(1, 37, 70)
    assert [tuple(descriptor.shape) for descriptor in model(tile, image)] == [(1, 1024)] * 2
    assert len(model.ground.trunk.convolutions()) == 13


def test_bytes_and_floats_have_the_same_unit_descriptor() -> None:
    model = Safa(SMALL).eval()
    images = random_images(2, 37, 70)
    with torch.no_grad():
        descriptor = model.ground(images)
        torch.testing.assert_close(model.ground(images.permute(0, 3, 1, 2).float()), descriptor)
    torch.testing.assert_close(descriptor.norm(dim=1), torch.ones(2))
    assert (descriptor[0] - descriptor[1]).abs().max() > 1e-4


def test_a_polar_tile_and_its_strip_as_ground_image_agree_between_equal_branches() -> None:
    model = Safa(SMALL).eval()
    model.ground.load_state_dict(model.satellite.state_dict())
    tile = random_images(1, 90, 90)
    strip = model.satellite.polar(tile.permute(0, 3, 1, 2).float())
    with torch.no_grad():
        torch.testing.assert_close(model.satellite(tile), model.ground(strip))


def test_contrast_stretch_is_off_unless_asked_and_changes_the_descriptor() -> None:
    plain, wide = Safa(SMALL).eval(), Safa(
        SafaConfig((37, 70), 90, (37, 70), stretch=True)).eval()
    wide.load_state_dict(plain.state_dict())
    tile = 60 + random_images(1, 90, 90) // 4
    with torch.no_grad():
        assert (plain.satellite(tile) - wide.satellite(tile)).abs().max() > 1e-4
    assert not SafaConfig.cvusa().stretch and SafaConfig.cvact(stretch=True).stretch


def test_robotcar_drops_blocks_of_the_input_in_training_only() -> None:
    config = SafaConfig((33, 50), 40, None, drop_block=True)
    branch = Safa(config).ground
    assert branch.drop_block is not None and branch.drop_block.training
    branch.eval()
    images = random_images(1, 33, 50)
    with torch.no_grad():
        assert torch.equal(branch(images), branch(images))


def test_stretch_without_a_polar_strip_is_refused() -> None:
    with pytest.raises(ConfigurationError, match='stretch is True'):
        SafaConfig(polar_shape=None, stretch=True)


def test_exported_branches_are_those_of_torch(tmp_path) -> None:
    model = Safa(SMALL).eval()
    assert_parity(model.satellite, [
        [random_images(2, 90, 90)], [structured_images(1, 90, 90)],
        [structured_images(5, 90, 90)]], tmp_path, DESCRIPTOR_TOLERANCE)
    assert_parity(model.ground, [
        [random_images(3, 37, 70)], [structured_images(1, 37, 70)]],
        tmp_path, DESCRIPTOR_TOLERANCE)
