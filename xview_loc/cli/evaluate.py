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

"""``xview-loc evaluate``: several runs against the truth in one report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TYPE_CHECKING

import typer

from xview_loc.cli import console
from xview_loc.errors import RecordingError

if TYPE_CHECKING:
    from xview_loc.geometry.local_frame import LocalFrame
    from xview_loc.recordings.trajectory import Trajectory


def evaluate(
    runs: Annotated[list[Path], typer.Argument(
        help='Trajectories (.tum), or folders of replays that hold trajectory.tum.')],
    truth: Annotated[Path, typer.Option(help='True trajectory (.tum), or a bag that holds it.')],
    out: Annotated[Path, typer.Option(help='Folder for the report.')],
    topic: Annotated[str, typer.Option(help='Topic of the truth in a bag.')] = '/truth',
    origin: Annotated[tuple[float, float, float] | None, typer.Option(
        help='Latitude, longitude and altitude of the map, to write GeoJSON and KML; a bag of our '
        'own converters tells it.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Compare trajectories to the truth: table, pictures, and files for other programs."""
    from xview_loc.geometry.local_frame import LocalFrame
    from xview_loc.recordings.trajectory_evaluation import evaluate_trajectory
    from xview_loc.report.run_comparison import write_comparison

    reference, frame = read_truth(truth, topic)
    if origin is not None:
        frame = LocalFrame(*origin)
    loaded = read_runs(runs)
    errors = [evaluate_trajectory(name, run, reference) for name, run in loaded.items()]
    out.mkdir(parents=True, exist_ok=True)
    page = write_comparison(loaded, errors, reference, out)
    export({**loaded, 'truth': reference}, frame, out)
    records = {run.name: run.record() for run in errors}
    if as_json:
        console.print_json({'runs': records, 'report': page})
        return
    for name, record in records.items():
        console.stdout.print(console.figures_table(name, [
            (key, '-' if value is None else f'{value:.3f}' if isinstance(value, float)
             else str(value)) for key, value in record.items()]))
    console.say(f'Report: {page}')


def read_truth(path: Path, topic: str) -> tuple[Trajectory, LocalFrame | None]:
    """
    Read the truth from a trajectory file or a bag.

    :param path: ``.tum``, or a bag.
    :param topic: Odometry topic in ``map`` of a bag.
    :return: the trajectory, and the map frame where the bag tells it.
    """
    from xview_loc.geometry.extrinsics import roll_pitch_yaw_from_quaternion
    from xview_loc.geometry.local_frame import LocalFrame
    from xview_loc.geometry.pose2 import Pose2
    from xview_loc.recordings.bag_reader import BagReader, header_stamp
    from xview_loc.recordings.trajectory import Trajectory
    from xview_loc.recordings.trajectory_files import read_trajectory

    if path.is_file() and path.suffix not in ('.mcap', '.db3', '.bag'):
        return read_trajectory(path), None
    stamped = []
    with BagReader(path) as reader:
        for _, log_ns, message in reader.messages([topic]):
            try:
                place, turn = message.pose.pose.position, message.pose.pose.orientation
            except AttributeError:
                raise RecordingError(f'{topic} of {path} holds no poses.') from None
            yaw = roll_pitch_yaw_from_quaternion(turn.x, turn.y, turn.z, turn.w)[2]
            stamp = header_stamp(message)
            stamped.append((log_ns * 1e-9 if stamp is None else stamp,
                            Pose2(place.x, place.y, yaw)))
        origin = reader.custom_data.get('map_origin')
    frame = None if origin is None else LocalFrame(*map(float, origin.split()))
    return Trajectory.from_poses(stamped), frame


def read_runs(paths: list[Path]) -> dict[str, Trajectory]:
    """
    Read the runs.

    :param paths: files, or folders that hold ``trajectory.tum``.
    :return: trajectories by a name that tells them apart.
    """
    from xview_loc.recordings.trajectory_files import read_trajectory

    files = [path / 'trajectory.tum' if path.is_dir() else path for path in paths]
    names = [path.name if path.is_dir() else path.stem for path in paths]
    if len(set(names)) < len(names):
        names = [str(path) for path in paths]
    if len(set(names)) < len(names):
        raise RecordingError('A run is named twice; name each once.')
    return {name: read_trajectory(file) for name, file in zip(names, files)}


def export(trajectories: dict[str, Trajectory], frame: LocalFrame | None, out: Path) -> None:
    """
    Write every trajectory for maps, where its place on the earth is known.

    :param trajectories: by name.
    :param frame: the map frame, or ``None``.
    :param out: an existing folder.
    """
    from xview_loc.recordings.trajectory_files import write_trajectory

    if frame is None:
        return
    for name, trajectory in trajectories.items():
        stem = name.strip('/').replace('/', '_')
        for ending in ('.geojson', '.kml'):
            if len(trajectory) > 1:
                write_trajectory(out / f'{stem}{ending}', trajectory, frame)
