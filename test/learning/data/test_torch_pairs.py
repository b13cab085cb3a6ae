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

"""Data sets as torch knows them."""

import math
from pathlib import Path

from miniature_sets import (
    make_cvusa, make_kitti, make_kitti_cvl, make_vigor, VIGOR_ROWS, write_image)
import pytest
import torch
from torch.utils.data import DataLoader

from xview_loc.errors import DataSetError
from xview_loc.learning.data.cvusa import CvusaPairs
from xview_loc.learning.data.kitti_cvl import KittiCvlSequences
from xview_loc.learning.data.kitti_pairs import KittiPairs
from xview_loc.learning.data.torch_pairs import collate_pairs, InputSizes, TorchPairs, TorchTiles
from xview_loc.learning.data.vigor import VigorPairs

SIZES = InputSizes((32, 64), 40)


def test_a_batch_has_the_sizes_of_the_network(tmp_path: Path) -> None:
    data = TorchPairs(VigorPairs(make_vigor(tmp_path), 'same', 'test'), SIZES)
    batch = next(iter(DataLoader(data, batch_size=4, collate_fn=collate_pairs)))
    assert batch['ground'].shape == (4, 32, 64, 3) and batch['ground'].dtype == torch.uint8
    assert batch['satellite'].shape == (4, 40, 40, 3)
    assert batch['position'].dtype == torch.float64
    assert batch['index'].tolist() == [0, 1, 2, 3]
    assert batch['identifier'][1].startswith('Seattle/')


def test_the_label_follows_the_resizing(tmp_path: Path) -> None:
    item = TorchPairs(VigorPairs(make_vigor(tmp_path), 'same', 'test'), SIZES)[0]
    _, _, south, west = VIGOR_ROWS['NewYork']
    expected = [(320 + south) / 640 * 40, (320 - west) / 640 * 40]
    assert item['pixel'].tolist() == pytest.approx(expected, abs=1e-4)
    assert float(item['metres_per_pixel']) == pytest.approx(0.113248 * 640 / 40)


@pytest.mark.parametrize('shape', [(48, 64), (64, 48)])
def test_a_tile_that_is_not_square_is_cropped_not_squeezed(
        tmp_path: Path, shape: tuple[int, int]) -> None:
    _, tile, south, west = VIGOR_ROWS['NewYork']
    make_vigor(tmp_path)
    write_image(tmp_path / 'NewYork' / 'satellite' / tile, *shape)
    item = TorchPairs(VigorPairs(tmp_path, 'same', 'test'), SIZES)[0]
    metres = 0.113248 * 640 / shape[1] * 48 / 40
    assert float(item['metres_per_pixel']) == pytest.approx(metres)
    assert item['pixel'].tolist() == pytest.approx(
        [20 + south * 0.113248 / metres, 20 - west * 0.113248 / metres], abs=1e-3)


def test_what_varies_depends_on_seed_epoch_and_index_alone(tmp_path: Path) -> None:
    pairs = KittiPairs(make_kitti(tmp_path))
    data = TorchPairs(pairs, SIZES, seed=3, vary=True)
    first = data[0]['offset']
    assert torch.equal(first, TorchPairs(pairs, SIZES, seed=3, vary=True)[0]['offset'])
    assert not torch.equal(first, TorchPairs(pairs, SIZES, seed=4, vary=True)[0]['offset'])
    data.set_epoch(1)
    assert not torch.equal(first, data[0]['offset'])


def test_workers_see_what_one_process_sees(tmp_path: Path) -> None:
    data = TorchPairs(VigorPairs(make_vigor(tmp_path), 'same', 'train', headings='random'),
                      SIZES, seed=1, vary=True)
    one = next(iter(DataLoader(data, batch_size=4, collate_fn=collate_pairs)))
    two = next(iter(DataLoader(data, batch_size=4, collate_fn=collate_pairs, num_workers=2)))
    assert torch.equal(one['ground'], two['ground'])
    assert torch.equal(one['heading'], two['heading'])


def test_what_a_data_set_does_not_tell_is_nan(tmp_path: Path) -> None:
    item = TorchPairs(CvusaPairs(make_cvusa(tmp_path)))[0]
    assert torch.isnan(item['position']).all()
    assert float(item['heading']) == 0.0


def test_sequences_bring_motion_and_intrinsics(tmp_path: Path) -> None:
    data = TorchPairs(KittiCvlSequences(make_kitti_cvl(tmp_path), 'test'),
                      InputSizes((256, 1024), 512))
    item = data[0]
    assert item['frames'].shape == (4, 256, 1024, 3)
    assert item['motion'].shape == (4, 3)
    # fx and fy of the specification; centres with the half pixel that published ones lack
    assert item['intrinsics'].tolist() == pytest.approx(
        [594.890986, 492.569737, 502.567410 + 0.412238, 118.001664 + 0.341333], abs=1e-3)


def test_images_of_different_sizes_ask_for_the_size_of_the_network(tmp_path: Path) -> None:
    make_cvusa(tmp_path)
    write_image(tmp_path / 'bingmap' / '19' / '0000001.jpg', 60, 90)
    data = TorchPairs(CvusaPairs(tmp_path))
    with pytest.raises(DataSetError, match='state the sizes'):
        collate_pairs([data[0], data[1]])


def test_tiles_of_a_gallery(tmp_path: Path) -> None:
    tiles = TorchTiles(VigorPairs(make_vigor(tmp_path), 'cross', 'test').gallery(), SIZES)
    assert len(tiles) == 18
    batch = collate_pairs([tiles[0], tiles[17]])
    assert batch['satellite'].shape == (2, 40, 40, 3)
    assert not torch.isnan(batch['position']).any()
    with pytest.raises(IndexError):
        tiles[18]


def test_indices_beyond_the_end_are_refused(tmp_path: Path) -> None:
    data = TorchPairs(CvusaPairs(make_cvusa(tmp_path)))
    assert sum(1 for _ in data) == 3
    assert math.isclose(float(data[2]['tile_heading']), 0.0)
