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

from xview_loc.errors import LearningError
from xview_loc.learning.losses.heat_map_target import (
    heat_map_target, Quantisation, vigor_offsets)


def offsets(*pairs: tuple[float, float]) -> torch.Tensor:
    """Return offsets, (B, 2) float64."""
    return torch.tensor(pairs, dtype=torch.float64)


def peaks(target: torch.Tensor) -> list[tuple[int, int]]:
    """Return row and column of the largest value of each map."""
    size = target.shape[-1]
    return [divmod(int(index), size) for index in target.flatten(1).argmax(dim=1)]


def test_reference_peaks_are_those_of_the_specification() -> None:
    target = heat_map_target(offsets(
        (10, -20), (100, -100), (200, 150), (-200, -250), (255, 255), (-256, -256)),
        reference=True)
    assert peaks(target) == [(265, 236), (355, 156), (455, 405), (56, 6), (510, 510), (0, 0)]


def test_reference_sum_and_height_are_those_of_the_specification() -> None:
    target = heat_map_target(offsets((10, -20), (0, 0)), reference=True)
    assert target[0].sum().item() == pytest.approx(100.1386, abs=5e-5)
    assert target[1].max().item() == pytest.approx(0.984436, abs=5e-7)


@pytest.mark.parametrize(('label', 'truncated'), [
    ((23, -29), (273, 278)), ((-139, -34), (145, 282)), ((156, 40), (379, 224)),
    ((-71, -141), (200, 367)), ((-54, 95), (213, 180))])
def test_truncated_vigor_labels_peak_where_the_specification_says(label, truncated) -> None:
    found = vigor_offsets(offsets(label), quantisation=Quantisation.TRUNCATE)
    assert peaks(heat_map_target(found, reference=True)) == [truncated]


def test_rounded_vigor_labels_peak_where_the_specification_says() -> None:
    found = vigor_offsets(offsets((156, 40), (-71, -141)), quantisation=Quantisation.ROUND)
    assert peaks(heat_map_target(found, reference=True)) == [(380, 224), (199, 368)]


def test_mean_of_the_corrected_target_is_the_exact_position() -> None:
    exact = vigor_offsets(offsets((23, -29), (-139.3, 34.8)))
    assert exact.tolist() == [pytest.approx([18.4, 23.2]), pytest.approx([-111.44, -27.84])]
    target = heat_map_target(exact)
    centres = torch.arange(512, dtype=torch.float64) + 0.5
    for index, values in enumerate(target[:, 0]):
        weights = values / values.sum()
        mean = [(weights.sum(dim=1) * centres).sum(), (weights.sum(dim=0) * centres).sum()]
        assert [value.item() - 256 for value in mean] == pytest.approx(exact[index].tolist())


def test_offsets_of_another_shape_are_refused() -> None:
    with pytest.raises(LearningError, match=r'\(3,\)'):
        heat_map_target(torch.zeros(3))
