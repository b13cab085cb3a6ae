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

"""The page that compares runs."""

import numpy as np

from xview_loc.recordings.trajectory import Trajectory
from xview_loc.recordings.trajectory_evaluation import evaluate_trajectory
from xview_loc.report.run_comparison import write_comparison


def run(offset, count=31):
    """Return a drive north of the truth."""
    stamps = 0.1 * np.arange(count)
    return Trajectory(stamps, np.stack(
        [10.0 * stamps, np.full(count, offset), np.zeros(count)], axis=1))


def write(tmp_path, **offsets):
    """Write the page of some runs and return it."""
    truth = run(0.0)
    runs = {name: run(offset) for name, offset in offsets.items()}
    errors = [evaluate_trajectory(name, one, truth) for name, one in runs.items()]
    return write_comparison(runs, errors, truth, tmp_path).read_text()


def test_best_value_of_each_column_is_marked(tmp_path):
    page = write(tmp_path, first=0.5, second=0.25)
    assert '<td class="best">0.250</td>' in page
    assert '<td>0.500</td>' in page
    assert page.index('first') < page.index('second')


def test_single_run_has_no_best(tmp_path):
    assert 'class="best"' not in write(tmp_path, only=0.5)


def test_names_cannot_break_the_page(tmp_path):
    assert '<script>' not in write(tmp_path, **{'<script>': 0.5})


def test_perfect_run_can_be_drawn(tmp_path):
    assert '0.000' in write(tmp_path, perfect=0.0)
    assert (tmp_path / 'errors.png').stat().st_size > 1000
