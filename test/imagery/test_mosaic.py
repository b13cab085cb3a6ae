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

"""Many files as one source."""

from ground_pattern import displacement_px
import numpy as np
import pytest
from raster_files import FRAME, grid, write, write_pattern

from xview_loc.errors import ImageryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.mosaic import Mosaic
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.plain_image import PlainImage


@pytest.mark.parametrize(('longitude', 'zones'), [
    (6.0, ('EPSG:32631', 'EPSG:32632')), (180.0, ('EPSG:32660', 'EPSG:32601'))])
@pytest.mark.parametrize('latitude', [0.0, 50.0, 60.0])
def test_files_in_two_zones_meet_within_a_tenth_of_a_pixel(tmp_path, latitude, longitude, zones):
    frame = LocalFrame(latitude, longitude, 30.0)
    for name, crs, shift in zip('ab', zones, ((-40.0, 0.0), (40.0, 0.0))):
        write_pattern(tmp_path / f'{name}.tif', crs, frame, shift=shift)
    source = open_imagery(tmp_path)
    for x in (-30.0, 0.0, 30.0):
        part = PatchGeometry(x, 2.0, 0.25, 200, 320)
        patch = source.read_patch(part, frame)
        assert patch.valid.all()
        assert displacement_px(patch.image, part) < 0.1


def test_files_of_one_grid_join_without_a_masked_line(tmp_path):
    for name, shift in zip('abcd', ((-80, 70), (80, 70), (-80, -70), (80, -70))):
        write_pattern(tmp_path / f'{name}.tif', 'EPSG:32632', shift=shift, tiled=True,
                      blockxsize=256, blockysize=256, overviews=(2, 4))
    source = open_imagery(tmp_path)
    assert len(source.sources) == 1
    for part in (PatchGeometry(0.0, 0.0, 0.25, 256, 320, 0.1),
                 PatchGeometry(3.0, -4.0, 1.0, 128, 160, 0.1)):
        patch = source.read_patch(part, FRAME)
        assert patch.valid.all()
        assert displacement_px(patch.image, part) < 0.1


def test_overviews_that_are_no_exact_halves_are_not_trusted_on_a_common_grid(tmp_path):
    for name, shift in zip('ab', ((-321 / 8, 0.0), (321 / 8, 0.0))):
        write_pattern(tmp_path / f'{name}.tif', 'EPSG:32632', shift=shift, side=(561, 321),
                      overviews=(2, 4))
    source = open_imagery(tmp_path)
    grid_mosaic, = (inner.raster for inner in source.sources)
    assert grid_mosaic.stored_levels == 1
    part = PatchGeometry(0.0, 0.0, 1.0, 100, 120)
    patch = source.read_patch(part, FRAME)
    assert patch.valid.all()
    assert displacement_px(patch.image, part) < 0.1


def test_the_finer_file_wins_and_the_coarser_one_fills(tmp_path):
    for name, metres, value in (('a', 0.5, 50), ('b', 0.25, 200)):
        transform, *_ = grid('EPSG:32632', side=(400, 400), metres=metres)
        write(tmp_path / f'{name}.tif', np.full((1, 400, 400), value, np.uint8), 'EPSG:32632',
              transform)
    source = open_imagery(tmp_path)
    assert source.metres_per_pixel_at(FRAME.latitude_deg, FRAME.longitude_deg) == pytest.approx(
        0.25, rel=0.01)
    patch = source.read_patch(PatchGeometry(0.0, 0.0, 0.5, 300, 300), FRAME)
    assert patch.valid.all()
    assert patch.image[150, 150, 0] == 200
    assert patch.image[5, 5, 0] == 50


def test_files_of_sixteen_bit_share_one_stretch(tmp_path):
    for name, shift, value in (('a', -80, 1000), ('b', 80, 1100)):
        transform, *_ = grid('EPSG:32632', shift=(shift, 0.0))
        ramp = value + np.arange(640)[None, None, :] + np.zeros((1, 560, 640))
        write(tmp_path / f'{name}.tif', ramp.astype(np.uint16), 'EPSG:32632', transform)
    source = open_imagery(tmp_path)
    one, other = (part for inner in source.sources for part in inner.raster.parts)
    assert one.stretch_limits == other.stretch_limits
    assert one.stretch_limits[0][0] == pytest.approx(1056.0, abs=5.0)


def test_a_file_that_cannot_be_used_is_left_out_and_counted(tmp_path):
    write_pattern(tmp_path / 'a.tif', 'EPSG:32632')
    (tmp_path / 'b.tif').write_bytes(b'II*\x00 nothing')
    source = open_imagery(tmp_path)
    assert source.read_patch(PatchGeometry(0.0, 0.0, 0.25, 64, 80), FRAME).valid.all()
    assert source.warnings.counts == {'unusable raster': 1}


def test_only_unusable_files_are_one_sentence(tmp_path):
    (tmp_path / 'b.tif').write_bytes(b'II*\x00 nothing')
    with pytest.raises(ImageryError, match='None of the 1 rasters'):
        open_imagery(tmp_path)


def test_more_files_than_open_handles_are_served(tmp_path, monkeypatch):
    monkeypatch.setattr('xview_loc.imagery.raster_handles.HANDLES_PER_THREAD', 2)
    monkeypatch.setattr('xview_loc.imagery.raster_source.DECODER_THREADS', 1)
    for index in range(6):
        write_pattern(tmp_path / f'{index}.tif', 'EPSG:32632', side=(200, 200),
                      shift=(50.0 * (index % 3 - 1), 50.0 * (index // 3 - 0.5)))
    source = open_imagery(tmp_path)
    for _ in range(2):
        source.sources[0].cache.clear()
        assert source.read_patch(PatchGeometry(0.0, 0.0, 0.25, 300, 500), FRAME).valid.all()
        assert source.handles.open_count == 2


def test_beside_all_sources_a_patch_is_empty(tmp_path):
    write_pattern(tmp_path / 'a.tif', 'EPSG:32632')
    patch = open_imagery(tmp_path).read_patch(PatchGeometry(3000.0, 0.0, 0.25, 64, 80), FRAME)
    assert patch.valid_fraction == 0.0


def test_sources_of_any_kind_can_be_joined():
    left, right = (PlainImage(np.full((200, 100, 3), value, np.uint8),
                              PatchGeometry(x, 0.0, 0.5, 200, 100), frame=FRAME)
                   for x, value in ((-20.0, 10), (20.0, 90)))
    patch = Mosaic([left, right]).read_patch(PatchGeometry(0.0, 0.0, 0.5, 60, 120), FRAME)
    assert patch.valid.all()
    assert (patch.image[30, 20, 0], patch.image[30, 100, 0]) == (10, 90)


def test_coarse_sources_alone_are_refused(tmp_path):
    write_pattern(tmp_path / 'a.tif', 'EPSG:32632', metres=2.0)
    with pytest.raises(ImageryError, match='2.00 m per pixel'):
        open_imagery(tmp_path).read_patch(PatchGeometry(0.0, 0.0, 1.0, 64, 80), FRAME)


def test_a_mosaic_of_nothing_is_refused():
    with pytest.raises(ImageryError, match='at least one'):
        Mosaic([])


def test_credit_lines_are_kept_side_by_side():
    sources = [PlainImage(np.zeros((4, 4, 3), np.uint8), PatchGeometry(0.0, 0.0, 0.5, 4, 4),
                          frame=FRAME, attribution=credit, date='2020') for credit in 'aba']
    mosaic = Mosaic(sources)
    assert (mosaic.attribution, mosaic.date) == ('a; b', '2020')
