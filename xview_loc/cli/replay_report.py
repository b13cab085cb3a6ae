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

"""The report of a replay."""

from __future__ import annotations

from pathlib import Path

from xview_loc.cli.bag_drive import read_images
from xview_loc.cli.replay_run import ReplayOutcome, ReplayRequest
from xview_loc.errors import ImageryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.imagery_source import ImagerySource
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.report.html_report import ReportContent, write_report
from xview_loc.report.verdict import Check


def write_outcome(outcome: ReplayOutcome, title: str, *, checks: tuple[Check, ...] = (),
                  notes: tuple[str, ...] = (), command: str = '') -> Path:
    """
    Write the report of a replay.

    :param outcome: the replay.
    :param title: heading of the page.
    :param checks: bars and whether they were cleared.
    :param notes: paragraphs for the page.
    :param command: the command that reproduces it.
    :return: path of the page.
    """
    request = outcome.request
    imagery = None if request.tiles is None else open_imagery(request.tiles)
    try:
        with BagReader(request.bag) as reader:
            images = read_images(reader, outcome.topics,
                                 [sample.stamp for sample in outcome.run.samples])
        poses = outcome.run.poses
        span = float(poses.stamps[-1] - poses.stamps[0]) if len(poses) else 0.0
        content = ReportContent(
            title=title, run=outcome.run, drive=outcome.drive, evaluation=outcome.evaluation,
            subtitle=f'{request.bag.name}: {span:.0f} s, {poses.length_m:.0f} m, replayed '
                     f'through the ROS nodes {_pace(request)}',
            backdrop=_backdrop(imagery, outcome.frame), images=images, checks=checks,
            notes=notes, command=command,
            attribution='' if imagery is None else imagery.attribution)
        return write_report(content, request.out)
    finally:
        if imagery is not None:
            imagery.close()


def _pace(request: ReplayRequest) -> str:
    """Tell how fast a bag was played."""
    return 'in lockstep' if request.lockstep else f'at rate {request.rate:g}'


def _backdrop(imagery: ImagerySource | None, frame: LocalFrame | None):
    """Return a function that reads a part of the map, or nothing where there is none."""
    def read(geometry: PatchGeometry) -> SatellitePatch | None:
        if imagery is None or frame is None:
            return None
        try:
            return imagery.read_patch(geometry, frame)
        except ImageryError:
            return None

    return read
