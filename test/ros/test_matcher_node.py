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

"""Jobs become heatmaps in the matcher's own thread; the newest wins and failures are told."""

from threading import Event
import types

from nav_msgs.msg import OccupancyGrid
import numpy as np
import pytest
from ros_bench import overrides
from sensor_msgs.msg import PointCloud2
from synthetic_scene import panorama_camera, patterned_patch, rendered_frame, TRUTH

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.load_matcher import LoadedModel
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.ros import matcher_node
from xview_loc.ros.handover import Handover, MatchJob
from xview_loc.ros.heatmap_conversion import likelihood_from_heatmap
from xview_loc.ros.matcher_node import MatcherNode
from xview_loc.ros.qos import DISPLAY, HEATMAP

pytestmark = pytest.mark.ros
PATCH = patterned_patch()


def job(stamp=10.0, radius=4.0, epoch=0):
    """Return a job at the true pose."""
    frame = rendered_frame(PATCH, TRUTH, panorama_camera(), stamp)
    return MatchJob(FrameWindow((frame,)), PATCH, SearchPrior(TRUTH, radius, 0.2), epoch)


def answer(window, value=0.0):
    """Return a small likelihood at the window's stamp."""
    geometry = PatchGeometry(TRUTH.x, TRUTH.y, 0.5, 4, 6)
    return PoseLikelihood(np.full((3, 4, 6), value, np.float32), geometry, [0.5, 0.6, 0.7],
                          window.stamp)


class StandIn:
    """A matcher that does what a test wants."""

    metres_per_pixel = 0.5
    view_radius_m = 20.0

    def __init__(self, match=lambda window: answer(window)):
        self._match = match
        self.prepared = []

    def prepare(self, patch):
        self.prepared.append(patch)
        return 'features'

    def match(self, window, features, prior):
        assert features == 'features'
        return self._match(window)


def start(bench, monkeypatch, match=lambda window: answer(window), handover=None, **parameters):
    """Return an active node with a stand-in for the matcher."""
    stand_in = StandIn(match)
    monkeypatch.setattr(matcher_node, 'load_model', lambda *_arguments: LoadedModel(stand_in))
    handover = handover or Handover(imagery_metres_per_pixel=0.2)
    node = bench.add(MatcherNode(handover, parameter_overrides=overrides(**parameters)))
    assert node.is_active
    return types.SimpleNamespace(node=node, handover=handover, stand_in=stand_in)


def test_the_real_matcher_finds_the_pose_and_the_heatmap_carries_it(bench):
    handover = Handover(imagery_metres_per_pixel=0.2)
    bench.add(MatcherNode(handover))
    heatmaps = bench.collect(PointCloud2, 'heatmap', HEATMAP)
    bench.until(lambda: bench.tester.count_publishers('heatmap') > 0, 'the publisher')
    bench.until(lambda: heatmaps, 'a heatmap', timeout=30.0,
                meanwhile=lambda: handover.take_job(job()))
    message = heatmaps[0]
    assert (message.header.stamp.sec, message.header.frame_id) == (10, 'map')
    likelihood = likelihood_from_heatmap(message)
    assert likelihood.peak().distance_to(TRUTH) < 0.5
    assert abs(likelihood.peak().yaw - TRUTH.yaw) < 0.05


def test_it_tells_the_others_what_it_needs_and_forgets_it_on_cleanup(bench, monkeypatch):
    started = start(bench, monkeypatch)
    assert started.handover.needs.view_radius_m == 20.0
    assert started.handover.prepare(PATCH) == 'features'
    started.node.trigger_deactivate()
    assert started.handover.take_job is None
    started.node.trigger_cleanup()
    assert started.handover.needs is None
    assert started.handover.prepare is None


def test_the_map_features_of_a_patch_are_computed_once(bench, monkeypatch):
    started = start(bench, monkeypatch)
    heatmaps = bench.collect(PointCloud2, 'heatmap', HEATMAP)
    for stamp in (1.0, 2.0, 3.0):
        count = len(heatmaps)
        bench.until(lambda: len(heatmaps) > count, 'a heatmap',
                    meanwhile=lambda: started.handover.take_job(job(stamp)))
    assert len(started.stand_in.prepared) == 1


def test_while_it_is_busy_only_the_newest_job_is_kept_and_the_loss_is_told(bench, monkeypatch):
    go_on, begun, done = Event(), Event(), []

    def match(window):
        done.append(window.stamp)
        begun.set()
        go_on.wait(10.0)
        return answer(window)

    started = start(bench, monkeypatch, match)
    started.handover.take_job(job(1.0))
    assert begun.wait(5.0)
    for stamp in (2.0, 3.0, 4.0):
        started.handover.take_job(job(stamp))
    go_on.set()
    bench.until(lambda: len(done) == 2, 'two matches')
    assert done == [1.0, 4.0]
    bench.until(lambda: 'matcher: inference' in bench.diagnostics
                and bench.value('matcher: inference', 'overwritten') == '2', 'two overwritten')


