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

"""``xview-loc bag``: recordings of known data sets as rosbag2."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from xview_loc.cli import bag_datasets

app = typer.Typer(no_args_is_help=True, help='Turn recordings of data sets into rosbag2.')


@app.callback()
def _group() -> None:
    """Turn recordings of data sets into rosbag2, and look into bags."""


@app.command('kitti')
def kitti(
    source: Annotated[Path, typer.Argument(
        help='Drive folder of KITTI raw, or a scaled excerpt of one.')],
    out: Annotated[Path, typer.Option(help='Bag to write.')],
    camera: Annotated[int, typer.Option(min=0, max=3, help='Camera number.')] = 2,
    frames: Annotated[str, typer.Option(help='all, odd or even images.')] = 'all',
    image_format: Annotated[str, typer.Option('--format', help='raw, png or jpg.')] = 'png',
    gnss_noise: Annotated[float, typer.Option(
        help='Noise to add to each axis of the positions, 1 sigma in metres.')] = 0.0,
    gnss_bias: Annotated[float, typer.Option(
        help='Constant offset to add to the positions in metres.')] = 0.0,
    gnss_rate: Annotated[float, typer.Option(help='Fixes per second.')] = 10.0,
    drift: Annotated[float, typer.Option(
        help='Part by which odometry overstates distances: 0.02 is 2 percent.')] = 0.02,
    yaw_drift: Annotated[float, typer.Option(
        help='Bias of the odometry turn rate in degrees per second.')] = 0.05,
    seed: Annotated[int, typer.Option(help='Seed of the noise.')] = 0,
    mosaic: Annotated[Path | None, typer.Option(
        help='Also write the ground mosaic of an excerpt as GeoTIFF.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print one JSON object.')] = False,
) -> None:
    """Write a KITTI raw drive as a bag with images, GNSS, IMU, odometry and truth."""
    from xview_loc.cli.stage_display import StageDisplay
    from xview_loc.recordings.dead_reckoning import OdometryDrift
    from xview_loc.recordings.gnss_error import GnssError
    from xview_loc.recordings.image_format import ImageFormat
    from xview_loc.recordings.kitti_fixture import read_mosaic
    from xview_loc.recordings.kitti_raw import KittiBagOptions, write_kitti_bag

    options = KittiBagOptions(
        camera=camera, frames=frames, image_format=ImageFormat.parse(image_format),
        gnss=GnssError(gnss_noise, gnss_bias, seed), gnss_rate_hz=gnss_rate,
        drift=OdometryDrift(scale=drift, yaw_deg_per_s=yaw_drift))
    with StageDisplay() as display:
        drive = write_kitti_bag(
            source, out, options,
            progress=lambda done, total: display.count('writing the bag', done, total))
    record = {'bag': out, 'images': len(drive.frames), 'name': drive.name,
              'length_m': sum(math.dist((a.pose.x, a.pose.y), (b.pose.x, b.pose.y))
                              for a, b in zip(drive.frames, drive.frames[1:]))}
    if mosaic is not None:
        read_mosaic(source).write_geotiff(mosaic)
        record['mosaic'] = mosaic
    bag_datasets.print_record(record, as_json)


app.command('kitti-odometry')(bag_datasets.kitti_odometry)
app.command('robotcar')(bag_datasets.robotcar)
app.command('comma2k19')(bag_datasets.comma2k19)
app.command('nmea')(bag_datasets.nmea)
app.command('info')(bag_datasets.info)
