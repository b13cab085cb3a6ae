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

"""Is everything here that is needed, and if not, what to do."""

import json

import numpy as np
import pytest
from small_bag import write_small_bag

from xview_loc.cli.doctor import parse_place
from xview_loc.cli.health_check import Verdict
from xview_loc.cli.input_checks import bag_checks, camera_verdict, check_tiles
from xview_loc.cli.machine_checks import (
    check_middleware, check_packages, check_profile, check_providers, check_python)
from xview_loc.cli.main import main
from xview_loc.errors import ConfigurationError


@pytest.mark.parametrize('version, verdict', [
    ((3, 9), Verdict.FAIL), ((3, 10), Verdict.PASS), ((3, 13), Verdict.PASS),
    ((3, 14), Verdict.FAIL)])
def test_supported_versions_of_python(version, verdict):
    assert check_python(version).verdict is verdict


def test_a_missing_package_is_named_with_its_cure():
    check = check_packages({'json': 'json', 'no_such_module': 'no-such-package'})
    assert check.verdict is Verdict.FAIL
    assert 'no-such-package' in check.advice and 'json' not in check.advice.split()


def test_installed_packages_pass_with_their_versions():
    check = check_packages()
    assert check.verdict is Verdict.PASS
    assert np.__version__ in check.message


def test_a_profile_that_does_not_exist_fails(monkeypatch, tmp_path):
    monkeypatch.setenv('FASTDDS_DEFAULT_PROFILES_FILE', str(tmp_path / 'none.xml'))
    assert check_profile().verdict is Verdict.FAIL
    (tmp_path / 'none.xml').write_text('<dds/>')
    assert check_profile().verdict is Verdict.PASS


def test_execution_providers_are_listed():
    assert 'CPU' in check_providers().message


@pytest.mark.ros
def test_the_middleware_delivers():
    assert check_middleware().verdict is Verdict.PASS


def stamps_at(rate):
    """Return a second of stamps."""
    return 100.0 + np.arange(rate + 1) / rate


@pytest.mark.parametrize('is_raw, rate, size, verdict, words', [
    (True, 10, 1242 * 375 * 3, Verdict.WARN, 'fastdds_large_images'),
    (False, 10, 90_000, Verdict.PASS, ''),
    (True, 10, 499_000, Verdict.PASS, ''),
])
def test_the_size_cliff_of_the_middleware(is_raw, rate, size, verdict, words):
    check = camera_verdict('/image', is_raw, stamps_at(rate), size, (375, 1242))
    assert check.verdict is verdict and words in check.advice
    assert '1242 x 375' in check.message and '10.0 Hz' in check.message


def test_a_slow_camera_is_a_warning_and_one_that_goes_back_a_failure():
    slow = camera_verdict('/image', False, np.arange(5) * 2.0, 1000, (10, 10))
    assert slow.verdict is Verdict.WARN
    back = camera_verdict('/image', False, np.array([1.0, 1.1, 0.5, 1.2]), 1000, (10, 10))
    assert back.verdict is Verdict.FAIL


def test_a_bag_with_everything_passes(tmp_path):
    checks = bag_checks(write_small_bag(tmp_path / 'bag', seconds=1.0))
    assert [check.verdict for check in checks] == [Verdict.PASS] * len(checks)
    assert '40 x 24, 10.0 Hz, compressed' in checks[-1].message


def test_a_camera_that_is_not_in_the_bag_is_named(tmp_path):
    checks = bag_checks(write_small_bag(tmp_path / 'bag', seconds=1.0), '/other')
    assert checks[-1].verdict is Verdict.FAIL and '/image/compressed' in checks[-1].message


def test_a_bag_without_camera_says_what_to_record(shared_data):
    checks = bag_checks(shared_data / 'ros1_bag' / 'test1.bag')
    assert checks[-1].verdict is Verdict.FAIL and 'Record' in checks[-1].advice


def test_imagery_elsewhere_fails(shared_data):
    source = shared_data / 'geotiff' / 'pan1.tif'
    assert check_tiles(source).verdict is not Verdict.FAIL
    assert check_tiles(source, (0.0, 0.0)).verdict is Verdict.FAIL
    assert check_tiles(shared_data / 'mbtiles' / 'invalid.mbtiles').verdict is Verdict.FAIL


def test_a_place_is_two_numbers():
    assert parse_place('48.5,-11') == (48.5, -11.0)
    assert parse_place('') is None
    with pytest.raises(ConfigurationError, match='latitude,longitude'):
        parse_place('48.5')


@pytest.mark.ros
def test_failures_are_the_exit_code(capsys, tmp_path):
    assert main(['doctor', '--bag', str(tmp_path / 'none'), '--json']) == 1
    record = json.loads(capsys.readouterr().out)
    assert record['status'] == 'FAIL'
    assert record['checks'][-1]['name'] == 'bag'
