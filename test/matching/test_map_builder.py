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

"""Maps are the same however often their building was interrupted."""

from counting_sessions import CountingSessions
import numpy as np
import pytest
from synthetic_scene import patterned_patch
from tiny_packages import tiny_package

from xview_loc.errors import MatchingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.imagery.plain_image import PlainImage
from xview_loc.matching.cell_window import CellWindow, positions_of
from xview_loc.matching.descriptor_block import CellState
from xview_loc.matching.descriptor_filling import FillBudget
from xview_loc.matching.map_area import MapArea
from xview_loc.matching.map_builder import build_map
from xview_loc.matching.map_folder import create_map, open_map, require_checksum
from xview_loc.matching.map_manifest import manifest_for
from xview_loc.matching.retrieval_matcher import RetrievalMatcher
from xview_loc.matching.tile_encoder import TileEncoder

FRAME = LocalFrame(49.0, 8.4, 110.0)
PATCH = patterned_patch(seed=3)
IMAGERY = PlainImage(np.array(PATCH.image), PATCH.geometry, frame=FRAME, name='pattern')
# Reaches beyond the imagery in the north; of no round number of chunks.
AREA = MapArea(FRAME, 2.0, CellWindow(2.0, -8, 40, 21, 19).cells, 'some ground')


class Interrupted(Exception):
    """Stands for the user's Ctrl-C."""


@pytest.fixture
def package(tmp_path):
    return tiny_package(tmp_path / 'package', 'safa')


def build(folder, package, stop_after=None, area=AREA):
    """Build a map, or stop when so many cells are done; return manifest and sessions."""
    sessions = CountingSessions(package)
    encoder = TileEncoder(sessions, package.description.satellite)
    shown = []

    def progress(done: int, total: int) -> None:
        shown.append((done, total))
        if stop_after is not None and done >= stop_after:
            raise Interrupted

    manifest = manifest_for(package, encoder.dimension, frame=FRAME, area=area.text)
    try:
        manifest = build_map(folder, manifest, area, IMAGERY, encoder, progress)
    except Interrupted:
        pass
    return manifest, sessions, shown


def test_a_map_holds_what_the_network_says_of_every_tile(tmp_path, package) -> None:
    manifest, sessions, shown = build(tmp_path / 'map', package)
    assert manifest.complete and manifest.known + manifest.empty == len(AREA.cells)
    assert manifest.known > 300 and manifest.empty > 20
    assert sessions.images['satellite'] == 1 + manifest.known
    assert shown[-1] == (len(AREA.cells), len(AREA.cells)) and shown == sorted(shown)
    stored = open_map(tmp_path / 'map')
    require_checksum(stored)
    matcher = RetrievalMatcher(package, CountingSessions(package), budget=FillBudget(60.0, 60.0))
    features = matcher.prepare(PATCH)
    shared = features.window.cells
    shared = shared[stored.states_of(shared) == CellState.KNOWN]
    assert len(shared) > 200
    # Cut from other patches, half a pixel apart at most.
    ours = matcher.descriptor_map.descriptors_of(shared).astype(np.float32)
    theirs = stored.descriptors_of(shared).astype(np.float32)
    assert np.median((ours * theirs).sum(axis=1)) > 0.98
    empty = AREA.cells[stored.states_of(AREA.cells) == CellState.EMPTY]
    assert (positions_of(empty, 2.0)[:, 1] > 20.0 - 16.0 + 0.2 * 32.0 - 2.0).all()


def test_interrupted_anywhere_the_map_becomes_the_same(tmp_path, package) -> None:
    whole, _, _ = build(tmp_path / 'whole', package)
    folder = tmp_path / 'pieces'
    for stop in (1, 30, 200, 390):
        part, _, _ = build(folder, package, stop)
        assert not open_map(folder).manifest.complete
    pieces, sessions, shown = build(folder, package)
    assert pieces == whole
    assert shown[0][0] > 300 and sessions.images['satellite'] < 80
    again, sessions, shown = build(folder, package)
    assert again == whole and sessions.images['satellite'] == 1 and not shown


def test_a_folder_with_another_map_is_refused(tmp_path, package) -> None:
    build(tmp_path / 'map', package, stop_after=100)
    other = MapArea(FRAME, 2.0, AREA.cells[:50], 'other ground')
    with pytest.raises(MatchingError, match='already holds another descriptor map, of some gro'):
        build(tmp_path / 'map', package, area=other)


def test_two_builders_of_one_map_are_one_too_many(tmp_path, package) -> None:
    def meanwhile(_done, _total):
        with pytest.raises(MatchingError, match='Another process is building'):
            build(tmp_path / 'map', package)
        raise Interrupted

    encoder = TileEncoder(CountingSessions(package), package.description.satellite)
    manifest = manifest_for(package, encoder.dimension, frame=FRAME, area=AREA.text)
    with pytest.raises(Interrupted):
        build_map(tmp_path / 'map', manifest, AREA, IMAGERY, encoder, meanwhile)


def test_what_does_not_fit_on_the_disk_is_not_begun(tmp_path, package, monkeypatch) -> None:
    usage = type('Usage', (), {'free': 1000})
    monkeypatch.setattr('xview_loc.matching.map_builder.shutil.disk_usage', lambda _: usage)
    with pytest.raises(MatchingError, match='make room or choose a smaller area'):
        build(tmp_path / 'map', package)


def test_damage_is_found(tmp_path, package) -> None:
    manifest, _, _ = build(tmp_path / 'map', package)
    stored = create_map(tmp_path / 'map', manifest)
    stored.put(AREA.cells[:1], np.ones((1, manifest.dimension)))
    with pytest.raises(MatchingError, match='build it again'):
        require_checksum(open_map(tmp_path / 'map'))


def test_a_ready_map_needs_no_tile_to_be_described(tmp_path, package) -> None:
    build(tmp_path / 'map', package)
    sessions = CountingSessions(package)
    matcher = RetrievalMatcher(package, sessions, open_map(tmp_path / 'map'))
    middle = CellWindow(2.0, 5, 48, 3, 3)
    assert (matcher.descriptor_map.states_of(middle.cells) == CellState.KNOWN).all()
    assert sessions.images['satellite'] == 0
