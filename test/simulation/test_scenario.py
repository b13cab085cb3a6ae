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

"""The scenarios have names and can be laid out."""

import numpy as np
import pytest

from xview_loc.errors import ConfigurationError
from xview_loc.simulation.drive import plan_drive
from xview_loc.simulation.scenario import get_scenario, local_frame, scenario_names

ALL = pytest.mark.parametrize('name', scenario_names())


def test_the_default_comes_first_and_all_announced_names_exist():
    assert scenario_names()[0] == 'urban'
    assert {'urban', 'urban_black', 'highway', 'rural', 'panorama'} <= set(scenario_names())


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ConfigurationError, match="'moon'.*urban, urban_black"):
        get_scenario('moon')


@ALL
@pytest.mark.parametrize('seed', [1, 2, 3])
def test_every_seed_gives_a_route_long_enough_and_inside_its_world(name, seed):
    scenario = get_scenario(name)
    layout = scenario.layout(np.random.default_rng([seed, 0]))
    drive = plan_drive(layout.route, scenario.motion, np.random.default_rng(seed))
    west, south, east, north = layout.bounds
    x, y = drive.pose[:, 0], drive.pose[:, 1]
    assert west + 60.0 < x.min() and x.max() < east - 60.0
    assert south + 60.0 < y.min() and y.max() < north - 60.0


@ALL
def test_the_route_keeps_to_the_right_half_of_a_road(name):
    layout = get_scenario(name).layout(np.random.default_rng([4, 0]))
    points = layout.route.at(np.arange(5.0, layout.route.length - 5.0, 2.0))
    nearest = np.min([road.centre.distance_to(points) - road.half_width
                      for road in layout.roads], axis=0)
    assert (nearest < -0.5).mean() > 0.97


def test_the_urban_drive_turns_both_ways_and_stops_once():
    scenario = get_scenario('urban')
    layout = scenario.layout(np.random.default_rng([1, 0]))
    drive = plan_drive(layout.route, scenario.motion, np.random.default_rng(1))
    assert drive.yaw_rate.max() > 0.2 and drive.yaw_rate.min() < -0.2
    slow = np.diff(np.concatenate([[0], (drive.speed < 0.3).astype(int), [0]]))
    assert (slow == 1).sum() == 1
    assert drive.speed.max() == pytest.approx(14.0, abs=0.5)


def test_a_shorter_drive_is_the_same_road_ended_earlier():
    whole, part = get_scenario('urban'), get_scenario('urban').lasting(20.0)
    layout = whole.layout(np.random.default_rng([1, 0]))
    drives = [plan_drive(layout.route, scenario.motion, np.random.default_rng(1))
              for scenario in (whole, part)]
    assert len(drives[1]) == 2001
    assert np.allclose(drives[0].pose[:1900], drives[1].pose[:1900], atol=1e-6)
    with pytest.raises(ConfigurationError, match='nan'):
        whole.lasting(float('nan'))


def test_the_datum_maps_to_the_origin():
    frame = local_frame()
    x, y, z = frame.map_from_geodetic(48.9, 8.5)
    assert (float(x), float(y), float(z)) == pytest.approx((0.0, 0.0, 0.0), abs=1e-6)
