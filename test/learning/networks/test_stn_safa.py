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

from onnx_parity import assert_parity, DESCRIPTOR_TOLERANCE, random_images, structured_images
import pytest
import torch

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.colour_normalisation import Normalisation
from xview_loc.learning.networks.resnet34_trunk import Resnet34Trunk
from xview_loc.learning.networks.stn_safa import PolarStrip, StnSafa, StnSafaConfig, Warp

TOTALS = [
    (StnSafaConfig.cvusa, {Warp.POLAR: 34_959_824, Warp.AFFINE: 35_073_528,
                           Warp.THIN_PLATE_SPLINE: 35_892_266}),
    (StnSafaConfig.vigor, {Warp.POLAR: 26_599_808, Warp.AFFINE: 26_636_712,
                           Warp.THIN_PLATE_SPLINE: 26_917_850})]


def small(warp: Warp, **options) -> StnSafaConfig:
    """Return a configuration with small, non-square strips."""
    return StnSafaConfig(
        warp, ground_shape=(24, 56), satellite_size=60, polar_size=64, polar_shape=(48, 112),
        **options)


def stirred(model: StnSafa) -> StnSafa:
    """Return the network for inference with a warp that depends on the image."""
    with torch.no_grad():
        for layer in model.modules():
            if isinstance(layer, torch.nn.Linear) and layer.out_features in (6, 120):
                layer.weight.normal_(std=0.02)
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.running_mean.normal_(std=0.1)
                layer.running_var.uniform_(0.5, 2.0)
    return model.eval()


@pytest.mark.parametrize(('preset', 'totals'), TOTALS)
@pytest.mark.parametrize('warp', [Warp.POLAR, Warp.AFFINE, Warp.THIN_PLATE_SPLINE])
def test_published_variants_have_2048_values_and_the_published_parameters(
        preset, totals, warp) -> None:
    config = preset(warp)
    with torch.device('meta'):
        tile = torch.empty(2, config.input_size, config.input_size, 3, dtype=torch.uint8)
        images = torch.empty(2, *config.ground_shape, 3, dtype=torch.uint8)
    model = StnSafa(config)
    assert sum(weight.numel() for weight in model.parameters()) == totals[warp]
    model.to('meta').eval()
    assert [tuple(descriptor.shape) for descriptor in model(tile, images)] == [(2, 2048)] * 2
    assert tuple(model.satellite.strips(tile).shape) == (2, 3, *config.ground_shape)
    assert model.descriptor_size == 2048


def test_features_of_cvusa_and_vigor_have_the_published_shapes() -> None:
    for config, shape in ((StnSafaConfig.cvusa(), (14, 77)), (StnSafaConfig.vigor(), (20, 40))):
        descriptor = StnSafa(config).to('meta').ground.descriptor
        strips = torch.empty(1, 3, *config.ground_shape, device='meta')
        assert tuple(descriptor.trunk(strips).shape) == (1, 256, *shape)


@pytest.mark.parametrize('warp', Warp)
def test_every_warp_gives_unit_descriptors_that_tell_images_apart(warp: Warp) -> None:
    config = small(warp)
    model = stirred(StnSafa(config))
    with torch.no_grad():
        descriptor = model.satellite(random_images(2, config.input_size, config.input_size))
    torch.testing.assert_close(descriptor.norm(dim=1), torch.ones(2))
    assert (descriptor[0] - descriptor[1]).abs().max() > 1e-4


def test_fewer_residual_blocks_are_the_same_stages_but_take_no_imagenet_weights() -> None:
    shallow, whole = Resnet34Trunk((1, 1, 1)), Resnet34Trunk()
    assert [len(stage) for stage in (shallow.layer1, shallow.layer2, shallow.layer3)] == [1, 1, 1]
    images = random_images(1, 24, 56).permute(0, 3, 1, 2).float()
    assert shallow(images).shape == whole(images).shape == (1, 256, 3, 7)
    model = StnSafa(small(Warp.AFFINE, blocks=(1, 1, 1)))
    assert len(model.ground.descriptor.trunk.layer2) == 1
    with pytest.raises(ConfigurationError, match='not those of a ResNet-34'):
        shallow.load_imagenet(whole.state_dict())
    with pytest.raises(ConfigurationError, match='number of blocks'):
        Resnet34Trunk((1, 0, 1))


def test_black_images_give_finite_descriptors_in_both_branches() -> None:
    model = StnSafa(small(Warp.THIN_PLATE_SPLINE)).eval()
    with torch.no_grad():
        pair = model(torch.zeros(2, 3, 60, 60), torch.zeros(2, 3, 24, 56))
    assert all(d.shape == (2, 2048) and d.isfinite().all() for d in pair)


def test_polar_strip_is_averaged_to_the_panoramas_and_normalised() -> None:
    config = small(Warp.AFFINE, normalisation=Normalisation.UNIT)
    strip = PolarStrip(config)(torch.full((1, 64, 64, 3), 51, dtype=torch.uint8))
    assert strip.shape == (1, 3, 24, 56)
    torch.testing.assert_close(strip[:, :, 2:], torch.full((1, 3, 22, 56), 0.2))


def test_reference_stretches_polar_strips_and_samples_past_the_border() -> None:
    tiles = 60 + random_images(1, 64, 64) // 4
    corrected, faithful = (
        PolarStrip(small(Warp.POLAR, reference=r))(tiles) for r in (False, True))
    assert faithful.std() > 2 * corrected.std()
    models = [StnSafa(small(Warp.THIN_PLATE_SPLINE, reference=r)) for r in (False, True)]
    assert [model.satellite.front.transformer.align_corners for model in models] == [True, False]


def test_sides_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ConfigurationError, match='multiples of 8'):
        StnSafa(StnSafaConfig(ground_shape=(112, 612), polar_shape=(112, 612)))
    with pytest.raises(ConfigurationError, match='polar_shape'):
        StnSafaConfig(polar_shape=(112, 640))


@pytest.mark.parametrize('warp', [Warp.POLAR, Warp.COMPOSED_AFFINE, Warp.THIN_PLATE_SPLINE])
def test_exported_satellite_branch_is_that_of_torch(tmp_path, warp: Warp) -> None:
    config = small(warp)
    size = config.input_size
    model = stirred(StnSafa(config))
    assert_parity(model.satellite, [
        [random_images(2, size, size)], [structured_images(1, size, size)],
        [structured_images(5, size, size)]], tmp_path, DESCRIPTOR_TOLERANCE)


def test_exported_ground_branch_is_that_of_torch(tmp_path) -> None:
    model = stirred(StnSafa(small(Warp.AFFINE)))
    assert_parity(model.ground, [
        [random_images(3, 24, 56)], [structured_images(1, 24, 56)]],
        tmp_path, DESCRIPTOR_TOLERANCE)
