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

"""Any imagery gives pieces at random places."""

import pickle

from made_orthophotos import street_scene
import numpy as np
import pytest

from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.mbtiles_writer import MBTilesWriter
from xview_loc.learning.data.imagery_orthophotos import ImageryOrthophotos


@pytest.fixture
def pack(tmp_path):
    """Write a small offline pack."""
    path = tmp_path / 'city.mbtiles'
    with MBTilesWriter(path, name='city', image_format='png') as writer:
        writer.write_image(street_scene(1200), PatchGeometry(0.0, 0.0, 0.3, 1200, 1200),
                           LocalFrame(48.0, 11.0), finest_zoom=19)
    return path


def test_any_imagery_gives_pieces_at_random_places(pack):
    source = ImageryOrthophotos(pack, 20, side=128, seed=2)
    first = source.read(0, np.random.default_rng(0))
    assert first.image.shape == (128, 128, 3) and first.image.std() > 5.0
    assert len(set(source.groups)) > 1
    assert ImageryOrthophotos(pack, 20, seed=2).groups == source.groups
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(source)).read(0, np.random.default_rng(0)).image, first.image)
    source.close()


def test_places_without_imagery_give_way_to_others(tmp_path):
    path = tmp_path / 'route.mbtiles'
    frame = LocalFrame(48.0, 11.0)
    with MBTilesWriter(path, name='route', image_format='png') as writer:
        for x, y in ((0.0, 0.0), (1500.0, 900.0)):
            writer.write_image(street_scene(700), PatchGeometry(x, y, 0.3, 700, 700), frame,
                               finest_zoom=19)
    source = ImageryOrthophotos(path, 200, side=128)
    for index in range(5):
        assert source.read(index, np.random.default_rng(index)).image.std() > 5.0
    source.close()
