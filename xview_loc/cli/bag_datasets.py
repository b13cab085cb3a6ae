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

"""``xview-loc bag``: the data sets besides KITTI raw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from xview_loc.cli import console

Out = Annotated[Path, typer.Option(help='Bag to write.')]
AsJson = Annotated[bool, typer.Option('--json', help='Print one JSON object.')]
Seed = Annotated[int, typer.Option(help='Seed of the noise.')]
Noise = Annotated[float, typer.Option(
    help='Noise to add to each axis of the positions, 1 sigma in metres.')]
Bias = Annotated[float, typer.Option(help='Constant offset to add to the positions in metres.')]
Drift = Annotated[float, typer.Option(
    help='Part by which odometry overstates distances: 0.02 is 2 percent.')]
Format = Annotated[str, typer.Option('--format', help='raw, png or jpg.')]


def info(
    bag: Annotated[Path, typer.Argument(help='rosbag2 folder, .mcap, .db3 or ROS 1 .bag.')],
    as_json: AsJson = False,
) -> None:
    """Tell what a bag holds."""
    from xview_loc.recordings.bag_reader import BagReader

    with BagReader(bag) as reader:
        record: dict[str, Any] = {
            'bag': bag, 'duration_s': reader.duration_s, 'messages': reader.message_count,
            'start_s': reader.start_ns * 1e-9, **reader.custom_data}
        topics = {topic.name: {'type': topic.msgtype, 'messages': topic.message_count}
                  for topic in sorted(reader.topics.values())}
    if as_json:
        console.print_json({**record, 'topics': topics})
        return
    rows = {name: f'{topic["messages"]} {topic["type"]}' for name, topic in topics.items()}
    print_record({**record, **rows}, as_json=False)


def kitti_odometry(
    source: Annotated[Path, typer.Argument(help='Sequence folder, such as sequences/00.')],
    out: Out,
    poses: Annotated[Path | None, typer.Option(
        help='File of poses; that of the benchmark beside the sequences by default.')] = None,
    camera: Annotated[int, typer.Option(min=0, max=3, help='Camera number.')] = 2,
    origin: Annotated[tuple[float, float, float] | None, typer.Option(
        help='Latitude, longitude and altitude of the first image; no GNSS without it.')] = None,
    heading: Annotated[float, typer.Option(
        help='Heading of the first image in degrees clockwise from north.')] = 0.0,
    gnss_noise: Noise = 0.0, gnss_bias: Bias = 0.0, drift: Drift = 0.02, seed: Seed = 0,
    image_format: Format = 'png', as_json: AsJson = False,
) -> None:
    """Write a sequence of the KITTI odometry benchmark as a bag."""
    from xview_loc.cli.stage_display import StageDisplay
    from xview_loc.recordings.dead_reckoning import OdometryDrift
    from xview_loc.recordings.gnss_error import GnssError
    from xview_loc.recordings.image_format import ImageFormat
    from xview_loc.recordings.kitti_odometry import (
        load_kitti_odometry, MapPlacement, write_kitti_odometry_bag)

    placement = None if origin is None else MapPlacement(*origin, heading)
    sequence = load_kitti_odometry(source, poses, camera=camera, placement=placement)
    with StageDisplay() as display:
        count = write_kitti_odometry_bag(
            sequence, out, gnss=GnssError(gnss_noise, gnss_bias, seed),
            drift=OdometryDrift(scale=drift), image_format=ImageFormat.parse(image_format),
            progress=lambda done, total: display.count('writing the bag', done, total))
    print_record({'bag': out, 'images': len(sequence.images), 'messages': count}, as_json)


def robotcar(
    source: Annotated[Path, typer.Argument(
        help='Traversal folder, such as 2014-05-14-13-59-05.')],
    out: Out,
    kit: Annotated[Path, typer.Option(
        help="The data set's software kit: folder with models and extrinsics.")],
    camera: Annotated[list[str] | None, typer.Option(
        help='Camera folder; may be given several times.')] = None,
    base_height: Annotated[float, typer.Option(
        help='Height of the navigation system above the road in metres.')] = 0.33,
    image_format: Format = 'jpg', as_json: AsJson = False,
) -> None:
    """Write a traversal of the Oxford RobotCar as a bag."""
    from xview_loc.cli.stage_display import StageDisplay
    from xview_loc.recordings.image_format import ImageFormat
    from xview_loc.recordings.robotcar import RobotCarOptions, write_robotcar_bag

    options = RobotCarOptions(
        cameras=tuple(camera or ('stereo/centre',)), base_height_m=base_height,
        image_format=ImageFormat.parse(image_format))
    with StageDisplay() as display:
        summary = write_robotcar_bag(
            source, out, kit, options,
            progress=lambda done, total: display.count('writing the bag', done, total))
    print_record({
        'bag': out, 'images': sum(summary.images.values()),
        'missing_images': sum(summary.missing_images.values()), 'truth': summary.truth,
        'odometry': summary.odometry}, as_json)


def comma2k19(
    source: Annotated[Path, typer.Argument(help='Segment folder, or an excerpt (.npz).')],
    out: Out, drift: Drift = 0.0, image_format: Format = 'jpg', as_json: AsJson = False,
) -> None:
    """Write a segment of comma2k19 as a bag."""
    from xview_loc.cli.stage_display import StageDisplay
    from xview_loc.recordings.comma2k19 import write_comma_bag
    from xview_loc.recordings.dead_reckoning import OdometryDrift
    from xview_loc.recordings.image_format import ImageFormat

    with StageDisplay() as display:
        segment = write_comma_bag(
            source, out, drift=OdometryDrift(scale=drift),
            image_format=ImageFormat.parse(image_format),
            progress=lambda done, total: display.count('writing the bag', done, total))
    print_record({
        'bag': out, 'poses': len(segment.track), 'fixes': len(segment.data['live_gnss_ublox']),
        'video': segment.video is not None}, as_json)


def nmea(
    source: Annotated[Path, typer.Argument(help='Log of a receiver.')],
    out: Out,
    date: Annotated[datetime | None, typer.Option(
        formats=['%Y-%m-%d'], help='Day of the first position, where the log does not tell '
        'it.')] = None,
    topic: Annotated[str, typer.Option(help='Topic to write.')] = '/fix',
    as_json: AsJson = False,
) -> None:
    """Write the positions of an NMEA log as a bag."""
    from xview_loc.recordings.nmea_bag import write_nmea_bag

    log = write_nmea_bag(source, out, day=date.date() if date else None, topic=topic)
    if not log.dated:
        console.say('The log does not tell its date; stamps count from 1970-01-01. '
                    'Give --date YYYY-MM-DD.')
    print_record({
        'bag': out, 'fixes': len(log.fixes), 'sentences': log.sentences,
        'checksum_errors': log.checksum_errors, 'malformed': log.malformed,
        'without_time': log.without_time}, as_json)


def print_record(record: Mapping[str, Any], as_json: bool) -> None:
    """
    Print what was done.

    :param record: figures by name.
    :param as_json: one JSON object instead of a table.
    """
    if as_json:
        console.print_json(record)
        return
    console.stdout.print(console.figures_table('', [
        (key, f'{value:.1f}' if isinstance(value, float) else str(value))
        for key, value in record.items()]))
