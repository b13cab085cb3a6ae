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

"""The ROS parameter file that fits a simulated drive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.simulation.scenario import DATUM, Scenario

HEADER = '# Parameters of the nodes for a simulated drive; pass with --ros-args --params-file.\n'


def node_parameters(scenario: Scenario, tiles: Path, compressed: bool) -> dict[str, Any]:
    """
    Return the parameters by node.

    :param scenario: the drive.
    :param tiles: path of the tile source.
    :param compressed: whether the bag holds compressed images.
    """
    place = scenario.mounting
    camera: dict[str, Any] = {
        'projection': 'camera_info', 'x': place.x, 'y': place.y, 'z': place.z,
        'roll': place.roll, 'pitch': place.pitch, 'yaw': place.yaw}
    model = scenario.camera
    if isinstance(model, EquirectangularCamera):
        camera['projection'] = 'equirectangular'
        camera['horizontal_fov'] = float(model.horizontal_fov)
        camera['horizon'] = (float(model.horizon_row or 0.0) + 0.5) / model.height
    origin = [float(value) for value in DATUM]
    return {
        'image_batcher': {'image_transport': 'compressed' if compressed else 'raw',
                          'base_height': 0.0, 'camera': camera},
        'tile_manager': {'imagery': str(tiles), 'map_origin': origin},
        'particle_filter': {'map_origin': list(origin)}}


def write_parameter_file(path: Path, parameters: dict[str, Any]) -> None:
    """
    Write parameters for nodes in any namespace.

    :param path: the YAML file; an old one is replaced.
    :param parameters: by node name.
    """
    content = {f'/**/{node}': {'ros__parameters': values}
               for node, values in parameters.items()}
    path.write_text(HEADER + yaml.safe_dump(content, sort_keys=False),
                    encoding='utf-8')
