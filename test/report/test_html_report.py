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

"""The one-file page."""

from dataclasses import replace
from html.parser import HTMLParser
import math

import numpy as np
import pytest
import synthetic_run

from xview_loc.report.evaluation import Drive, evaluate
from xview_loc.report.html_report import number, ReportContent, write_report
from xview_loc.report.live_run import LiveRun
from xview_loc.report.track import Track
from xview_loc.report.verdict import Check


class Outline(HTMLParser):
    """Collects what a page refers to, and checks that its tags close."""

    def __init__(self):
        """Start empty."""
        super().__init__()
        self.sources, self.open_tags, self.text = [], [], ''

    def handle_starttag(self, tag, attrs):
        """Note a tag and what it refers to."""
        self.sources += [value for name, value in attrs if name in ('src', 'href')]
        if tag not in ('img', 'meta', 'br', 'link'):
            self.open_tags.append(tag)

    def handle_endtag(self, tag):
        """Match a closing tag."""
        assert self.open_tags.pop() == tag

    def handle_data(self, data):
        """Collect text."""
        self.text += data


def content(**changes):
    """Return the content of a page of the synthetic run."""
    run, drive = synthetic_run.run(), synthetic_run.drive()
    made = ReportContent(
        'A <drive>', 'subtitle', run, drive, evaluate(run, drive), synthetic_run.backdrop,
        synthetic_run.images())
    return replace(made, **changes)


def outline_of(path):
    """Parse a page."""
    outline = Outline()
    outline.feed(path.read_text(encoding='utf-8'))
    assert outline.open_tags == []
    return outline


@pytest.fixture(scope='module')
def page(tmp_path_factory):
    """Return the page of the synthetic run and its folder."""
    folder = tmp_path_factory.mktemp('report')
    checks = (Check('lost, at most', 3.0, 0.0, False, 's'),)
    return outline_of(write_report(content(checks=checks), folder)), folder


def test_the_page_needs_no_other_file(page):
    outline, _ = page
    assert len(outline.sources) == 4
    assert all(source.startswith('data:image/png;base64,') for source in outline.sources)


def test_the_pictures_also_lie_beside_the_page(page):
    _, folder = page
    names = {path.name for path in folder.glob('*.png')}
    assert names == {'trajectory.png', 'errors.png', 'heatmaps.png', 'latency.png'}


def test_words_are_escaped_and_baselines_named(page):
    outline, _ = page
    assert 'A <drive>' in outline.text
    for words in ('GNSS only', 'odometry only', 'centre of the search', 'single matches', 'FAIL'):
        assert words in outline.text


def test_without_truth_health_takes_the_place_of_errors(tmp_path):
    drive = synthetic_run.drive()
    bare = Drive(drive.gnss, drive.odometry)
    write_report(content(drive=bare, evaluation=evaluate(synthetic_run.run(), bare)), tmp_path)
    assert (tmp_path / 'health.png').exists()
    assert not (tmp_path / 'errors.png').exists()


def test_a_run_in_which_nothing_happened_still_gives_a_page(tmp_path):
    empty = Track(np.empty(0), np.empty((0, 3)), np.empty((0, 3, 3)))
    run = LiveRun(empty, np.empty(0), np.empty(0), np.empty((0, 2)), np.empty((0, 3)))
    nothing = Track(np.empty(0), np.empty((0, 3)))
    drive = Drive(nothing, nothing)
    outline = outline_of(write_report(
        content(run=run, drive=drive, evaluation=evaluate(run, drive)), tmp_path))
    assert outline.sources == []


def test_without_imagery_the_trajectory_is_still_drawn(tmp_path):
    write_report(content(backdrop=lambda geometry: None, images={}), tmp_path)
    assert (tmp_path / 'trajectory.png').stat().st_size > 10_000


def test_unknown_figures_are_a_dash():
    assert number(math.nan, 2) == '-'
    assert number(1.005, 1) == '1.0'
