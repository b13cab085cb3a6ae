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

"""The headline figures of demo and replay, for programs and for people."""

from __future__ import annotations

from collections.abc import Mapping
import math
from pathlib import Path
from typing import Any

# The order of the keys is the contract with programs that read them.
_LABELS = {
    'median_error_m': ('median position error', 'm', 2),
    'p95_error_m': ('95 % of positions within', 'm', 2),
    'median_heading_error_deg': ('median heading error', 'deg', 2),
    'gnss_median_error_m': ('GNSS only, median', 'm', 2),
    'odometry_final_error_m': ('odometry only, at the end', 'm', 2),
    'blind_median_error_m': ('with black images, median', 'm', 2),
    'matches_per_s': ('matches per second', '1/s', 1),
    'latency_ms_p50': ('latency, median', 'ms', 0),
    'latency_ms_p95': ('latency, 95 %', 'ms', 0),
    'lost_s': ('time lost', 's', 1),
    'anees': ('average NEES (1 is ideal)', '', 2),
}


def headline_record(status: str, figures: Mapping[str, float], report: Path) -> dict[str, Any]:
    """
    Return the JSON object of ``demo`` and ``replay``.

    :param status: PASS or FAIL.
    :param figures: as from :func:`xview_loc.report.evaluation.evaluate`.
    :param report: path of the page.
    """
    return {'status': status, **{key: figures[key] for key in _LABELS}, 'report': str(report)}


def figure_rows(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """
    Return the known figures as words.

    :param record: as from :func:`headline_record`.
    """
    rows = []
    for key, (label, unit, digits) in _LABELS.items():
        value = record[key]
        if math.isfinite(value):
            rows.append((label, f'{value:.{digits}f} {unit}'.rstrip()))
    return rows
