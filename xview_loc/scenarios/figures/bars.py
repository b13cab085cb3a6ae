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

"""What the filter is held against, over the whole suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xview_loc.scenarios.figures.lateness_cost import lateness_cost
from xview_loc.scenarios.scenario import SCENARIOS

LATENESS = 'median error of latency over that of dropped'

Figures = Mapping[str, Any]
Demand = tuple[str, float | None, float | None, float | None]


@dataclass(frozen=True)
class Bar:
    """
    One demand and whether it is met.

    :param name: what is demanded, for people.
    :param value: the measured figure.
    :param lowest: the least that is allowed; ``None`` for no bound.
    :param highest: the most that is allowed; ``None`` for no bound.
    :param note: what to know of it.
    """

    name: str
    value: float
    lowest: float | None = None
    highest: float | None = None
    note: str = ''

    @property
    def bounds(self) -> str:
        """Return what is allowed, for people."""
        if self.lowest is None:
            return f'at most {self.highest:g}'
        return (f'at least {self.lowest:g}' if self.highest is None
                else f'{self.lowest:g} to {self.highest:g}')

    @property
    def is_met(self) -> bool:
        """Tell whether the figure keeps its bounds."""
        return ((self.lowest is None or self.value >= self.lowest)
                and (self.highest is None or self.value <= self.highest))


def bars_of(result: Mapping[str, Any], method: str) -> list[Bar]:
    """
    Hold a method against the bars that its scenarios allow to judge.

    :param result: of :func:`xview_loc.scenarios.run_scenarios.run_scenarios`.
    :param method: one that was run.
    """
    scenarios = {name: figures[method] for name, figures in result['scenarios'].items()
                 if method in figures}
    demands = [*_consistency(result['tracking'].get(method, {})),
               *_trust(result['all'].get(method, {})), *_events(scenarios), *_ratios(scenarios)]
    return [Bar(name, value, lowest, highest, _note(name))
            for name, value, lowest, highest in demands if value is not None]


def _note(name: str) -> str:
    if name != LATENESS:
        return ''
    least = lateness_cost(SCENARIOS['latency'])
    return (f'A pose of now cannot know images that have not arrived: the best linear filter pays '
            f'{least:.3f} at 9 m/s, straight on.')


def _consistency(tracking: Figures) -> Iterator[Demand]:
    yield 'ANEES of all that can be tracked', tracking.get('anees'), 0.8, 1.2
    yield ('the same without 150 m after a step of the imagery',
           tracking.get('anees_outside_allowance'), 0.8, 1.2)
    yield 'share of truths in the 95 % ellipse', tracking.get('coverage95'), 0.92, 0.98


def _trust(together: Figures) -> Iterator[Demand]:
    yield 'AUROC of lost detection, every sample', together.get('lost_auroc'), 0.98, None
    yield ('the same without the 3 s or 30 m that an alarm may take',
           together.get('lost_auroc_outside_allowance'), 0.98, None)
    yield 'false alarms per hour', together.get('false_alarms_per_h'), None, 0.1
    yield ('longest time converged and more than 10 m off [s]',
           together.get('confidently_wrong_s'), None, 5.0)


def _events(scenarios: Mapping[str, Figures]) -> Iterator[Demand]:
    for name, figure, says, lowest, highest in (
            ('kidnap', 'alarms_in_time', 'share of kidnaps called lost within 3 s or 30 m',
             1.0, None),
            ('kidnap', 'alarms_in_time_unless_back',
             'the same without vehicles that came back by themselves', 1.0, None),
            ('kidnap', 'recovered_60s', 'share found again within 60 s of a kidnap', 0.95, None),
            ('wide_prior', 'recovered_60s', 'share found within 60 s in a prior of 100 m',
             0.95, None),
            ('spoof', 'worst_trusted_m', 'worst converged error under forged fixes [m]',
             None, 2.0),
            ('imagery_shift', 'offset_error_500m',
             'error of the offset of imagery displaced by 3 m after 500 m [m]', None, 0.3),
            ('imagery_step', 'absorbed_m_p95',
             'way until a step of the imagery is absorbed, 95 % [m]', None, 150.0)):
        yield says, scenarios.get(name, {}).get(figure), lowest, highest


def _ratios(scenarios: Mapping[str, Figures]) -> Iterator[Demand]:
    for name, figure, other, highest in (
            ('latency', 'median_m', 'dropped', 1.05),
            ('latency', 'median_complete_m', 'dropped', 1.05),
            ('wrong_peaks', 'median_m', 'urban', 1.5),
            ('tunnel', 'median_outside_tunnel_m', 'urban', 1.5),
            ('spoof', 'median_m', 'urban', 1.5)):
        own = scenarios.get(name, {}).get(figure)
        reference = scenarios.get(other, {}).get(
            'median_m' if figure == 'median_outside_tunnel_m' else figure)
        complete = ', poses of 1.25 s ago' if figure == 'median_complete_m' else ''
        yield (f'median error of {name} over that of {other}{complete}',
               own / reference if own is not None and reference else None, None, highest)
