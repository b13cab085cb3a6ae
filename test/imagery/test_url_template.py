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

"""Addresses of tiles, against mercantile where it knows them."""

import mercantile
import pytest

from xview_loc.errors import ImageryError
from xview_loc.imagery.tile_store import TileIndex
from xview_loc.imagery.url_template import quadkey, UrlTemplate

TILE = TileIndex(5, 17, 11)


@pytest.mark.parametrize(('template', 'url'), [
    ('https://a.org/{z}/{x}/{y}.png', 'https://a.org/5/17/11.png'),
    ('https://a.org/{z}/{x}/{-y}.png', 'https://a.org/5/17/20.png'),
    ('https://a.org/w/{TileMatrix}/{TileRow}/{TileCol}', 'https://a.org/w/5/11/17'),
    ('https://a.org/{q}?key=1', 'https://a.org/12023?key=1'),
    ('https://{switch:a,b,c}.org/{z}/{x}/{y}', 'https://b.org/5/17/11')])
def test_placeholders_are_filled(template, url):
    assert UrlTemplate(template).url(TILE) == url


@pytest.mark.parametrize('tile', [TileIndex(0, 0, 0), TILE, TileIndex(19, 274415, 180215)])
def test_quadkeys_are_those_of_mercantile(tile):
    assert quadkey(tile) == mercantile.quadkey(tile.column, tile.row, tile.zoom)


def test_what_may_hold_a_key_is_not_public():
    template = UrlTemplate('https://me:pass@a.org/{z}/{x}/{y}.png?token=1')
    assert template.public == 'https://a.org/{z}/{x}/{y}.png'


@pytest.mark.parametrize(('template', 'reason'), [
    ('ftp://a.org/{z}/{x}/{y}', 'http://'), ('https:///{z}/{x}/{y}', 'name a server'),
    ('https://a.org/{z}/{x}', 'zoom, column and row'), ('a/{z}/{x}/{y}', 'http://'),
    ('https://a.org/{z}/{x}/{y}/{apikey}', 'unknown placeholder {apikey}')])
def test_what_is_no_template_is_one_sentence(template, reason):
    with pytest.raises(ImageryError, match=reason):
        UrlTemplate(template)
