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

from dataclasses import replace

import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data import rendered_pairs as module
from xview_loc.learning.data.rendered_pairs import rendered_pairs
from xview_loc.learning.data.simulated_pairs import (
    Heading, simulated_pairs, SimulatedPairSettings)
from xview_loc.matching.model_records import GroundInput, SatelliteInput

SETTINGS = SimulatedPairSettings(
    SatelliteInput(64, 0.8), GroundInput('pinhole', (32, 64), 80.0), tiles=2, offset_m=10.0,
    heading=Heading.ROAD, frames=2, ground_m=0.5)


def assert_same(first, second) -> None:
    """Compare everything that a sample holds."""
    assert first.identifiers == second.identifiers and first.name == second.name
    for one, other in zip(first.samples, second.samples):
        assert np.array_equal(one.ground, other.ground)
        assert np.array_equal(one.satellite, other.satellite)
        assert (one.east_m, one.north_m, one.heading, one.position, one.metres_per_pixel) == (
            other.east_m, other.north_m, other.heading, other.position, other.metres_per_pixel)
        assert one.camera.model.fx == other.camera.model.fx
        assert np.array_equal(one.sequence.motion, other.sequence.motion)
        assert all(map(np.array_equal, one.sequence.images, other.sequence.images))


def test_what_is_kept_is_what_is_rendered_and_is_rendered_once(tmp_path, monkeypatch) -> None:
    first = rendered_pairs(SETTINGS, tmp_path / 'views')
    file, = (tmp_path / 'views').iterdir()
    assert_same(first, simulated_pairs(SETTINGS))
    with monkeypatch.context() as context:
        context.setattr(module, 'simulated_pairs', None)
        assert_same(rendered_pairs(SETTINGS, tmp_path / 'views'), first)
    # another seed, another code or a damaged file are rendered anew
    file.write_bytes(file.read_bytes()[:2000])
    assert_same(rendered_pairs(SETTINGS, tmp_path / 'views'), first)
    monkeypatch.setattr(module, '_code', lambda: 'other')
    told = []
    rendered_pairs(replace(SETTINGS, tiles=1), tmp_path / 'views',
                   lambda done, total: told.append((done, total)))
    assert told == [(1, 1)] and len(list((tmp_path / 'views').iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path) -> None:
    (tmp_path / 'file').write_text('')
    with pytest.raises(DataSetError, match='cannot be written'):
        rendered_pairs(replace(SETTINGS, tiles=1), tmp_path / 'file')
