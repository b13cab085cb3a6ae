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

"""Sentences of NMEA 0183 with their checksums."""


def sentence(body: str) -> str:
    """Return a sentence with its checksum."""
    checksum = 0
    for character in body.encode():
        checksum ^= character
    return f'${body}*{checksum:02X}'


def gga(time: str, minutes: str = '30.0000', quality: int = 1) -> str:
    """Return a position at 48.5 degrees north, 11 degrees west."""
    return sentence(
        f'GPGGA,{time},48{minutes},N,01100.0000,W,{quality},08,1.5,500.0,M,47.0,M,,')
