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

"""Evenly started, CVML's logits depend on the image."""

import torch

from xview_loc.learning.export.example_images import ExampleImages
from xview_loc.learning.networks.cvml import Cvml, CvmlConfig
from xview_loc.learning.networks.even_start import start_evenly
from xview_loc.learning.training.network_choice import network_of
from xview_loc.learning.training.recipe_file import read_recipe

TINY = CvmlConfig(ground_shape=(32, 64), satellite_size=64, maps=1, dropout=0.0)


def images() -> tuple[torch.Tensor, torch.Tensor]:
    """Return one tile, and two images of noise."""
    generator = torch.Generator().manual_seed(3)
    tile, views = (torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
                   for shape in ((1, 64, 64, 3), (2, 32, 64, 3)))
    return tile, views


def seen(network: Cvml) -> float:
    """Return how much the logits of two images differ, against their spread."""
    tile, views = images()
    with torch.no_grad():
        first, second = network(tile, views).logits
    return float((first - second).std() / first.std())


def test_images_move_the_logits_a_thousand_times_as_much() -> None:
    torch.manual_seed(0)
    network = Cvml(TINY).eval()
    before = seen(network)
    start_evenly(network, *images())
    assert seen(network) > 1000.0 * before


def sizes(network: Cvml, tile: torch.Tensor, views: torch.Tensor) -> torch.Tensor:
    """Return the root mean squares of what all layers of the decoder give."""
    found = []
    for layer in (*network.match.decoder.ups, *network.match.decoder.first,
                  *network.match.decoder.second):
        layer.register_forward_hook(
            lambda layer, inputs, output: found.append(output.square().mean().sqrt()))
    with torch.no_grad():
        network.eval()(tile, views)
    return torch.stack(found)


def test_all_layers_give_numbers_of_size_one() -> None:
    torch.manual_seed(0)
    network = Cvml(TINY).train()
    start_evenly(network, *images())
    assert network.training
    torch.testing.assert_close(sizes(network, *images()), torch.ones(18), rtol=1e-3, atol=0.0)


def test_recipes_without_imagenet_weights_start_so() -> None:
    network, _ = network_of(read_recipe('cvml_city'))
    side, shape = network.config.satellite_size, network.config.ground_shape
    found = sizes(network, ExampleImages.STRUCTURE(1, side, side),
                  ExampleImages.STRUCTURE(1, *shape))
    torch.testing.assert_close(found, torch.ones(18), rtol=1e-3, atol=0.0)
