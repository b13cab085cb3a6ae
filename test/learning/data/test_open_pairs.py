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

"""Opening data sets by name."""

from collections.abc import Callable
import inspect
from pathlib import Path

from miniature_sets import (
    CVACT_PANORAMAS, make_cvact, make_cvusa, make_kitti, make_kitti_cvl, make_robotcar,
    make_vigor, write_lines)
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.bag_pairs import BagPairs
from xview_loc.learning.data.open_pairs import kind_of, KINDS, open_pairs, recognise

MINIATURES: dict[str, Callable[[Path], Path]] = {
    'cvusa': make_cvusa, 'cvact': make_cvact, 'vigor': make_vigor, 'robotcar': make_robotcar,
    'kitti': make_kitti, 'kitti_cvl': make_kitti_cvl}


@pytest.mark.parametrize('name', MINIATURES)
def test_every_split_of_every_data_set_opens_and_is_recognised(tmp_path: Path, name: str) -> None:
    root = MINIATURES[name](tmp_path)
    assert recognise(root) == name
    for split in KINDS[name].counts:
        source = open_pairs(name, root, split)
        assert len(source) == len(source.identifiers) > 0
        assert source.positions is None or source.positions.shape == (len(source), 2)


@pytest.mark.parametrize('name', [name for name in MINIATURES if name != 'robotcar'])
def test_every_pair_is_read_and_its_camera_is_in_the_tile(tmp_path: Path, name: str) -> None:
    root = MINIATURES[name](tmp_path)
    for split in KINDS[name].counts:
        source = open_pairs(name, root, split)
        for index in range(len(source)):
            sample = source.sample(index)
            row, column = sample.camera_pixel
            assert 0.0 < row < sample.satellite.shape[0]
            assert 0.0 < column < sample.satellite.shape[1]
            assert sample.identifier == source.identifiers[index]
            if source.positions is not None and name != 'vigor':
                np.testing.assert_allclose(sample.position, source.positions[index])


def test_geo_local_lists_may_lie_elsewhere(tmp_path: Path) -> None:
    root = make_cvact(tmp_path / 'cvact')
    write_lines(tmp_path / 'lists' / 'vallist.txt', [
        f'/CVACT_full/streetview/{CVACT_PANORAMAS[0]}_grdView.png x.png 690000.0 6095000.0'])
    source = open_pairs('cvact_geo_local', root, 'val', lists=tmp_path / 'lists')
    assert source.identifiers == CVACT_PANORAMAS[:1]
    with pytest.raises(DataSetError, match='vallist.txt is missing'):
        open_pairs('cvact_geo_local', root, 'val')


def test_options_that_are_passed_on_exist() -> None:
    taken = inspect.signature(BagPairs).parameters
    assert set(kind_of('bag').more_options) < set(taken)
    assert {'shift_m', 'tiles', 'truth'} < set(kind_of('bag').options)
    assert kind_of('kitti').options == ('shift_m', 'turn_deg', 'up', 'lists')


def test_what_there_is_not_is_said_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="no data set 'imagenet'; use cvusa, cvact"):
        kind_of('imagenet')
    with pytest.raises(DataSetError, match='CVUSA has no option labels; it has metres_per_pixel'):
        open_pairs('cvusa', tmp_path, 'train', labels='corrected')
    with pytest.raises(DataSetError, match="VIGOR has no split 'same'; it has same-train"):
        open_pairs('vigor', tmp_path, 'same')
    with pytest.raises(DataSetError, match='gone does not exist'):
        open_pairs('cvusa', tmp_path / 'gone', 'train')
    with pytest.raises(DataSetError, match='looks like no data set that is known'):
        recognise(tmp_path)
    make_cvusa(make_cvact(tmp_path))
    with pytest.raises(DataSetError, match='looks like cvusa and cvact; say which'):
        recognise(tmp_path)
