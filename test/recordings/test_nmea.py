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

"""NMEA logs."""

from datetime import date, datetime, timezone
import math

from nmea_sentences import gga, sentence
import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.nmea import read_nmea


def log_of(tmp_path, *lines, day=None):
    """Read a log of these lines."""
    (tmp_path / 'a.nmea').write_text('\r\n'.join(lines))
    return read_nmea(tmp_path / 'a.nmea', day)


def when(fix):
    """Return the time of a fix."""
    return datetime.fromtimestamp(fix.stamp_ns * 1e-9, timezone.utc).strftime('%Y-%m-%d %H:%M:%S')


def test_log_with_a_bad_checksum_has_its_golden_position(shared_data):
    log = read_nmea(shared_data / 'nmea' / 'pygpsdata-nmeabadck2.log')
    assert (log.sentences, log.checksum_errors, len(log.fixes)) == (8, 1, 1)
    fix = log.fixes[0]
    assert when(fix) == '2022-01-20 11:59:34'
    assert fix.latitude_deg == pytest.approx(53.0 + 27.03889 / 60.0)
    assert fix.longitude_deg == pytest.approx(-2.0 - 14.41531 / 60.0)
    assert fix.altitude_m == pytest.approx(37.0 + 48.5)
    assert (fix.quality, fix.hdop) == (1, 0.67)


def test_start_up_log_has_no_position(shared_data):
    log = read_nmea(shared_data / 'nmea' / 'pygpsdata-nmeastartup.log')
    assert (log.sentences, log.checksum_errors, len(log.fixes), log.without_time) == (12, 0, 0, 2)


def test_trimble_log_has_its_golden_position(shared_data):
    log = read_nmea(shared_data / 'nmea' / 'trimble_nmea.log')
    assert (log.sentences, log.checksum_errors, len(log.fixes)) == (21, 0, 1)
    fix = log.fixes[0]
    assert when(fix) == '2010-05-19 10:29:39'
    assert fix.latitude_deg == pytest.approx(50.0 + 0.97323841 / 60.0)
    assert fix.longitude_deg == pytest.approx(8.0 + 27.62010742 / 60.0)
    assert fix.altitude_m == 150.790


def test_wrong_missing_and_half_checksums_are_counted(tmp_path):
    good = gga('120000.00')
    log = log_of(tmp_path, good, good[:-2] + '00', good[:-3], good[:-1], good[:30], '')
    assert (log.sentences, log.checksum_errors, len(log.fixes)) == (5, 4, 1)


def test_lines_that_are_not_sentences_are_passed_over(tmp_path):
    log = log_of(tmp_path, '# driver log', 'noise ' + gga('120000.00'), '!AIVDM,1,1,,B,x,0*00')
    assert (log.sentences, log.checksum_errors, len(log.fixes)) == (1, 0, 1)


@pytest.mark.parametrize('body', [
    'GPGGA,120000.00,48xx.0,N,01100.0,W,1,08,1.5,500.0,M,47.0,M,,',
    'GPGGA,120000.00,4830.0,Q,01100.0,W,1,08,1.5,500.0,M,47.0,M,,',
    'GPGGA,12', 'GPRMC,120000.00,A,4830.0,N,01100.0,W,0.0,0.0,991399,,,A'])
def test_fields_that_do_not_parse_are_counted(tmp_path, body):
    log = log_of(tmp_path, sentence(body), gga('120001.00'))
    assert (log.malformed, len(log.fixes)) == (1, 1)


def test_date_may_come_after_the_first_position(tmp_path):
    log = log_of(tmp_path, gga('120000.00'), sentence('GPZDA,120000.00,05,06,2021,00,00'),
                 gga('120001.00'))
    assert [when(fix) for fix in log.fixes] == ['2021-06-05 12:00:00', '2021-06-05 12:00:01']


def test_undated_log_gets_the_day_it_is_given(tmp_path):
    assert not log_of(tmp_path, gga('120000.00')).dated
    log = log_of(tmp_path, gga('120000.00'), day=date(2020, 2, 29))
    assert [when(fix) for fix in log.fixes] == ['2020-02-29 12:00:00']


def test_midnight_is_crossed_once_without_dates(tmp_path):
    log = log_of(tmp_path, gga('235959.00'), gga('000000.00'), gga('000001.00'),
                 day=date(2020, 2, 28))
    assert [when(fix) for fix in log.fixes] == [
        '2020-02-28 23:59:59', '2020-02-29 00:00:00', '2020-02-29 00:00:01']


@pytest.mark.parametrize('rmc_first', [True, False])
def test_midnight_is_crossed_once_with_dates(tmp_path, rmc_first):
    lines = []
    for time, day in (('235959.00', '311220'), ('000000.00', '010121'), ('000001.00', '010121')):
        rmc = sentence(f'GPRMC,{time},A,4830.0,N,01100.0,W,0.0,0.0,{day},,,A')
        lines += [rmc, gga(time)] if rmc_first else [gga(time), rmc]
    assert [when(fix) for fix in log_of(tmp_path, *lines).fixes] == [
        '2020-12-31 23:59:59', '2021-01-01 00:00:00', '2021-01-01 00:00:01']


def test_position_with_height_wins_over_one_without(tmp_path):
    rmc = sentence('GPRMC,120000.00,A,4800.0,N,01100.0,W,0.0,0.0,050621,,,A')
    log = log_of(tmp_path, gga('120000.00'), rmc)
    assert [fix.altitude_m for fix in log.fixes] == [547.0]


def test_position_of_rmc_stands_in(tmp_path):
    log = log_of(tmp_path, sentence('GPRMC,120000.00,A,4830.0,N,01100.0,W,0.0,0.0,050621,,,A'))
    assert log.fixes[0].latitude_deg == 48.5
    assert math.isnan(log.fixes[0].altitude_m)


def test_file_without_sentences_is_named(tmp_path):
    (tmp_path / 'a.nmea').write_text('hello\n')
    with pytest.raises(RecordingError, match=r'a\.nmea holds no NMEA sentence'):
        read_nmea(tmp_path / 'a.nmea')
