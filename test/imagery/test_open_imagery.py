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

"""Imagery by its path."""

import pytest

from xview_loc.errors import ImageryError
from xview_loc.imagery.open_imagery import open_imagery


def test_a_missing_path_is_one_sentence(tmp_path):
    with pytest.raises(ImageryError, match='does not exist'):
        open_imagery(tmp_path / 'nowhere.tif')


def test_an_unknown_kind_of_file_is_one_sentence(tmp_path):
    (tmp_path / 'map.pdf').write_bytes(b'%PDF')
    with pytest.raises(ImageryError, match='no known kind'):
        open_imagery(tmp_path / 'map.pdf')


@pytest.mark.parametrize('url', ['https://example.org/{z}/{x}/{y}.png', 'http://localhost/a.tif'])
def test_a_url_points_to_fetch(url):
    with pytest.raises(ImageryError, match='tiles fetch'):
        open_imagery(url)
