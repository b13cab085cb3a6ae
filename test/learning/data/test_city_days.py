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


"""Cities look alike, or each as it does."""

from xview_loc.learning.data.city_days import Day, Days, photo_and_drive
from xview_loc.simulation.appearance import drive_day, Era, photo_day


def test_the_days_of_the_scenarios_are_the_same_everywhere() -> None:
    for seed in (1, 2):
        assert photo_and_drive(Days.SCENARIO, seed) == (Day(photo_day()), Day(drive_day()))


def test_varied_days_are_those_of_the_city_and_keep_their_eras() -> None:
    days = {seed: photo_and_drive(Days.VARIED, seed) for seed in (1, 2, 1001)}
    assert days[1] == photo_and_drive(Days.VARIED, 1)
    assert len({day.appearance.sun_yaw for pair in days.values() for day in pair}) == 6
    assert len({day.sensor for pair in days.values() for day in pair}) == 6
    for photo, drive in days.values():
        assert (photo.appearance.era, drive.appearance.era) == (Era.PHOTO, Era.DRIVE)
