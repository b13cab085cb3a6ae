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

import pytest
import torch

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.colour_normalisation import ColourNormalisation, Normalisation
from xview_loc.learning.networks.image_input import planes

# Of the colour R 255, G 0, B 51, computed by hand.
EXPECTED = {
    Normalisation.CAFFE_BGR: (51 - 103.939, 0 - 116.779, 255 - 123.6),
    Normalisation.CAFFE_RGB_UNIT: (131.4 / 255, -116.779 / 255, -52.939 / 255),
    Normalisation.IMAGENET: (0.515 / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225),
    Normalisation.SYMMETRIC_BGR: (51 / 127.5 - 1, -1.0, 1.0),
    Normalisation.UNIT: (1.0, 0.0, 0.2)}


@pytest.mark.parametrize('kind', Normalisation)
def test_colours_take_the_scale_and_order_of_the_method(kind: Normalisation) -> None:
    images = torch.tensor([255, 0, 51], dtype=torch.uint8).expand(2, 3, 5, 3)
    result = ColourNormalisation(kind)(planes(images))
    assert result.shape == (2, 3, 3, 5)
    expected = torch.tensor(EXPECTED[kind]).view(1, 3, 1, 1).expand(2, 3, 3, 5)
    torch.testing.assert_close(result, expected)


def test_bytes_and_floats_of_the_same_image_are_the_same_planes() -> None:
    images = torch.randint(0, 256, (2, 4, 7, 3), dtype=torch.uint8)
    floats = images.permute(0, 3, 1, 2).float()
    assert torch.equal(planes(images), floats)
    assert torch.equal(planes(floats), floats)


def test_half_precision_module_returns_half_precision() -> None:
    module = ColourNormalisation(Normalisation.IMAGENET).half()
    assert module(torch.full((1, 3, 2, 2), 200.0)).dtype == torch.float16


@pytest.mark.parametrize('images', [
    torch.zeros(1, 3, 4, 4, dtype=torch.uint8), torch.zeros(4, 4, 3, dtype=torch.uint8),
    torch.zeros(1, 4, 4, 3), torch.zeros(1, 3, 4, 4, dtype=torch.int64)])
def test_other_layouts_and_types_are_refused(images: torch.Tensor) -> None:
    with pytest.raises(ConfigurationError, match='must be'):
        planes(images)
