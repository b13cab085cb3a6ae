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

"""The scenarios: what goes wrong, when, and how much."""

from __future__ import annotations

from dataclasses import dataclass, replace

Interval = tuple[float, float]


@dataclass(frozen=True)
class Scenario:
    """
    One kind of drive. Times are seconds since its start.

    :param name: as on the command line.
    :param route: kind of route, see :func:`xview_loc.scenarios.route.make_route`.
    :param duration_s: [s].
    :param wrong_share: share of scenes whose peak is somewhere else in the window.
    :param twin_share: share of scenes that look the same turned by 180 deg.
    :param ridge_share: share of scenes that do not tell where along the road the vehicle is.
    :param ridge_std_m: how far such a peak extends along the road [m].
    :param repeat_m: distance at which peaks repeat along the road [m]; 0 for never.
    :param contrast: height of the peaks relative to the ordinary.
    :param dark: intervals without any information in the images.
    :param outdated: intervals in which every peak is wrong.
    :param gnss_outages: intervals without fixes.
    :param gnss_std_m: standard deviation of the white GNSS error, as reported [m].
    :param gnss_multipath_m: standard deviation of the GNSS error that lasts for seconds [m].
    :param gnss_bias_m: standard deviation of the slow GNSS error [m].
    :param spoof: interval in which forged fixes walk away.
    :param spoof_speed: how fast they walk [m/s].
    :param kidnap_s: time at which the vehicle is somewhere else; ``None`` for never.
    :param kidnap_m: by at least and at most this much [m].
    :param shift_m: the imagery is displaced by this much in a random direction [m].
    :param step_s: from this time on the imagery is displaced by ``shift_m``; ``None``: always.
    :param latency_s: images and fixes arrive up to this much later [s].
    :param drop_share: share of images and fixes that never arrive.
    :param is_tracking: whether an honest filter can keep track all the time.
    """

    name: str
    route: str = 'urban'
    duration_s: float = 90.0
    wrong_share: float = 0.03
    twin_share: float = 0.05
    ridge_share: float = 0.1
    ridge_std_m: float = 4.0
    repeat_m: float = 0.0
    contrast: float = 1.0
    dark: tuple[Interval, ...] = ()
    outdated: tuple[Interval, ...] = ()
    gnss_outages: tuple[Interval, ...] = ()
    gnss_std_m: float = 1.5
    gnss_multipath_m: float = 1.0
    gnss_bias_m: float = 1.5
    spoof: Interval | None = None
    spoof_speed: float = 1.0
    kidnap_s: float | None = None
    kidnap_m: Interval = (15.0, 100.0)
    shift_m: float = 0.0
    step_s: float | None = None
    latency_s: float = 0.0
    drop_share: float = 0.0
    is_tracking: bool = True


GOOD_GNSS = Scenario('', gnss_std_m=0.5, gnss_multipath_m=0.3, gnss_bias_m=0.2)

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in (
    Scenario('urban'),
    Scenario('highway', route='highway', ridge_share=0.6, ridge_std_m=8.0, repeat_m=12.0),
    Scenario('roundabout', route='roundabout', twin_share=0.2),
    Scenario('tunnel', route='urban', duration_s=130.0, dark=((30.0, 90.0),),
             gnss_outages=((30.0, 90.0),)),
    Scenario('rural', route='rural', ridge_share=0.7, ridge_std_m=10.0, contrast=0.6,
             dark=((20.0, 26.0), (40.0, 50.0))),
    Scenario('parking', route='parking'),
    Scenario('night', contrast=0.3, wrong_share=0.1, dark=((30.0, 45.0),)),
    Scenario('construction', outdated=((35.0, 55.0),)),
    Scenario('kidnap', kidnap_s=30.0, is_tracking=False),
    # The first fix, 33 m off (one sigma per axis), stays the only one.
    Scenario('wide_prior', gnss_std_m=33.0, gnss_bias_m=0.1, gnss_multipath_m=0.1,
             gnss_outages=((0.5, 1e9),), is_tracking=False),
    Scenario('spoof', spoof=(30.0, 80.0)),
    # An offset is known no better than GNSS: these drives have a good receiver.
    replace(GOOD_GNSS, name='imagery_shift', shift_m=3.0),
    replace(GOOD_GNSS, name='imagery_step', shift_m=3.0, step_s=30.0),
    # The same measurements are lost as under latency, but none is late: what lateness costs.
    Scenario('dropped', drop_share=0.2),
    Scenario('latency', latency_s=1.0, drop_share=0.2),
    Scenario('wrong_peaks', wrong_share=0.3),
)}


def blind_intervals(scenario: Scenario) -> list[Interval]:
    """Return when neither images nor fixes tell anything: tunnels."""
    overlaps = [(max(dark[0], out[0]), min(dark[1], out[1]))
                for dark in scenario.dark for out in scenario.gnss_outages]
    return [(start, end) for start, end in overlaps if start < end]


def within(stamp: float, intervals: tuple[Interval, ...]) -> bool:
    """Tell whether a stamp lies in any interval."""
    return any(start <= stamp < end for start, end in intervals)
