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

"""Where in a piece of imagery a made-up pair has its tile and its camera."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
import math

import cv2
import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.learning.data.orthophotos import Orthophoto
from xview_loc.learning.data.prior_noise import PriorNoise

PLACES_TRIED = 12
# Scale of edges, and window in which they are to be parallel.
EDGE_M, WINDOW_M = 0.5, 4.0


@unique
class ViewKind(Enum):
    """What kind of camera looks at the ground."""

    PANORAMA = 'panorama'
    FORWARD = 'forward'


@dataclass(frozen=True)
class TilePairSettings:
    """
    What the pairs look like.

    :param kind: ``panorama`` of 152 x 616 pixels, or ``forward``: a pinhole camera.
    :param forward_shape: rows and columns of forward images.
    :param forward_fov_deg: range of their horizontal field of view.
    :param metres_per_pixel: of the tiles [m].
    :param size: side of the tiles [px].
    :param noise: how far the tile's centre is from the camera.
    :param height_m: range of the camera's height [m].
    :param vary_appearance: steps 4 and 6 of the recipe; without them the geometry alone differs.
    :param strength: of step 4; more makes pairs harder.
    :param vary_geometry: errors of scale, height and horizon.
    :param on_roads: how much cameras prefer places where all edges around run one way, as on
        roads; 0 for not at all. Vehicles drive along roads, whose edges then point at them.
    :param seed: of the split by groups.
    """

    kind: ViewKind = ViewKind.PANORAMA
    forward_shape: tuple[int, int] = (160, 320)
    forward_fov_deg: tuple[float, float] = (70.0, 110.0)
    metres_per_pixel: float = 0.2
    size: int = 256
    noise: PriorNoise = PriorNoise(10.0)
    height_m: tuple[float, float] = (1.4, 3.0)
    vary_appearance: bool = True
    strength: float = 1.0
    vary_geometry: bool = True
    on_roads: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Placing:
    """
    Where tile and camera lie in a piece of imagery.

    :param centre: continuous row and column of the tile's centre.
    :param camera: of the camera.
    :param up: what is up in the tile, clockwise from the top of the piece [rad].
    :param scale: pixels of the piece per pixel of the tile.
    :param offset: right and up of the camera in the tile, as labelled [m].
    :param heading: of the camera, clockwise from the tile's up [rad].
    """

    centre: tuple[float, float]
    camera: tuple[float, float]
    up: float
    scale: float
    offset: tuple[float, float]
    heading: float


def place_pair(photo: Orthophoto, growth: np.ndarray, settings: TilePairSettings,
               rng: np.random.Generator) -> Placing:
    """
    Choose tile and camera: of several places the one where least grows around the camera.

    :param photo: the piece.
    :param growth: ``(H, W)`` where plants grow in it, 0 to 1.
    :param settings: what the pairs look like.
    :param rng: of everything.
    :raises DataSetError: when the piece is too small for the offsets.
    """
    up = float(rng.uniform(0.0, 2.0 * math.pi))
    wrong = float(rng.uniform(0.95, 1.05)) if settings.vary_geometry else 1.0
    scale = settings.metres_per_pixel * wrong / photo.metres_per_pixel
    around = cv2.blur(growth, (round(4.0 / photo.metres_per_pixel),) * 2)
    if settings.on_roads > 0.0:
        around = around - settings.on_roads * coherence(photo.image, photo.metres_per_pixel)
    half = 0.5 * settings.size * scale
    shape = np.array(growth.shape, dtype=np.float64)
    low, high = np.minimum(half, 0.5 * shape), np.maximum(shape - half, 0.5 * shape)
    best = None
    for _ in range(PLACES_TRIED):
        centre = rng.uniform(low, high)
        right, above, _ = settings.noise.draw(rng)
        along = np.array([right, above]) / settings.metres_per_pixel * scale
        cosine, sine = math.cos(up), math.sin(up)
        camera = centre + np.array([[sine, -cosine], [cosine, sine]]) @ along
        if not ((camera >= 1.0) & (camera < shape - 1.0)).all():
            continue
        grown = float(around[int(camera[0]), int(camera[1])])
        if best is None or grown < best[0]:
            best = grown, tuple(centre.tolist()), tuple(camera.tolist()), (right, above)
    if best is None:
        raise DataSetError(
            f'A piece of {photo.image.shape[0]} x {photo.image.shape[1]} pixels is too small for '
            f'cameras {settings.noise.size_m} m off the centre of a tile.')
    return Placing(best[1], best[2], up, scale, best[3], float(rng.uniform(0.0, 2.0 * math.pi)))


def coherence(image: np.ndarray, metres_per_pixel: float) -> np.ndarray:
    """
    Return how much the edges around a place run one way (coherence of the structure tensor).

    :param image: ``(H, W, 3)`` uint8 RGB.
    :param metres_per_pixel: [m].
    :return: ``(H, W)`` float32, 0 where edges run every way, 1 where they are all parallel.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = cv2.GaussianBlur(grey, (0, 0), EDGE_M / metres_per_pixel)
    right, down = (cv2.Sobel(grey, cv2.CV_32F, *axes) for axes in ((1, 0), (0, 1)))
    tensor = cv2.merge([right * right - down * down, 2.0 * right * down,
                        right * right + down * down])
    tensor = cv2.GaussianBlur(tensor, (0, 0), WINDOW_M / metres_per_pixel)
    return np.hypot(tensor[..., 0], tensor[..., 1]) / (tensor[..., 2] + 1.0)
