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

"""A ROS domain that no other replay on this machine uses at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
import os
from pathlib import Path
import tempfile

from xview_loc.errors import ConfigurationError

# Ids up to 101 keep the middleware's ports below Linux's ephemeral range.
LAST_DOMAIN = 101


@contextmanager
def reserved_domain() -> Iterator[int]:
    """
    Reserve a ROS domain until the block is left.

    :return: an id in [1, 101].
    :raises ConfigurationError: when all are taken.
    """
    for offset in range(LAST_DOMAIN):
        domain = 1 + (os.getpid() + offset) % LAST_DOMAIN
        name = f'xview_loc_ros_domain_{domain}_{os.getuid()}.lock'
        with (Path(tempfile.gettempdir()) / name).open('w') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield domain
            return
    raise ConfigurationError(
        f'All {LAST_DOMAIN} ROS domains are in use by other replays on this machine.')
