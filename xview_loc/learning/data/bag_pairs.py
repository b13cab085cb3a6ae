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

"""Pairs from any bag with truth and any imagery: one's own drives, and simulated ones."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.utm import UtmZone
from xview_loc.imagery.imagery_source import ImagerySource
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.learning.data.bag_drive import BagDrive, open_bag_drive
from xview_loc.learning.data.cross_view_sample import CrossViewSample, FrameSequence
from xview_loc.learning.data.pair_source import own_generator
from xview_loc.learning.data.prior_noise import PriorNoise
from xview_loc.recordings.bag_images import decode_message
from xview_loc.recordings.bag_reader import BagReader

# Shares of the distance travelled; each part is one stretch of the drive.
PARTS = {'all': (0.0, 1.0), 'train': (0.0, 0.7), 'val': (0.7, 0.85), 'test': (0.85, 1.0)}
LEAST_COVER = 0.5


class BagPairs:
    """
    A drive; satisfies :class:`.pair_source.PairSource`.

    Tiles are north-up and cut around the camera with an error, so that the camera is anywhere in
    the middle. ``positions`` are UTM, so that several drives can be compared.

    A split is one stretch of the way: the first 70 % of the distance train, 15 % validate, 15 %
    test. A drive that comes by twice still shares places; ``xview-loc data leak`` tells.

    :param bag: rosbag2 folder or file, or the folder that ``xview-loc simulate`` wrote.
    :param split: one of :data:`PARTS`.
    :param tiles: imagery; that of a simulated drive when ``None``.
    :param truth: topic or TUM file, see :func:`.bag_drive.open_bag_drive`.
    :param config: YAML of node parameters; that of a simulated drive when ``None``.
    :param origin: latitude, longitude, altitude of the map.
    :param metres_per_pixel: of the tiles [m].
    :param size: side of the tiles [px].
    :param spacing_m: least distance between images [m].
    :param noise: how far the tile's centre is from the camera, east and north.
    :param frames: images of a sequence; 1 gives none.
    :param gap_s: time from one image of a sequence to the one before it [s].
    """

    def __init__(self, bag: str | Path, split: str = 'all', *, tiles: str | Path | None = None,
                 truth: str = '', config: str | Path | None = None,
                 origin: tuple[float, float, float] | None = None,
                 metres_per_pixel: float = 0.2, size: int = 512, spacing_m: float = 2.0,
                 noise: PriorNoise = PriorNoise(20.0), frames: int = 1,
                 gap_s: float = 0.3) -> None:
        if split not in PARTS:
            raise DataSetError(f'The part of a drive is {split!r}; use {", ".join(PARTS)}.')
        if metres_per_pixel <= 0.0 or size < 1 or frames < 1 or gap_s <= 0.0:
            raise DataSetError(
                f'Tiles of {size} pixels of {metres_per_pixel} m and {frames} frames every '
                f'{gap_s} s; all must be positive.')
        folder = Path(bag)
        if (folder / 'bag').is_dir() and (folder / 'tiles.mbtiles').is_file():
            bag, tiles = folder / 'bag', tiles or folder / 'tiles.mbtiles'
            config = config or folder / 'params.yaml'
        if tiles is None:
            raise DataSetError(f'No imagery was named for {bag}; state the option tiles.')
        self.drive = open_bag_drive(bag, truth=truth, config=config, origin=origin)
        self.name = f'{folder.name} {split}'
        self.metres_per_pixel, self.size, self.noise = metres_per_pixel, size, noise
        self.frames, self.gap_s = frames, gap_s
        self._tiles = Path(tiles)
        self._open: dict[int, tuple[BagReader, ImagerySource]] = {}
        self._chosen = self._usable(self.drive, split, spacing_m)
        self.identifiers = tuple(f'{self.drive.log_ns[number]}' for number in self._chosen)
        self.positions = frozen(self._utm())

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._chosen)

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the bag and the imagery."""
        return self.drive.path, self._tiles

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """
        Read a pair.

        :param index: number of the image.
        :param rng: draws the error of the tile's centre; without it a seed of its own does.
        """
        number = int(self._chosen[index])
        standing = self.drive.camera(number)
        east, north, _ = self.noise.draw(own_generator(index, rng))
        geometry = PatchGeometry(standing.x - east, standing.y - north, self.metres_per_pixel,
                                 self.size, self.size)
        patch = self._sources()[1].read_patch(geometry, self.drive.frame)
        if patch.valid_fraction < LEAST_COVER:
            raise DataSetError(
                f'The imagery {self._tiles} covers {100 * patch.valid_fraction:.0f} % of the tile '
                f'around image {self.identifiers[index]}; it must cover at least half.')
        images = [self._image(earlier) for earlier in self._sequence(number)]
        return CrossViewSample(
            self.identifiers[index], images[0], patch.image, self.metres_per_pixel, east, north,
            0.5 * math.pi - standing.yaw, tuple(self.positions[index].tolist()),
            standing.camera, sequence=self._with_motion(number, images))

    def _usable(self, drive: BagDrive, split: str, spacing_m: float) -> np.ndarray:
        """Return the images of a part of the drive that have a whole sequence behind them."""
        first, last = (share * drive.travelled[-1] for share in PARTS[split])
        chosen = drive.spread(spacing_m)
        travelled = drive.travelled[chosen]
        inside = (travelled >= first) & ((travelled < last) | (PARTS[split][1] == 1.0))
        chosen = chosen[inside]
        return np.array([number for number in chosen
                         if len(self._sequence(int(number))) == self.frames], dtype=np.int64)

    def _sequence(self, number: int) -> list[int]:
        """Return the images of a sequence, newest first; fewer where the drive has none."""
        wanted = self.drive.stamps[number] - self.gap_s * np.arange(self.frames)
        nearest = [int(np.argmin(np.abs(self.drive.stamps - stamp))) for stamp in wanted]
        near = np.abs(self.drive.stamps[nearest] - wanted) <= 0.25 * self.gap_s
        return [image for image, good in zip(nearest, near) if good]

    def _with_motion(self, number: int, images: list[np.ndarray]) -> FrameSequence | None:
        """Return a sequence with the motion of the camera, if one is wanted."""
        if self.frames == 1:
            return None
        cameras = [self.drive.camera(earlier) for earlier in self._sequence(number)]
        newest = cameras[0]
        return FrameSequence(tuple(images), np.array([
            (camera.x - newest.x, camera.y - newest.y, camera.yaw) for camera in cameras]))

    def _image(self, number: int) -> np.ndarray:
        """Read an image of the bag."""
        log_ns = int(self.drive.log_ns[number])
        reader = self._sources()[0]
        for _, _, message in reader.messages(
                [self.drive.topic], start_ns=log_ns, stop_ns=log_ns + 1):
            return decode_message(message)
        raise DataSetError(f'{self.drive.path} has no image at {log_ns} ns any more.')

    def _sources(self) -> tuple[BagReader, ImagerySource]:
        """Return bag and imagery, opened once in each process: forked workers share nothing."""
        process = os.getpid()
        if process not in self._open:
            self._open[process] = (BagReader(self.drive.path), open_imagery(self._tiles))
        return self._open[process]

    def close(self) -> None:
        """Close bag and imagery of this process; they open again when a pair is read."""
        reader, imagery = self._open.pop(os.getpid(), (None, None))
        if reader is not None and imagery is not None:
            reader.close()
            imagery.close()

    def __getstate__(self) -> dict[str, Any]:
        """Leave open files behind when a worker is spawned."""
        return {**self.__dict__, '_open': {}}

    def _utm(self) -> np.ndarray:
        """Return where the cameras were, in the zone of the map's origin."""
        frame = self.drive.frame
        zone = UtmZone.containing(frame.latitude_deg, frame.longitude_deg)
        cameras = [self.drive.camera(int(number)) for number in self._chosen]
        x = np.array([camera.x for camera in cameras])
        y = np.array([camera.y for camera in cameras])
        latitude, longitude, _ = frame.geodetic_from_map(x, y)
        return np.stack(zone.utm_from_geodetic(latitude, longitude), axis=-1)
