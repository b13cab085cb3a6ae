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

"""Recorded runs on disk."""

import numpy as np
import pytest
import synthetic_run

from xview_loc.errors import RecordingError
from xview_loc.report.live_run import LiveRun


def test_a_run_comes_back_as_it_was_saved(tmp_path):
    run = synthetic_run.run()
    run.save(tmp_path / 'run.npz')
    back = LiveRun.load(tmp_path / 'run.npz')
    for name in ('latencies_s', 'match_stamps', 'match_centres', 'match_peaks'):
        assert np.array_equal(getattr(back, name), getattr(run, name))
    assert np.array_equal(back.poses.covariances, run.poses.covariances)
    assert back.health == run.health
    assert back.warnings == run.warnings
    assert back.map_origin == run.map_origin
    assert [s.geometry for s in back.samples] == [s.geometry for s in run.samples]
    assert np.array_equal(back.samples[1].log_likelihood, run.samples[1].log_likelihood,
                          equal_nan=True)


@pytest.mark.parametrize('content', [None, b'', b'not an archive'])
def test_what_is_no_run_is_refused_by_name(tmp_path, content):
    path = tmp_path / 'run.npz'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordingError, match='run.npz'):
        LiveRun.load(path)
