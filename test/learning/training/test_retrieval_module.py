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

"""OriCNN's maps go with its images, and descriptors are gathered in the order of their samples."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from xview_loc.errors import LearningError
from xview_loc.learning.evaluation.retrieval_protocol import evaluate_retrieval, PROTOCOLS
from xview_loc.learning.networks.orientation_maps import aerial_orientation
from xview_loc.learning.training.gathering import gathered
from xview_loc.learning.training.network_choice import configuration_of
from xview_loc.learning.training.recipe_file import read_recipe
from xview_loc.learning.training.retrieval_module import (
    aerial_maps, retrieval_set, RetrievalModule)


def changed(crop: float, turns: int, size: int = 64) -> torch.Tensor:
    batch = {'crop': torch.tensor([crop]), 'turns': torch.tensor([turns])}
    return aerial_maps(aerial_orientation(size), batch)[0]


def test_a_tile_as_it_is_keeps_its_map() -> None:
    assert torch.equal(changed(1.0, 0), aerial_orientation(64))


def test_turned_counter_clockwise_north_is_on_the_left() -> None:
    azimuth = changed(1.0, 1)[0]
    assert float(azimuth[31:33, 0].mean()) == pytest.approx(0.0, abs=1e-6)
    assert float(azimuth[0, 31:33].mean()) == pytest.approx(0.5, abs=0.01)


def test_a_window_keeps_directions_and_the_range_of_the_whole_tile() -> None:
    whole, window = aerial_orientation(128, torch.float64), changed(0.5, 0)
    inner = whole[:, 32:96, 32:96]
    assert window.numpy() == pytest.approx(inner.numpy(), abs=1e-6)


def test_answers_come_in_the_order_of_the_samples_and_none_is_missing() -> None:
    batches = [{'index': torch.tensor([2, 0]), 'value': torch.tensor([20.0, 0.0])},
               {'index': torch.tensor([1]), 'value': torch.tensor([10.0])}]
    assert gathered(batches, 3)['value'].tolist() == [0.0, 10.0, 20.0]
    with pytest.raises(LearningError, match='4 samples were asked and 3 answered'):
        gathered(batches, 4)


class Street:
    """Three queries, the tiles of which are a few metres aside."""

    name = 'street'
    positions = np.array([[0.0, 0.0], [30.0, 0.0], [60.0, 0.0]])

    def __len__(self) -> int:
        return 3


def test_without_a_gallery_the_tiles_lie_where_the_cameras_are_not() -> None:
    vectors = np.eye(3)
    places = Street.positions + [3.0, -2.0]
    answers = {'ground': vectors, 'satellite': vectors, 'place': places}
    data = retrieval_set(answers, None, Street())
    assert np.array_equal(data.reference_positions, places)
    figures = evaluate_retrieval(PROTOCOLS['city'], data)
    assert figures['local_recall@1'] == 1.0
    assert figures['local_median_m'] == pytest.approx(13.0 ** 0.5, abs=1e-6)


class GivenDescriptors(nn.Module):
    """A network whose images are their descriptors."""

    def satellite(self, images: torch.Tensor) -> torch.Tensor:
        return images

    def ground(self, images: torch.Tensor) -> torch.Tensor:
        return images


def loss_of(name: str, satellite: torch.Tensor, ground: torch.Tensor, places: np.ndarray,
            **changes: Any) -> float:
    """Return the loss of a recipe for descriptors and the positions of tiles."""
    recipe = read_recipe(name)
    recipe = replace(recipe, loss=replace(recipe.loss, **changes))
    module = RetrievalModule(recipe, GivenDescriptors(), deployment=configuration_of(recipe)[1])
    cameras = places - np.array([[1.0, 1.0], [-4.0, 0.0], [0.0, 3.0], [2.0, -1.0]]) * (
        name == 'geo_local_safa_robotcar')
    return float(module.loss({
        'satellite': satellite, 'ground': ground, 'position': torch.from_numpy(cameras),
        'offset': torch.from_numpy(cameras - places)}))


def test_golden_losses_of_the_published_schedules() -> None:
    angles = np.radians([[0.0, 20.0, 45.0, 80.0], [8.0, 53.0, 41.0, 63.0]])
    satellite, ground = (torch.from_numpy(np.stack([np.cos(a), np.sin(a)], 1)) for a in angles)
    street = np.array([[0.0, 0.0], [4.0, 0.0], [60.0, 0.0], [0.0, 90.0]])
    # the diagonal, ln 2 / 3, is left out of ours
    assert loss_of('safa_cvusa', satellite, ground, street) == pytest.approx(0.508437486, abs=1e-6)
    assert loss_of('geo_local_safa_cvact', satellite, ground, street,
                   distance_power=2) == pytest.approx(0.419329550, abs=1e-6)
    cameras = np.array([[0.0, 0.0], [7.0, 0.0], [20.0, 0.0], [0.0, 45.0]])
    tiles = cameras + [[1.0, 1.0], [-4.0, 0.0], [0.0, 3.0], [2.0, -1.0]]
    assert loss_of('geo_local_safa_robotcar', satellite, ground, tiles) == pytest.approx(
        0.304516571, abs=1e-6)
    apart = np.array([[0.0, 0.0], [10.0, 0.0], [60.0, 0.0], [0.0, 90.0]])
    # ln 2 for the diagonal and the two pairs nearer than 25 m, over ten pairs, is left out
    assert loss_of('safa_cvact', satellite, ground, apart) == pytest.approx(
        0.854133584 - 0.6 * np.log(2.0), abs=1e-6)
