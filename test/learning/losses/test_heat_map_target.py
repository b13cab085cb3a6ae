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

import pytest
import torch

from xview_loc.errors import LearningError
from xview_loc.learning.losses.heat_map_target import (
    heat_map_target, kitti_offsets, Quantisation, vigor_offsets)


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


@pytest.mark.parametrize(('listed', 'degrees', 'exact', 'peak', 'heading'), [
    ((-.3455326, -.9653194, -.0077375486), 10, (220.5776, 354.5405), (353, 221), 90.077375),
    ((-.3455326, -.9653194, -.0077375486), 180, (218.3249, 353.7014), (352, 219), 91.392759),
    ((.37390798, .36219868, -.75242347), 10, (298.7023, 224.3276), (225, 297), 97.524235),
    ((.37390798, .36219868, -.75242347), 180, (254.7497, 309.1514), (308, 255), 225.436225),
    ((.933891, .42439047, .95673674), 10, (342.8479, 197.4072), (198, 341), 80.432633),
    ((.933891, .42439047, .95673674), 180, (155.6283, 286.0198), (285, 156), 277.787387)])
def test_kitti_positions_and_headings_are_those_of_the_specification(
        listed, degrees, exact, peak, heading) -> None:
    noise = torch.tensor([listed], dtype=torch.float64) * torch.tensor([-1.0, -1.0, 1.0])
    found, angle = kitti_offsets(noise, math.radians(degrees))
    column, row = exact
    assert (found[0] + 256).tolist() == pytest.approx([row, column], abs=1e-4)
    assert math.degrees(angle.item()) % 360 == pytest.approx(heading, abs=1e-6)
    truncated, _ = kitti_offsets(noise, math.radians(degrees), reference=True)
    assert peaks(heat_map_target(truncated, reference=True)) == [peak]
