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

"""Simulating a scenario into files: bag, tiles, truth and parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.imagery.mbtiles_writer import MBTilesWriter
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.recordings.trajectory import Trajectory, write_tum
from xview_loc.simulation.appearance import drive_day, photo_day
from xview_loc.simulation.camera_renderer import CameraRenderer
from xview_loc.simulation.camera_sensor import CameraSensor
from xview_loc.simulation.city import build_city, City
from xview_loc.simulation.drive import Drive, plan_drive, RATE_HZ
from xview_loc.simulation.drive_recorder import DriveRecorder, EPOCH_NS, stamp_of
from xview_loc.simulation.gnss_sensor import measure_gnss
from xview_loc.simulation.imu_sensor import measure_imu
from xview_loc.simulation.odometry_sensor import measure_odometry
from xview_loc.simulation.orthophoto import render_orthophoto
from xview_loc.simulation.parameter_file import node_parameters, write_parameter_file
from xview_loc.simulation.scenario import get_scenario, local_frame, Scenario
from xview_loc.simulation.traffic import moving_cars

PHOTO_METRES_PER_PIXEL = 0.2
PHOTO_ZOOM = 19
PHOTO_DATE = '2021-07-04'

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SimulatedDrive:
    """
    The files of a simulated drive.

    :param bag: rosbag2 folder (mcap).
    :param tiles: MBTiles file of the orthophoto.
    :param truth: TUM file of ``base_link`` in ``map``.
    :param config: YAML file of node parameters.
    """

    bag: Path
    tiles: Path
    truth: Path
    config: Path


@dataclass(frozen=True)
class World:
    """
    A scenario brought to life, before anything is written.

    :param scenario: what was asked for.
    :param seed: of everything random.
    :param city: what exists.
    :param drive: the true motion.
    """

    scenario: Scenario
    seed: int
    city: City
    drive: Drive

    def frames(self, rate_hz: float | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """
        Render the drive.

        :param rate_hz: of the images [Hz]; the camera's own where not given.
        :return: instants and their images ``(H, W, 3)`` uint8 RGB.
        """
        scenario = self.scenario
        rate_hz = rate_hz or scenario.camera_rate_hz
        renderer = CameraRenderer(self.city, drive_day(), scenario.mounted_camera)
        rng = np.random.default_rng([self.seed, 51])
        sensor = CameraSensor(scenario.camera.shape, rate_hz, scenario.sensor, rng)
        traffic = self._traffic(rng)
        for index in self.drive.indices(rate_hz):
            cars = [mover.at(index / RATE_HZ) for mover in traffic]
            perfect = renderer.render(
                self.drive.pose_at(index), float(self.drive.roll[index]),
                float(self.drive.pitch[index]), tuple(car for car in cars if car))
            yield int(index), sensor.expose(perfect.image)

    def _traffic(self, rng):
        return [car for lane in self.scenario.traffic
                for car in moving_cars(self.city.layout.route, lane,
                                       self.scenario.motion.duration_s, rng)]


def make_world(scenario: str | Scenario, seed: int) -> World:
    """
    Build the city of a scenario and plan the drive.

    :param scenario: one of :func:`xview_loc.simulation.scenario.scenario_names`, or a scenario.
    :param seed: same seed, same world.
    :raises ConfigurationError: when there is no such scenario.
    """
    scenario = get_scenario(scenario) if isinstance(scenario, str) else scenario
    layout = scenario.layout(np.random.default_rng([seed, 0]))
    city = build_city(layout, seed, scenario.metres_per_pixel)
    drive = plan_drive(layout.route, scenario.motion, np.random.default_rng([seed, 50]))
    return World(scenario, seed, city, drive)


def simulate(scenario: str | Scenario, seed: int, out: str | Path,
             progress: Progress | None = None, *, compressed: bool = True) -> SimulatedDrive:
    """
    Simulate a drive and write it.

    :param scenario: one of :func:`xview_loc.simulation.scenario.scenario_names`, or a scenario.
    :param seed: same seed, same images, poses and measurements.
    :param out: folder for the files; it is made where it does not exist.
    :param progress: called with the work at hand, the steps done and the steps in all.
    :param compressed: JPEG images on ``/image/compressed`` instead of raw ones on ``/image``.
    :raises ConfigurationError: when there is no such scenario.
    :raises RecordingError: when the folder holds a simulated drive already.
    """
    report = progress or _silent
    scenario = get_scenario(scenario) if isinstance(scenario, str) else scenario
    out = Path(out)
    files = SimulatedDrive(out / 'bag', out / 'tiles.mbtiles', out / 'truth.tum',
                           out / 'params.yaml')
    for path in (files.bag, files.tiles):
        if path.exists():
            raise RecordingError(f'{path} exists already; name another folder or remove it.')
    out.mkdir(parents=True, exist_ok=True)
    report('city', 0, 1)
    world = make_world(scenario, seed)
    report('city', 1, 1)
    _write_tiles(world, files.tiles, report)
    _write_bag(world, files.bag, compressed, report)
    _write_truth(world.drive, files.truth)
    write_parameter_file(
        files.config, node_parameters(world.scenario, files.tiles.resolve(), compressed))
    return files


def _silent(work, done, total):
    """Report nothing."""


def _write_tiles(world, path, report):
    image, geometry = render_orthophoto(world.city, photo_day(), PHOTO_METRES_PER_PIXEL)
    with MBTilesWriter(path, name=f'simulated {world.scenario.name}', date=PHOTO_DATE,
                       attribution='simulated', image_format='jpg', quality=90) as writer:
        writer.write_image(image, geometry, local_frame(), finest_zoom=PHOTO_ZOOM,
                           progress=lambda done, total: report('orthophoto', done, total))


def _write_bag(world, path, compressed, report):
    """Write all messages in the order of their stamps."""
    drive, scenario = world.drive, world.scenario
    streams = np.random.default_rng([world.seed, 52]).spawn(3)
    fixes = measure_gnss(drive, world.city.buildings, scenario.gnss, streams[0])
    odometry = measure_odometry(drive, scenario.odometry, streams[1])
    inertial = measure_imu(drive, scenario.imu, streams[2])
    total = len(drive.indices(scenario.camera_rate_hz))
    with BagWriter(path) as writer:
        recorder = DriveRecorder(writer, scenario, drive, compressed)
        recorder.write_mounting()
        sensors = ((odometry.indices, recorder.odometry_writer(odometry)),
                   (inertial.indices, recorder.imu_writer(inertial)),
                   (fixes.indices, recorder.gnss_writer(fixes)))
        written = 0
        for done, (index, image) in enumerate(world.frames(), start=1):
            recorder.write_image(index, image)
            following = len(drive) if done == total else index + RATE_HZ // int(
                scenario.camera_rate_hz)
            _write_sensors(recorder, sensors, odometry.indices, written, following)
            written = following
            report('drive', done, total)


def _write_sensors(recorder, sensors, truth_indices, start, stop):
    """Write what the other sensors measured at the instants ``start <= index < stop``."""
    for indices, write in (*sensors, (truth_indices, None)):
        first, last = np.searchsorted(indices, (start, stop))
        for number in range(first, last):
            if write is None:
                recorder.write_truth(int(indices[number]))
            else:
                write(number)


def _write_truth(drive, path):
    indices = np.arange(len(drive))[::2]
    stamps = np.array([stamp_of(int(index)) for index in indices], np.int64)
    # Whole seconds and the rest apart: a float of this century resolves 0.24 us.
    seconds = EPOCH_NS // 10**9 + (stamps - EPOCH_NS) * 1e-9
    write_tum(path, Trajectory(seconds, drive.pose[indices]))
