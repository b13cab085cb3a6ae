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
from xview_loc.learning.networks.displacement_search import (
    best_displacement, DisplacementSearch, PlaceUncertainty)

CELL = 16 * 0.1958285087


def pattern() -> torch.Tensor:
    """Return the features of the specification, (1, 4, 32, 32) float64."""
    channel, row, column = torch.meshgrid(
        torch.arange(4.0).double() + 1, torch.arange(32.0).double(),
        torch.arange(32.0).double(), indexing='ij')
    wave = torch.sin(0.7 * channel + 0.37 * row) * torch.cos(0.23 * column * channel)
    return (wave + 0.05 * column - 0.03 * row)[None]


def moved(rows: int, columns: int) -> torch.Tensor:
    """Return the pattern moved, filled up with zeros."""
    result = torch.zeros(1, 4, 32, 32, dtype=torch.float64)
    source = pattern()[:, :, max(0, -rows):32 - max(0, rows),
                       max(0, -columns):32 - max(0, columns)]
    top, left = max(0, rows), max(0, columns)
    result[:, :, top:top + source.shape[2], left:left + source.shape[3]] = source
    return result


def certain(value: float = 1.0) -> torch.Tensor:
    """Return a constant uncertainty."""
    return torch.full((1, 1, 7, 7), value, dtype=torch.float64)


def test_pattern_is_that_of_the_specification() -> None:
    assert pattern().norm().item() == pytest.approx(51.533772, abs=6e-7)
    assert pattern().sum().item() == pytest.approx(1263.509529, abs=6e-7)


@pytest.mark.parametrize(('move', 'score', 'best', 'reference', 'corrected'), [
    ((0, 0), 1.0, (3, 3), (1.31927, -1.31927), (0, 0)),
    ((2, -1), .958026, (5, 2), (-3.95780, -3.95780), (-6.26651, -3.13326)),
    ((-3, 3), .816946, (0, 6), (9.23486, 6.59633), (9.39977, 9.39977))])
def test_scores_and_displacements_are_those_of_the_specification(
        move, score, best, reference, corrected) -> None:
    scores = DisplacementSearch()(moved(*move), certain(), pattern())
    assert scores.max().item() == pytest.approx(score, abs=6e-7)
    assert divmod(int(scores.argmax()), 7) == best
    for published, expected in ((True, reference), (False, corrected)):
        found = best_displacement(scores, 32, CELL, published)
        assert found.score.item() == pytest.approx(score, abs=6e-7)
        assert (found.north.item(), found.east.item()) == pytest.approx(expected, abs=6e-6)


def test_the_prior_of_the_place_overrides_the_appearance() -> None:
    prior = certain(0.5)
    prior[:, :, :3] = 0.9
    scores = DisplacementSearch()(moved(-2, 0), prior, pattern())
    assert scores.max().item() == pytest.approx(1.744449, abs=6e-7)
    assert divmod(int(scores.argmax()), 7) == (3, 3)


def test_every_pair_is_scored_alone() -> None:
    satellite, ground = torch.randn(3, 4, 32, 32), torch.randn(2, 4, 32, 32)
    prior = torch.rand(3, 1, 7, 7) + 0.1
    together = DisplacementSearch()(satellite, prior, ground)
    assert tuple(together.shape) == (3, 2, 7, 7)
    alone = DisplacementSearch()(satellite[2:], prior[2:], ground[1:])
    torch.testing.assert_close(together[2:, 1:], alone)


def test_empty_tiles_score_nothing() -> None:
    scores = DisplacementSearch()(torch.zeros(1, 4, 32, 32).double(), certain(), pattern())
    assert torch.equal(scores, torch.zeros(1, 1, 7, 7).double())


def test_uncertainty_has_the_parameters_and_the_range_of_the_specification() -> None:
    layers = PlaceUncertainty()
    assert sum(weight.numel() for weight in layers.parameters()) == 2_893
    values = layers(100 * torch.randn(2, 4, 32, 32))
    assert tuple(values.shape) == (2, 1, 7, 7) and (values >= 0).all() and (values <= 1).all()
    with pytest.raises(ConfigurationError, match='radius is 4'):
        PlaceUncertainty(radius=4)


@pytest.mark.parametrize('cells', [8, 16, 30])
def test_uncertainty_of_smaller_maps_has_the_same_displacements(cells) -> None:
    values = PlaceUncertainty(cells=cells)(torch.randn(2, 4, cells, cells))
    assert tuple(values.shape) == (2, 1, 7, 7)


@pytest.mark.parametrize('cells', [6, 15, 34])
def test_uncertainty_refuses_maps_that_the_layers_do_not_fit(cells) -> None:
    with pytest.raises(ConfigurationError, match=f'a map of {cells} cells'):
        PlaceUncertainty(cells=cells)
