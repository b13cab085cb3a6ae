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


"""Configurations of every family: as published, and of a size that one CPU core runs live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xview_loc.learning.deployment import Deployment
from xview_loc.learning.families import family_named
from xview_loc.learning.networks.bev_net_config import BevNetConfig
from xview_loc.learning.networks.ccvpe_config import CcvpeConfig
from xview_loc.learning.networks.cvlnet import CvlnetConfig
from xview_loc.learning.networks.cvml import CvmlConfig
from xview_loc.learning.networks.oricnn import OriCnnConfig
from xview_loc.learning.networks.safa import SafaConfig
from xview_loc.learning.networks.stn_safa import StnSafaConfig
from xview_loc.matching.birds_eye_input import BirdsEyeInput
from xview_loc.matching.model_records import (
    Calibration, FrameSequence, GroundInput, HeadingSearch, RetrievalGrid, RingLayout,
    SatelliteInput)

# Side of the ground that a tile of CVUSA shows [m]: 750 px of Bing's zoom 19 at about 39 degrees.
CVUSA_EXTENT_M = 173.0
# VIGOR's tiles, 640 px of 0.114 m, shrunk to 512.
VIGOR_METRES_PER_PIXEL = 0.1425
# CVUSA's strips hold 112 / 616 of a turn in height, their horizon at 0.60 of it.
CVUSA_EDGES_DEG = (39.3, -26.2)
KITTI_FOV_DEG = 81.4
# Panoramas of 152 rows, 616 columns a turn: 37 degrees above the horizon, 52 below.
BEV_NET_EDGES_DEG = (37.0, -51.8)
# Side of the ground that the tiles of the small configurations show [m].
SMALL_EXTENT_M = 64.0
SMALL_SPACING_M = 10.0


@dataclass(frozen=True)
class Preset:
    """
    A network's configuration and how to use the network.

    :param config: of the family's own type.
    :param deployment: of the network.
    """

    config: Any
    deployment: Deployment


def preset(family: str, small: bool = False) -> Preset:
    """
    Return a configuration.

    :param family: one of :data:`.families.FAMILIES`.
    :param small: smaller images through the same layers, for one CPU core.
    :raises LearningError: when there is no such family.
    """
    family_named(family)
    return {'safa': _safa, 'oricnn': _oricnn, 'stn_safa': _stn_safa, 'cvml': _cvml,
            'ccvpe': _ccvpe, 'cvlnet': _cvlnet, 'bev_net': _bev_net}[family](small)


def _panoramas(shape: tuple[int, int], top: float, bottom: float) -> GroundInput:
    """Return panoramas of a full turn between two elevations."""
    return GroundInput('equirectangular', shape, 360.0, top, bottom)


def _retrieval(
        shape: tuple[int, int], edges: tuple[float, float], size: int, kind: str,
        small: bool) -> Deployment:
    """Return how a descriptor of panoramas is used."""
    extent = SMALL_EXTENT_M if small else CVUSA_EXTENT_M
    return Deployment(
        SatelliteInput(size, extent / size), _panoramas(shape, *edges),
        HeadingSearch(kind, 8 if small else 16), calibration=Calibration(20.0),
        retrieval=RetrievalGrid(SMALL_SPACING_M if small else 5.0))


def _safa(small: bool) -> Preset:
    config = SafaConfig.cvusa()
    if small:
        config = SafaConfig(ground_shape=(32, 128), satellite_size=128, polar_shape=(32, 128))
    return Preset(config, _retrieval(
        config.ground_shape, CVUSA_EDGES_DEG, config.satellite_size, 'aligned', small))


def _oricnn(small: bool) -> Preset:
    config = OriCnnConfig(ground_shape=(48, 256), satellite_size=128) if small else OriCnnConfig()
    rows, columns = config.ground_shape
    # the network takes its middle row for the horizon, and pixels that are square in angle
    half = 180.0 * rows / columns
    return Preset(config, _retrieval(
        config.ground_shape, (half, -half), config.satellite_size, 'input', small))


def _stn_safa(small: bool) -> Preset:
    config = StnSafaConfig.cvusa()
    if small:
        config = StnSafaConfig(
            ground_shape=(16, 64), satellite_size=64, polar_size=128, polar_shape=(16, 64))
    return Preset(config, _retrieval(
        config.ground_shape, CVUSA_EDGES_DEG, config.input_size, 'aligned', small))


def _cvml(small: bool) -> Preset:
    config = CvmlConfig(ground_shape=(32, 64), satellite_size=128) if small else CvmlConfig.vigor()
    metres = SMALL_EXTENT_M / config.satellite_size if small else VIGOR_METRES_PER_PIXEL
    return Preset(config, Deployment(
        SatelliteInput(config.satellite_size, metres),
        _panoramas(config.ground_shape, 90.0, -90.0),
        HeadingSearch('aligned', 4 if small else 16)))


def _ccvpe(small: bool) -> Preset:
    config = CcvpeConfig.vigor()
    if small:
        config = CcvpeConfig(ground_shape=(128, 640), satellite_size=256)
    top = 36.0 if small else 90.0
    metres = SMALL_EXTENT_M / config.satellite_size if small else VIGOR_METRES_PER_PIXEL
    return Preset(config, Deployment(
        SatelliteInput(config.satellite_size, metres),
        _panoramas(config.ground_shape, top, -top), HeadingSearch('joint', config.bins),
        ring=RingLayout('counterclockwise', bins='against_angle')))


def _cvlnet(small: bool) -> Preset:
    config = CvlnetConfig()
    if small:
        config = CvlnetConfig(
            ground_shape=(64, 256), satellite_size=192, metres_per_pixel=SMALL_EXTENT_M / 192)
    return Preset(config, Deployment(
        SatelliteInput(config.satellite_size, config.metres_per_pixel),
        GroundInput('pinhole', config.ground_shape, KITTI_FOV_DEG), HeadingSearch('input'),
        window=FrameSequence(4, 0.3), calibration=Calibration(20.0),
        camera_height_m=config.camera_height_m))


def _bev_net(small: bool) -> Preset:
    config = BevNetConfig()
    if small:
        config = BevNetConfig(features=8, satellite_size=256)
    # A quarter of a metre: two samples a cell.
    return Preset(config, Deployment(
        SatelliteInput(config.satellite_size, 0.5 * config.cell_m),
        _panoramas(config.ground_shape, *BEV_NET_EDGES_DEG), HeadingSearch('invariant'),
        calibration=Calibration(config.kappa), birds_eye=BirdsEyeInput(
            cell_m=config.cell_m, view_radius_m=config.view_radius_m)))
