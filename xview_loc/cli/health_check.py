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

"""What doctor looks at, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How a check ended."""

    PASS = 'PASS'
    WARN = 'WARN'
    FAIL = 'FAIL'


@dataclass(frozen=True)
class HealthCheck:
    """
    The outcome of one check.

    :param name: what was checked.
    :param verdict: PASS, WARN (works, but something is off) or FAIL.
    :param message: what was found.
    :param advice: what to do about it; '' when nothing.
    """

    name: str
    verdict: Verdict
    message: str
    advice: str = ''

    def as_record(self) -> dict[str, str]:
        """Return the check as plain values."""
        return {'name': self.name, 'status': self.verdict.value, 'message': self.message,
                'advice': self.advice}


def passed(name: str, message: str) -> HealthCheck:
    """Return a check that found nothing wrong."""
    return HealthCheck(name, Verdict.PASS, message)


def warning(name: str, message: str, advice: str) -> HealthCheck:
    """Return a check that found something that works less well than it could."""
    return HealthCheck(name, Verdict.WARN, message, advice)


def failed(name: str, message: str, advice: str) -> HealthCheck:
    """Return a check that found something that does not work."""
    return HealthCheck(name, Verdict.FAIL, message, advice)
