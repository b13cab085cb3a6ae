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

"""Waiting, backing off and giving up."""

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from tile_server import serving

from xview_loc.errors import ImageryError
from xview_loc.imagery.rate_limiter import RateLimiter
from xview_loc.imagery.tile_download import (
    DownloadPolicy, retry_after_s, TileDownloader, TileFailedError)


def test_waits_double_up_to_the_longest():
    slept = []
    policy = DownloadPolicy(requests_per_second=1e6, attempts=6, backoff_s=1.0,
                            longest_backoff_s=5.0)
    with serving({'*': ['always 500']}) as (_, template):
        with pytest.raises(TileFailedError, match='after 6 attempts: HTTP 500'):
            TileDownloader(policy, slept.append).download(
                template.format(z=3, x=1, y=2))
    assert [seconds for seconds in slept if seconds >= 0.1] == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_the_server_decides_how_long_to_pause_within_reason():
    slept = []
    policy = DownloadPolicy(requests_per_second=1e6, backoff_s=0.5, longest_backoff_s=30.0)
    with serving({'*': ['retry after 7', 'retry after 3600']}) as (_, template):
        TileDownloader(policy, slept.append).download(template.format(z=3, x=1, y=2))
    pauses = [seconds for seconds in slept if seconds > 2.0]
    assert pauses == [pytest.approx(7.0, abs=0.5), pytest.approx(30.0, abs=0.5)]


def test_a_request_that_is_wrong_is_not_repeated():
    with serving({'*': ['always 400']}) as (server, template):
        with pytest.raises(TileFailedError, match='HTTP 400'):
            TileDownloader(DownloadPolicy(requests_per_second=1e6)).download(
                template.format(z=3, x=1, y=2))
    assert server.requests.total() == 1


def test_after_a_stop_no_request_is_sent():
    with serving() as (server, template):
        downloader = TileDownloader(DownloadPolicy())
        downloader.stop()
        with pytest.raises(TileFailedError, match='stopped'):
            downloader.download(template.format(z=3, x=1, y=2))
    assert server.requests.total() == 0


def test_requests_are_spaced_evenly_and_a_pause_holds_all():
    now, slept = [0.0], []

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    limiter = RateLimiter(4.0, clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        limiter.wait()
    assert slept == [0.25, 0.25]
    limiter.pause(10.0)
    limiter.wait()
    assert slept[-1] == 10.0


@pytest.mark.parametrize(('header', 'seconds'), [
    (None, 0.0), ('12', 12.0), ('soon', 0.0), ('-3', 0.0), ('Wed, 21 Oct 2015 07:28:00 GMT', 0.0)])
def test_the_wish_of_the_server_is_understood_or_ignored(header, seconds):
    assert retry_after_s(header) == seconds


def test_a_date_to_come_back_at_is_understood():
    moment = datetime.now(timezone.utc) + timedelta(seconds=100)
    assert retry_after_s(format_datetime(moment, usegmt=True)) == pytest.approx(100.0, abs=2.0)


@pytest.mark.parametrize('options', [
    {'user_agent': ' '}, {'connections': 0}, {'connections': 9}, {'attempts': 0},
    {'requests_per_second': 0.0}, {'timeout_s': -1.0}, {'backoff_s': float('nan')}])
def test_a_policy_that_is_impolite_or_endless_is_refused(options):
    with pytest.raises(ImageryError):
        DownloadPolicy(**options)
