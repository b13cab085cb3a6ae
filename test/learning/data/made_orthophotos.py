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

"""Orthophotos made up for tests."""

import json
from pathlib import Path

import cv2
import numpy as np

from xview_loc.learning.data.orthophotos import Orthophoto


def street_scene(side: int = 400, seed: int = 0) -> np.ndarray:
    """Draw roads, lawns, roofs and much that is small, with sharp borders."""
    rng = np.random.default_rng(seed)
    image = np.full((side, side, 3), (95, 135, 80), np.uint8)
    for number in range(90):
        corner = rng.integers(0, side, 2)
        size = rng.integers(side // 16, side // 6, 2) // (1 if number < 14 else 3)
        colour = [int(value) for value in rng.integers(60, 230, 3)]
        cv2.rectangle(image, corner.tolist(), (corner + size).tolist(), colour, -1)
    for _ in range(3):
        ends = rng.integers(0, side, 4).tolist()
        cv2.line(image, (0, ends[0]), (side, ends[1]), (105, 105, 108), side // 16)
        cv2.line(image, (0, ends[0]), (side, ends[1]), (235, 235, 230), 2)
    noise = rng.normal(0.0, 5.0, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


class Scenes:
    """Some street scenes as an orthophoto source."""

    name = 'scenes'

    def __init__(self, count: int = 6, metres_per_pixel: float = 0.2) -> None:
        self.count, self.metres_per_pixel = count, metres_per_pixel
        self.groups = tuple(f'group {number // 2}' for number in range(count))

    def __len__(self) -> int:
        return self.count

    def read(self, index: int, rng: np.random.Generator) -> Orthophoto:
        return Orthophoto(street_scene(seed=index), self.metres_per_pixel)


def write_chips(folder: Path, count: int = 4) -> Path:
    """Write a folder of chips, two in each group."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ['file,width,height,overlap_group']
    for number in range(count):
        (folder / 'street').mkdir(exist_ok=True)
        cv2.imwrite(str(folder / 'street' / f'{number}.png'), street_scene(256, number))
        lines.append(f'street/{number}.png,256,256,group{number // 2}')
    (folder / 'chips.csv').write_text('\n'.join(lines))
    return folder


def write_tile_folder(folder: Path, side: int = 3, tile_px: int = 64) -> np.ndarray:
    """Write a seamless folder of tiles, and return the whole picture."""
    (folder / 'tiles').mkdir(parents=True, exist_ok=True)
    whole = street_scene(side * tile_px, 9)
    for row in range(side):
        for column in range(side):
            tile = whole[row * tile_px:(row + 1) * tile_px,
                         column * tile_px:(column + 1) * tile_px]
            cv2.imwrite(str(folder / 'tiles' / f'19_{100 + column}_{200 + row}.png'),
                        tile[..., ::-1])
    (folder / 'index.json').write_text(json.dumps(
        {'ground_m_per_px': 0.13, 'tile_px': tile_px, 'tiles': side ** 2}))
    return whole
