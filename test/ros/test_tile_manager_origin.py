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

"""The map is placed on the earth by a parameter, else by the filter."""

import pytest
from ros_bench import overrides
import small_world
from tile_desk import Desk, HERE

from xview_loc.errors import ConfigurationError
from xview_loc.ros.fix_conversion import origin_message
from xview_loc.ros.handover import Handover
from xview_loc.ros.qos import LATCHED
from xview_loc.ros.tile_manager import TileManager

pytestmark = pytest.mark.ros


def test_the_origin_comes_from_the_filter_when_it_is_not_set(bench, tiles):
    desk = Desk(bench, tiles, map_origin=[])
    desk.tell(HERE, 10.0)
    bench.until_diagnosed('tile_manager: prior', 'origin of the map is not known',
                          meanwhile=lambda: desk.ask(10.0))
    bench.publish('map_origin', origin_message(small_world.FRAME, 1.0, 'map'), LATCHED)
    desk.until_job(10.0)


def test_the_fix_that_becomes_the_origin_is_a_prior_too(bench, tiles):
    desk = Desk(bench, tiles, map_origin=[])
    bench.publish('fix', small_world.fix(HERE, 10.0, sigma=1.0))
    bench.spin(0.05)
    bench.publish('map_origin', origin_message(small_world.FRAME, 1.0, 'map'), LATCHED)
    assert desk.until_job(10.0).prior.pose.distance_to(HERE) < 0.1


@pytest.mark.parametrize('origin, sentence', [
    ([48.9], 'it must be .latitude, longitude, altitude.'), ([95.0, 8.0, 0.0], '95')])
def test_an_origin_that_is_no_place_is_refused_at_the_start(bench, origin, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        TileManager(Handover(), parameter_overrides=overrides(map_origin=origin))


def test_integers_are_accepted_in_the_origin(bench):
    node = TileManager(Handover(), parameter_overrides=overrides(map_origin=[48, 8, 100]))
    assert node.config.map_origin == (48, 8, 100)
    node.destroy_node()