@pytest.mark.parametrize('fault, sentence', [
    (MatchingError('The window sees no ground.'), 'The window sees no ground.'),
    (ValueError('a bug'), 'a bug')])
def test_a_failing_match_is_reported_and_the_next_one_works(bench, monkeypatch, fault, sentence):
    faults = [fault]

    def match(window):
        if faults:
            raise faults.pop()
        return answer(window)

    started = start(bench, monkeypatch, match)
    heatmaps = bench.collect(PointCloud2, 'heatmap', HEATMAP)
    started.handover.take_job(job(1.0))
    status = bench.until_diagnosed('matcher: inference', sentence)
    assert status.level == b'\x02'
    bench.until(lambda: heatmaps, 'a heatmap',
                meanwhile=lambda: started.handover.take_job(job(2.0)))
    bench.until(lambda: sentence not in bench.diagnostics['matcher: inference'].message,
                'the complaint ends')


def test_an_empty_likelihood_is_not_published_and_is_reported(bench, monkeypatch):
    started = start(bench, monkeypatch, lambda window: answer(window, np.nan))
    heatmaps = bench.collect(PointCloud2, 'heatmap', HEATMAP)
    started.handover.take_job(job(1.0))
    bench.until_diagnosed('matcher: inference', 'saw nothing')
    assert heatmaps == []


def test_in_one_process_the_likelihood_is_handed_over_in_full(bench, monkeypatch):
    received = []
    handover = Handover(imagery_metres_per_pixel=0.2, take_likelihood=received.append)
    started = start(bench, monkeypatch, handover=handover)
    started.handover.take_job(job(1.0))
    bench.until(lambda: received, 'a likelihood')
    assert received[0].stamp == 1.0
    assert isinstance(received[0], PoseLikelihood)


def test_the_display_grid_is_published_only_for_listeners(bench, monkeypatch):
    made = []
    original = matcher_node.heatmap_grid
    monkeypatch.setattr(matcher_node, 'heatmap_grid',
                        lambda *given: made.append(given) or original(*given))
    started = start(bench, monkeypatch)
    heatmaps = bench.collect(PointCloud2, 'heatmap', HEATMAP)
    bench.until(lambda: heatmaps, 'a heatmap',
                meanwhile=lambda: started.handover.take_job(job(1.0)))
    assert made == []
    grids = bench.collect(OccupancyGrid, 'heatmap/grid', DISPLAY)
    bench.until(lambda: grids, 'a grid', meanwhile=lambda: started.handover.take_job(job(2.0)))
    assert grids[0].info.width == 6


def test_a_result_of_before_a_time_jump_is_discarded(bench, monkeypatch):
    go_on, begun, received = Event(), Event(), []

    def match(window):
        begun.set()
        go_on.wait(10.0)
        return answer(window)

    handover = Handover(imagery_metres_per_pixel=0.2, take_likelihood=received.append)
    started = start(bench, monkeypatch, match, handover)
    started.handover.take_job(job(1000.0))
    assert begun.wait(5.0)
    started.handover.take_job(job(1001.0))
    started.node.time_jumped()
    go_on.set()
    bench.until(lambda: received, 'a likelihood',
                meanwhile=lambda: started.handover.take_job(job(5.0)))
    assert [likelihood.stamp for likelihood in received][0] == 5.0


def test_slow_matches_are_a_warning(bench, monkeypatch):
    started = start(bench, monkeypatch, latency_budget=0.001,
                    match=lambda window: Event().wait(0.01) or answer(window))
    bench.until_diagnosed('matcher: inference', 'the budget is 1 ms',
                          meanwhile=lambda: started.handover.take_job(job(1.0)))


def test_stopping_while_it_works_does_not_wait_for_long(bench, monkeypatch):
    go_on, begun = Event(), Event()

    def match(window):
        begun.set()
        go_on.wait(20.0)
        return answer(window)

    started = start(bench, monkeypatch, match)
    started.handover.take_job(job(1.0))
    assert begun.wait(5.0)
    started.node.trigger_deactivate()
    assert started.node.state_name == 'inactive'
    go_on.set()


@pytest.mark.parametrize('handover, parameters, sentence', [
    (Handover(), {}, 'resolution of the imagery is not known'),
    (Handover(imagery_metres_per_pixel=0.2), {'model': 'telepathy'}, 'telepathy')])
def test_what_it_cannot_load_is_told(bench, handover, parameters, sentence):
    node = bench.add(MatcherNode(handover, parameter_overrides=overrides(**parameters)))
    assert node.state_name == 'unconfigured'
    bench.until_diagnosed('matcher: state', sentence)
