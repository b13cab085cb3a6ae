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

"""What a camera on the vehicle sees of the city."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.geometry.mounted_camera import level_rotation, MountedCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.simulation.appearance import Appearance
from xview_loc.simulation.building import Car
from xview_loc.simulation.car_faces import car_faces, car_shadow, CarTextures
from xview_loc.simulation.city import City
from xview_loc.simulation.face import FaceSet
from xview_loc.simulation.face_painter import FacePainter
from xview_loc.simulation.ground_texture import paint_ground
from xview_loc.simulation.ground_view import GroundView
from xview_loc.simulation.scene import city_faces
from xview_loc.simulation.sky import Sky
from xview_loc.simulation.tree_faces import TreeFaces

MOVING_CAR_REACH_M = 90.0


@dataclass(frozen=True)
class Rendering:
    """
    A perfect picture: no noise, no blur.

    :param image: ``(H, W, 3)`` uint8 RGB.
    :param distance: ``(H, W)`` float32 along the ray to what stands up there, infinite where
        the ground or the sky is seen [m].
    """

    image: np.ndarray
    distance: np.ndarray


class CameraRenderer:
    """
    Renders the city with true occlusion for any camera model.

    :param city: what exists.
    :param appearance: the day.
    :param camera: the camera and its mounting.
    """

    def __init__(self, city: City, appearance: Appearance, camera: MountedCamera):
        """Paint the ground and build the faces; takes a few seconds."""
        self._camera = camera
        self._ground = GroundView(paint_ground(city, appearance), city.geometry, camera,
                                  (118, 120, 104))
        self._painter = FacePainter(camera.model)
        self._sky = Sky(appearance.haze, np.random.default_rng([city.seed, 31]))
        self._faces: FaceSet = city_faces(city, appearance)
        self._trees = TreeFaces(city.trees, appearance, city.seed)
        self._car_textures = CarTextures(appearance)

    def render(self, pose: Pose2, roll: float = 0.0, pitch: float = 0.0,
               cars: tuple[Car, ...] = ()) -> Rendering:
        """
        Render the view from a pose.

        :param pose: ``base_link`` in ``map``.
        :param roll: of ``base_link`` [rad].
        :param pitch: of ``base_link``, positive nose down [rad].
        :param cars: cars on the move besides those of the city.
        """
        position, rotation = self._camera_pose(pose, roll, pitch)
        rays = self._painter.rays_in_map(rotation)
        image = np.zeros((*self._camera.model.shape, 3), np.uint8)
        self._ground.render(position, rotation, image)
        self._sky.render(rays, image)
        distance = np.full(self._camera.model.shape, np.inf, np.float32)
        facing = self._faces.facing(position)
        moving = self._trees.facing(position) + self._moving_faces(cars, position)
        faces = [self._faces.faces[k] for k in facing] + moving
        corners = np.concatenate([self._faces.corners[facing],
                                  np.reshape([face.corners() for face in moving], (-1, 4, 3))])
        self._painter.paint(faces, corners, position, rotation, rays, image, distance)
        return Rendering(image, distance)

    def _moving_faces(self, cars, position):
        faces = []
        for car in cars:
            if np.hypot(car.pose.x - position[0], car.pose.y - position[1]) < MOVING_CAR_REACH_M:
                faces += [face for face in (*car_faces(car, self._car_textures),
                                            car_shadow(car, self._car_textures))
                          if (position - face.origin) @ face.normal > 0.01]
        return faces

    def _camera_pose(self, pose, roll, pitch):
        """Return position above the ground and rotation of the optical frame in ``map``."""
        cosine, sine = np.cos(pose.yaw), np.sin(pose.yaw)
        map_from_level = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
        map_from_base = map_from_level @ level_rotation(roll, pitch)
        mounting = self._camera.base_from_camera
        position = map_from_base @ mounting[:3, 3]
        position = position + (pose.x, pose.y, self._camera.base_height)
        return position, map_from_base @ mounting[:3, :3]
