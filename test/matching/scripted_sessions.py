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

"""Sessions that fail on a schedule, and what they are asked."""

import numpy as np

from xview_loc.matching.graph_session import GraphSession, SessionSettings


def images(seed: int = 0, batch: int = 2) -> dict[str, np.ndarray]:
    """Return input of the ground graph."""
    random = np.random.default_rng(seed)
    return {'images': random.integers(0, 255, (batch, 64, 256, 3), dtype=np.uint8)}


class Scripted:
    """
    Opens real sessions on the CPU, whatever provider they are asked for, and lets some fail.

    :param open_faults: number of failures to open by provider.
    :param run_faults: number of failures to run by provider.
    """

    def __init__(self, open_faults=(), run_faults=()):
        self.opened = []
        self._open_faults, self._run_faults = dict(open_faults), dict(run_faults)

    def __call__(self, settings: SessionSettings):
        self.opened.append((settings.provider, settings.path.stem))
        self._fail(self._open_faults, settings.provider, 'the device is gone')
        session = GraphSession(SessionSettings(settings.path, 'cpu', {}, settings.threads))
        original = session.run

        def run(inputs, keep=False):
            self._fail(self._run_faults, settings.provider, 'out of memory.\n  More detail')
            return original(inputs, keep)

        session.provider, session.run = settings.provider, run
        return session

    @staticmethod
    def _fail(faults, provider, message):
        if faults.get(provider, 0):
            faults[provider] -= 1
            raise RuntimeError(message)
