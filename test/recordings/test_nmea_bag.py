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

"""Positions of NMEA logs become bags."""

from datetime import date

from nmea_sentences import gga
import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.nmea_bag import write_nmea_bag


def test_bag_holds_every_position_with_its_status(tmp_path):
    (tmp_path / 'a.nmea').write_text('\n'.join([
        gga('120000.00', quality=0), gga('120001.00', '30.6000'), gga('120002.00', quality=4)]))
    write_nmea_bag(tmp_path / 'a.nmea', tmp_path / 'bag', day=date(2021, 6, 5))
    with BagReader(tmp_path / 'bag') as reader:
        fixes = [message for _, _, message in reader.messages(['/fix'])]
    assert [fix.status.status for fix in fixes] == [-1, 0, 2]
    assert [fix.position_covariance_type for fix in fixes] == [0, 1, 1]
    assert fixes[1].latitude == pytest.approx(48.51)
    # 5 m of range error times HDOP 1.5 is the horizontal error; half its square per axis.
    assert fixes[1].position_covariance[0] == pytest.approx(0.5 * 7.5 ** 2)


def test_log_without_a_position_is_named(shared_data, tmp_path):
    path = shared_data / 'nmea' / 'pygpsdata-nmeastartup.log'
    with pytest.raises(RecordingError, match=r'startup\.log holds no position with a time: 0 of'):
        write_nmea_bag(path, tmp_path / 'bag')
