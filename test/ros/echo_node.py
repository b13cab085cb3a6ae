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

"""A managed node that echoes words and remembers what happened to it."""

from __future__ import annotations

from dataclasses import dataclass

from ros_bench import overrides
from std_msgs.msg import String

from xview_loc.errors import ConfigurationError
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.parameters import parameter
from xview_loc.ros.qos import LATCHED, SENSOR


@dataclass(frozen=True)
class EchoConfig:
    """Parameters of the node under test."""

    gain: float = parameter(1.0, 'Gain.', unit='m', minimum=0.0, maximum=2.0)
    source: str = parameter('here', 'Source.', at_configure=True)
    low: int = parameter(1, 'Low.', minimum=0, maximum=10)
    high: int = parameter(5, 'High.', minimum=0, maximum=10)

    def __post_init__(self) -> None:
        """Refuse a reversed pair."""
        if self.low > self.high:
            raise ConfigurationError(f'low is {self.low}; it must be at most {self.high}.')


class Echo(ManagedNode):
    """Echoes words and remembers what happened to it."""

    def __init__(self, **values):
        self.happened = []
        self.fault = None
        super().__init__('echo', EchoConfig, parameter_overrides=overrides(**values))

    def configure(self):
        self.happened.append('configure')
        if self.fault:
            raise self.fault
        self.out = self.advertise(String, 'out', LATCHED)

    def activate(self):
        self.happened.append('activate')
        if self.fault:
            raise self.fault
        self.listen(String, 'in', self.out.publish, SENSOR, overridable=True)
        self.every(0.01, lambda: self.happened.append('tick'))

    def deactivate(self):
        self.happened.append('deactivate')

    def cleanup(self):
        self.happened.append('cleanup')

    def config_changed(self):
        self.happened.append('changed')

    def time_jumped(self):
        self.happened.append('jumped')

    def stop_workers(self):
        self.happened.append('stopped')


def echoes(bench, word='hello', timeout=60.0):
    """Send a word until it comes back."""
    heard = bench.collect(String, 'out')
    bench.until(lambda: any(message.data == word for message in heard), f'{word} comes back',
                timeout, meanwhile=lambda: bench.publish('in', String(data=word)))
