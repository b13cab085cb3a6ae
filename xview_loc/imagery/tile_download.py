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

"""One tile from a server, with everything that can go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from threading import Event
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from xview_loc.errors import ImageryError
from xview_loc.imagery.rate_limiter import RateLimiter
from xview_loc.imagery.tile_codec import is_complete

LARGEST_TILE_BYTES = 16 * 2 ** 20
CHUNK_BYTES = 64 * 2 ** 10

_ABSENT = (204, 404, 410)
_REFUSED = (401, 402, 403, 407, 451)


class TileRefusedError(ImageryError):
    """The server does not want to serve us; asking for more tiles would be impolite."""


class TileFailedError(ImageryError):
    """A tile could not be had after all retries."""


@dataclass(frozen=True)
class DownloadPolicy:
    """
    How a server is asked.

    :param user_agent: who asks; servers want a name and a contact.
    :param requests_per_second: the most requests a second, of all threads together.
    :param connections: requests at the same time.
    :param attempts: how often a tile is asked for before it counts as failed.
    :param backoff_s: wait before the second attempt, doubled before each further one [s].
    :param longest_backoff_s: the longest wait, also when the server asks for more [s].
    :param timeout_s: the most silence, and the most time that a tile may trickle [s].
    :raises ImageryError: when a value is out of range.
    """

    user_agent: str = 'xview_loc (offline imagery pack)'
    requests_per_second: float = 4.0
    connections: int = 2
    attempts: int = 6
    backoff_s: float = 1.0
    longest_backoff_s: float = 60.0
    timeout_s: float = 20.0

    def __post_init__(self):
        """Refuse what would be impolite or endless."""
        if not self.user_agent.strip():
            raise ImageryError('The user agent is empty; servers want to know who asks.')
        if not 1 <= self.connections <= 8:
            raise ImageryError(f'{self.connections} connections at once are not allowed; use 1 '
                               'to 8.')
        if self.attempts < 1:
            raise ImageryError(f'{self.attempts} attempts are too few; use at least 1.')
        for name in ('requests_per_second', 'backoff_s', 'longest_backoff_s', 'timeout_s'):
            if not getattr(self, name) > 0.0:
                raise ImageryError(f'{name} is {getattr(self, name)}; it must be positive.')


class TileDownloader:
    """
    Downloads tiles one at a time; several threads may share it.

    :param policy: how the server is asked.
    :param sleep: waits for seconds; by default until :meth:`stop`.
    """

    def __init__(self, policy: DownloadPolicy, sleep: Callable[[float], object] | None = None):
        self.policy = policy
        self._stopped = Event()
        self._sleep = self._stopped.wait if sleep is None else sleep
        self._limiter = RateLimiter(policy.requests_per_second, sleep=self._sleep)

    def stop(self) -> None:
        """End all waits; no further request is sent."""
        self._stopped.set()

    def download(self, url: str) -> bytes | None:
        """
        Return a complete png, jpg or webp tile, or ``None`` where the server has none.

        :param url: its address.
        :raises TileRefusedError: when the server refuses access.
        :raises TileFailedError: when all attempts failed.
        """
        reason = ''
        for attempt in range(self.policy.attempts):
            if attempt > 0:
                self._sleep(min(self.policy.backoff_s * 2.0 ** (attempt - 1),
                                self.policy.longest_backoff_s))
            self._limiter.wait()
            if self._stopped.is_set():
                raise TileFailedError('because the download was stopped')
            try:
                return self._attempt(url)
            except HTTPError as error:
                if error.code in _ABSENT:
                    error.close()
                    return None
                reason = f'HTTP {error.code} {error.reason}'
                self._judge(error)
            except (URLError, HTTPException, OSError, ValueError) as error:
                reason = str(error) or type(error).__name__
        raise TileFailedError(f'after {self.policy.attempts} attempts: {reason}')

    def _attempt(self, url: str) -> bytes | None:
        request = Request(url, headers={'User-Agent': self.policy.user_agent,
                                        'Accept': 'image/webp,image/png,image/jpeg'})
        deadline = time.monotonic() + self.policy.timeout_s
        with urlopen(request, timeout=self.policy.timeout_s) as response:
            if response.status in _ABSENT:
                return None
            body = _read(response, deadline)
        if not is_complete(body):
            kind = response.headers.get('Content-Type', 'no content type')
            raise ValueError(f'{len(body)} bytes of {kind} that are no whole png, jpg or webp')
        return body

    def _judge(self, error: HTTPError) -> None:
        """Wait for as long as the server asks; give up where it refuses or will not change."""
        with error:
            if error.code in _REFUSED:
                raise TileRefusedError(
                    f'the server refuses access (HTTP {error.code} {error.reason})')
            if error.code in (429, 503):
                seconds = retry_after_s(error.headers.get('Retry-After'))
                self._limiter.pause(min(seconds, self.policy.longest_backoff_s))
            elif 400 <= error.code < 500 and error.code != 408:
                raise TileFailedError(f'HTTP {error.code} {error.reason}')


def retry_after_s(header: str | None) -> float:
    """
    Return how long a server asks to wait [s]; 0 when it does not say or nothing sensible.

    :param header: seconds or an HTTP date.
    """
    if header is None:
        return 0.0
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def _read(response: HTTPResponse, deadline: float) -> bytes:
    """Read a body that may trickle, end early or never end."""
    chunks: list[bytes] = []
    size = 0
    while True:
        chunk = response.read1(CHUNK_BYTES)
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST_TILE_BYTES:
            raise ValueError(f'more than {LARGEST_TILE_BYTES} bytes for one tile')
        if time.monotonic() > deadline:
            raise TimeoutError(f'{size} bytes are all that came in time')
    stated = response.headers.get('Content-Length')
    if stated is not None and stated.isdecimal() and int(stated) != size:
        raise ValueError(f'{size} of {stated} bytes')
    return b''.join(chunks)
