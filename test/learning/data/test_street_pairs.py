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

"""Single street panoramas are read with their cameras, mismatches told apart."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.open_pairs import open_pairs
from xview_loc.learning.data.street_pairs import StreetPairs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write two pairs of CVUSA, one of them the mismatch, and one of CVACT."""
    random = np.random.default_rng(0)
    for name, ground, satellite in (
            ('cvusa/0000002_{}.jpg', (56, 308), 100), ('cvusa/0000015_{}.jpg', (56, 308), 100),
            ('cvact/case4_{}.png', (64, 128), 64)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        for side, shape in (('ground', ground), ('satellite', (satellite, satellite))):
            cv2.imwrite(str(path).format(side), random.integers(0, 255, (*shape, 3), np.uint8))
    return tmp_path


def test_pairs_have_the_cameras_of_their_data_sets(folder: Path) -> None:
    pairs = open_pairs('street_pairs', folder, 'test')
    assert pairs.identifiers == ('cvusa 0000002', 'cvusa 0000015', 'cvact case4')
    assert isinstance(pairs, StreetPairs)
    assert pairs.families == ('cvusa', 'cvusa', 'cvact')
    assert pairs.usable.tolist() == [True, False, True]
    first, last = pairs.sample(0), pairs.sample(2)
    assert first.ground.shape == (56, 308, 3) and first.satellite.shape == (100, 100, 3)
    assert (first.heading, first.metres_per_pixel, last.metres_per_pixel) == (0.0, 0.23, 0.25)
    assert first.camera.height == pytest.approx(2.5) and last.camera.height == pytest.approx(3.0)
    assert first.camera.model.horizon_row == pytest.approx(0.6 * 56 - 0.5)
    # North, the centre column, is ahead of the vehicle.
    pixel, visible = first.camera.project_ground(np.array([[10.0, 0.0]]))
    assert visible.all() and pixel[0, 0] == pytest.approx(153.5)
    assert [path.name for path in pairs.files(2)] == ['case4_ground.png', 'case4_satellite.png']


def test_a_split_holds_one_data_set_and_others_are_refused(folder: Path, tmp_path: Path) -> None:
    assert len(StreetPairs(folder, 'cvact')) == 1
    with pytest.raises(DataSetError, match="split is 'even'; use all, cvusa, cvact"):
        StreetPairs(folder, 'even')
    with pytest.raises(DataSetError, match='holds no street pairs'):
        StreetPairs(tmp_path / 'cvusa')
