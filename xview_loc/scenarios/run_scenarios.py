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

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xview_loc.errors import ConfigurationError
from xview_loc.scenarios.baselines import make_methods
from xview_loc.scenarios.drive import make_drive
from xview_loc.scenarios.drive_log import DriveKey, DriveLog
from xview_loc.scenarios.drive_track import DriveResult
from xview_loc.scenarios.figures.metrics import pooled, summarise
from xview_loc.scenarios.rendered_drive import make_rendered_drive, RENDERED_SCENARIOS
from xview_loc.scenarios.run_drive import AnyDrive, run_drive
from xview_loc.scenarios.scenario import SCENARIOS

Progress = Callable[[int, int], None]
ALL_SCENARIOS = {**SCENARIOS, **RENDERED_SCENARIOS}


@dataclass(frozen=True)
class _Job:
    """One drive of one scenario with some methods."""

    scenario: str
    seed: int
    methods: tuple[str, ...]

    @property
    def keys(self) -> tuple[DriveKey, ...]:
        """Return the names of its results."""
        return tuple((self.scenario, self.seed, method) for method in self.methods)


def run_scenarios(names: Iterable[str] | None = None, drives: int = 10, seed: int = 0,
                  methods: Sequence[str] | None = None, workers: int = 1,
                  progress: Progress | None = None, log: Path | None = None) -> dict[str, Any]:
    """
    Run seeded drives of scenarios through methods.

    The first drive of every scenario comes before the second of any, so that a run that is cut
    short knows all scenarios equally well.

    :param names: scenarios; all that are not rendered when ``None``.
    :param drives: drives per scenario.
    :param seed: of the first drive; the same seed gives the same figures.
    :param methods: names of methods; all when ``None``.
    :param workers: processes to use.
    :param progress: told the number of drives done and in all, at first those of the log.
    :param log: file to which drives are written as they end and from which those that it has are
        taken, see :class:`xview_loc.scenarios.drive_log.DriveLog`.
    :return: ``drives``, ``seed`` and what :func:`figures_of` returns.
    :raises ConfigurationError: when a scenario or method is unknown, a number is not positive, or
        the log was written by another state of the program.
    """
    chosen = _known(SCENARIOS if names is None else names, ALL_SCENARIOS, 'scenario')
    wanted = _known(methods, make_methods(0), 'method')
    if drives < 1 or workers < 1:
        raise ConfigurationError(
            f'{drives} drives with {workers} workers: both numbers must be at least 1.')
    jobs = [_Job(name, seed + k, wanted) for k in range(drives) for name in chosen]
    known = DriveLog(log, ALL_SCENARIOS) if log is not None else None
    results = dict(known.results) if known is not None else {}
    missing = [job for job in jobs if any(key not in results for key in job.keys)]
    tell = progress or (lambda done, total: None)
    tell(len(jobs) - len(missing), len(jobs))
    for left, (job, driven) in enumerate(zip(missing, _driven(missing, workers)), start=1):
        for key, result in zip(job.keys, driven):
            if known is not None and key not in results:
                known.append(result)
            results[key] = result
        tell(len(jobs) - len(missing) + left, len(jobs))
    wanted_results = [results[key] for job in jobs for key in job.keys]
    return {'drives': drives, 'seed': seed, **figures_of(wanted_results)}


def figures_of(results: Iterable[DriveResult]) -> dict[str, Any]:
    """
    Turn tracks into figures.

    :param results: at least one.
    :return: ``scenarios`` (figures by scenario and method), and by method the figures of all of
        them together: ``tracking`` for those in which track can be kept all the time, ``all`` for
        the rest too.
    """
    sorted_out: dict[str, dict[str, list[DriveResult]]] = {}
    for result in results:
        of_scenario = sorted_out.setdefault(result.scenario.name, {})
        of_scenario.setdefault(result.method, []).append(result)
    return {
        'scenarios': {name: {method: summarise(drives) for method, drives in each.items()}
                      for name, each in sorted_out.items()},
        'tracking': _pooled_over(sorted_out, lambda scenario: scenario.is_tracking),
        'all': _pooled_over(sorted_out, lambda scenario: True)}


def _pooled_over(sorted_out, wanted):
    """Return the figures of each method over all drives of the scenarios that are wanted."""
    together: dict[str, list[DriveResult]] = {}
    for each in sorted_out.values():
        for method, drives in each.items():
            together.setdefault(method, []).extend(
                drive for drive in drives if wanted(drive.scenario))
    return {method: pooled(drives) for method, drives in together.items() if drives}


def _known(names, table, kind) -> tuple[str, ...]:
    chosen = tuple(table if names is None else names)
    for name in chosen:
        if name not in table:
            raise ConfigurationError(
                f"There is no {kind} '{name}'; there are: {', '.join(table)}.")
    return chosen


def _driven(jobs, workers) -> Iterator[list[DriveResult]]:
    if workers == 1:
        yield from map(_run, jobs)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_run, jobs)


def _run(job: _Job) -> list[DriveResult]:
    scenario = ALL_SCENARIOS[job.scenario]
    drive: AnyDrive = (make_rendered_drive(job.scenario, job.seed)
                       if job.scenario in RENDERED_SCENARIOS else make_drive(scenario, job.seed))
    factories = make_methods(job.seed)
    return [DriveResult(scenario, job.seed, name, run_drive(drive, factories[name]()))
            for name in job.methods]
