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

"""Run scenarios and baselines; the result is what ``xview-loc scenarios --json`` prints."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Mapping, Sequence

from xview_loc.errors import ConfigurationError
from xview_loc.scenarios.baselines import make_methods
from xview_loc.scenarios.drive import make_drive
from xview_loc.scenarios.metrics import pooled, summarise
from xview_loc.scenarios.rendered_drive import make_rendered_drive, RENDERED_SCENARIOS
from xview_loc.scenarios.run_drive import AnyDrive, DriveTrack, run_drive
from xview_loc.scenarios.scenario import SCENARIOS

Progress = Callable[[int, int], None]
ALL_SCENARIOS = {**SCENARIOS, **RENDERED_SCENARIOS}


@dataclass(frozen=True)
class _Job:
    """One drive of one scenario with some methods."""

    scenario: str
    seed: int
    methods: tuple[str, ...]


def run_scenarios(names: Iterable[str] | None = None, drives: int = 10, seed: int = 0,
                  methods: Sequence[str] | None = None, workers: int = 1,
                  progress: Progress | None = None) -> dict[str, Any]:
    """
    Run seeded drives of scenarios through methods.

    :param names: scenarios; all that are not rendered when ``None``.
    :param drives: drives per scenario.
    :param seed: of the first drive; the same seed gives the same figures.
    :param methods: names of methods; all when ``None``.
    :param workers: processes to use.
    :param progress: told the number of drives done and in all.
    :return: ``drives``, ``seed``, ``scenarios`` (figures by scenario and method), and by method
        the figures of all of them together: ``tracking`` for those in which track can be kept all
        the time, ``all`` for the rest too.
    :raises ConfigurationError: when a scenario or method is unknown or a number is not positive.
    """
    chosen = _known(SCENARIOS if names is None else names, ALL_SCENARIOS, 'scenario')
    wanted = _known(methods, make_methods(0), 'method')
    if drives < 1 or workers < 1:
        raise ConfigurationError(
            f'{drives} drives with {workers} workers: both numbers must be at least 1.')
    jobs = [_Job(name, seed + k, wanted) for name in chosen for k in range(drives)]
    tracks: dict[str, dict[str, list[DriveTrack]]] = {
        name: {method: [] for method in wanted} for name in chosen}
    for done, (job, result) in enumerate(zip(jobs, _results(jobs, workers)), start=1):
        for method, track in result.items():
            tracks[job.scenario][method].append(track)
        if progress is not None:
            progress(done, len(jobs))
    return {'drives': drives, 'seed': seed, **figures_of(tracks)}


def figures_of(tracks: Mapping[str, Mapping[str, list[DriveTrack]]]) -> dict[str, Any]:
    """
    Turn tracks into figures.

    :param tracks: by scenario and method, at least one of each.
    :return: ``scenarios``, ``tracking`` and ``all``, see :func:`run_scenarios`.
    """
    tracking = [name for name in tracks if ALL_SCENARIOS[name].is_tracking]
    return {
        'scenarios': {
            name: {method: summarise(ALL_SCENARIOS[name], drives)
                   for method, drives in each.items()} for name, each in tracks.items()},
        'tracking': _pooled_over(tracks, tracking), 'all': _pooled_over(tracks, list(tracks))}


def _pooled_over(tracks, names):
    """Return the figures of each method over all drives of some scenarios."""
    methods = dict.fromkeys(method for name in names for method in tracks[name])
    return {method: pooled([
        track for name in names for track in tracks[name].get(method, ())])
        for method in methods}


def _known(names, table, kind) -> tuple[str, ...]:
    chosen = tuple(table if names is None else names)
    for name in chosen:
        if name not in table:
            raise ConfigurationError(
                f"There is no {kind} '{name}'; there are: {', '.join(table)}.")
    return chosen


def _results(jobs, workers):
    if workers == 1:
        yield from map(_run, jobs)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_run, jobs)


def _run(job: _Job) -> dict[str, DriveTrack]:
    drive: AnyDrive = (make_rendered_drive(job.scenario, job.seed)
                       if job.scenario in RENDERED_SCENARIOS
                       else make_drive(SCENARIOS[job.scenario], job.seed))
    factories = make_methods(job.seed)
    return {name: run_drive(drive, factories[name]()) for name in job.methods}
