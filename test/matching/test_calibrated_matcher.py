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

"""What a drive has shown about a model is in its package, and in its likelihoods."""

import math
import os

import numpy as np
import pytest
from tiny_packages import tiny_package
import yaml

from xview_loc.errors import ModelPackageError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.calibrated_matcher import calibrated, CalibratedMatcher
from xview_loc.matching.load_matcher import load_matcher
from xview_loc.matching.model_package import read_model_package, write_reliability
from xview_loc.matching.model_records import Reliability
from xview_loc.matching.pose_likelihood import PoseLikelihood

SHOWN = Reliability(0.5, 0.1, 0.4, 1.5)


def likelihood(confidence):
    """Return three cells, one of them unknown."""
    return PoseLikelihood(np.array([[[0.0, -2.0, np.nan]]]), PatchGeometry(0.0, 0.0, 1.0, 1, 3),
                          np.zeros(1), 5.0, 0.7, confidence, 'tiny')


@pytest.mark.parametrize('stated, meant', [
    (0.9, 0.9), (0.5, 0.8), (1.0, 0.9), (0.0, 0.0), (math.nan, 0.9)])
def test_temperature_floor_and_doubt_change_what_is_believed(stated, meant) -> None:
    before = likelihood(stated)
    after = calibrated(before, SHOWN)
    np.testing.assert_array_equal(after.log_likelihood, [[[0.0, -4.0, np.nan]]])
    assert after.confidence == pytest.approx(meant)
    assert (after.score, after.stamp, after.source) == (0.7, 5.0, 'tiny')


def test_without_a_floor_an_unknown_confidence_stays_unknown() -> None:
    assert math.isnan(calibrated(likelihood(math.nan), Reliability(2.0)).confidence)


def test_a_package_with_reliability_becomes_a_calibrated_matcher(tmp_path) -> None:
    folder = tiny_package(tmp_path / 'safa', 'safa', trained=True).folder
    before = read_model_package(folder)
    plain = load_matcher(str(folder), 0.5)
    assert not isinstance(plain, CalibratedMatcher)
    write_reliability(before, SHOWN)
    after = read_model_package(folder)
    assert after.description.calibration.reliability == SHOWN
    assert after.description.files == before.description.files and after.sha256 == before.sha256
    assert after.description.calibration.temperature == 20.0
    assert sorted(path.name for path in folder.iterdir()) == [
        'ground.onnx', 'model.yaml', 'satellite.onnx']
    matcher = load_matcher(str(folder), 0.5)
    assert isinstance(matcher, CalibratedMatcher) and matcher.reliability == SHOWN
    assert matcher.name == plain.name and matcher.spacing_m == plain.spacing_m
    assert matcher.view_radius_m == plain.view_radius_m


@pytest.mark.skipif(os.geteuid() == 0, reason='root writes everywhere')
def test_a_folder_that_cannot_be_written_keeps_its_description(tmp_path) -> None:
    package = tiny_package(tmp_path / 'safa', 'safa', trained=True)
    package.folder.chmod(0o555)
    try:
        with pytest.raises(ModelPackageError, match='model.yaml cannot be written'):
            write_reliability(package, SHOWN)
    finally:
        package.folder.chmod(0o755)
    assert read_model_package(package.folder).description.calibration.reliability is None


@pytest.mark.parametrize('wrong', [
    {'temperature': 0.0}, {'floor': 1.5}, {'doubt': -0.1}, {'decorrelation_m': 0.0}, {'heat': 1}])
def test_a_package_that_says_nonsense_is_refused_with_its_entry(tmp_path, wrong) -> None:
    folder = tiny_package(tmp_path / 'safa', 'safa', trained=True).folder
    content = yaml.safe_load((folder / 'model.yaml').read_text())
    content['calibration']['reliability'] = wrong
    (folder / 'model.yaml').write_text(yaml.safe_dump(content))
    with pytest.raises(ModelPackageError, match=f'calibration.reliability.{next(iter(wrong))}'):
        read_model_package(folder)
