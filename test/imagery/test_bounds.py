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

"""Areas on the earth."""

import pytest

from xview_loc.errors import ImageryError
from xview_loc.imagery.bounds import bounds_of, centre_of, check_bounds, covers, union, width_deg


def test_points_across_the_antimeridian_have_a_narrow_area():
    assert bounds_of([10.0, 11.0], [179.5, -179.5]) == pytest.approx((179.5, 10.0, -179.5, 11.0))


def test_an_area_up_to_the_antimeridian_ends_at_180():
    assert bounds_of([0.0, 1.0], [170.0, 180.0]) == pytest.approx((170.0, 0.0, 180.0, 1.0))


def test_the_centre_lies_inside_also_across_the_antimeridian():
    assert centre_of((8.0, 48.0, 10.0, 50.0)) == (49.0, 9.0)
    assert centre_of((179.0, 0.0, -177.0, 2.0)) == (1.0, -179.0)


@pytest.mark.parametrize(('place', 'inside'), [
    ((49.0, 8.0), True), ((49.0, 10.0), True), ((49.0, 7.9), False), ((50.1, 9.0), False)])
def test_the_rim_belongs_to_the_area(place, inside):
    assert covers((8.0, 48.0, 10.0, 50.0), *place) is inside


def test_an_area_across_the_antimeridian_covers_both_sides():
    area = (179.0, 0.0, -179.0, 2.0)
    assert covers(area, 1.0, 179.5) and covers(area, 1.0, -179.5)
    assert not covers(area, 1.0, 178.0)
    assert width_deg(area) == 2.0


def test_the_union_holds_all_areas_also_across_the_antimeridian():
    assert union([(8.0, 48.0, 9.0, 49.0), (5.0, 47.0, 6.0, 48.0)]) == (5.0, 47.0, 9.0, 49.0)
    assert union([(179.0, 0.0, 179.5, 1.0), (-179.5, 1.0, -179.0, 2.0)]) == (
        179.0, 0.0, -179.0, 2.0)
    assert union([(-180.0, 0.0, 0.0, 1.0), (-10.0, 1.0, 180.0, 2.0)]) == (-180.0, 0.0, 180.0, 2.0)


@pytest.mark.parametrize('wrong', [
    (8.0, 50.0, 9.0, 49.0), (8.0, 48.0, 8.0, 49.0), (8.0, 48.0, 9.0, 91.0),
    (200.0, 48.0, 201.0, 49.0), (8.0, 48.0, float('nan'), 49.0), (8.0, 48.0, 9.0)])
def test_what_is_no_area_is_refused(wrong):
    with pytest.raises(ImageryError):
        check_bounds(wrong)
