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

"""The mounted camera of the images that arrive."""

from __future__ import annotations

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo

from xview_loc.errors import CameraError
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.ros import transforms
from xview_loc.ros.image_batcher_config import CameraMounting, ImageBatcherConfig
from xview_loc.ros.image_conversion import camera_from_message, same_calibration
from xview_loc.ros.transforms import StaticTransform


class MountedCameraSource:
    """
    Joins calibration and mounting and keeps the result until one of them changes.

    :param node: the node that may listen to transforms.
    :param config: its parameters.
    :param name: name of the camera, empty when there is only one.
    """

    def __init__(self, node: Node, config: ImageBatcherConfig, name: str = '') -> None:
        """Know no calibration yet; listen for the mounting where that is possible."""
        self._config = config
        self._name = name
        self._info: CameraInfo | None = None
        self._models: dict[tuple[int, int], CameraModel] = {}
        self._from_tf: np.ndarray | None = None
        self._transform: StaticTransform | None = None
        if self._camera.from_tf and transforms.AVAILABLE:
            self._transform = StaticTransform(node)
        elif self._camera.from_tf:
            node.get_logger().warning(
                'tf2_ros is not installed: the mounting of the camera is taken from the '
                f'parameters {self._group}.x to {self._group}.yaw, not from /tf_static.')

    @property
    def calibrated(self) -> bool:
        """Tell whether the camera model is known."""
        return self._info is not None or self._camera.projection == 'equirectangular'

    @property
    def mounting_source(self) -> str:
        """Return where the mounting comes from."""
        return 'parameters' if self._transform is None else 'tf'

    def reconfigure(self, config: ImageBatcherConfig) -> None:
        """Use changed parameters."""
        self._config = config
        self._models.clear()

    def set_info(self, message: CameraInfo) -> None:
        """Take in a calibration; the same one again costs nothing."""
        if self._info is None or not same_calibration(self._info, message):
            self._info = message
            self._models.clear()

    def model_for(self, shape: tuple[int, int]) -> CameraModel:
        """
        Return the camera model of raw images.

        :param shape: rows and columns.
        :raises CameraError: when there is no calibration or it does not fit.
        """
        if shape not in self._models:
            self._models[shape] = self._make_model(shape)
        return self._models[shape]

    def mounted(self, model: CameraModel, frame_id: str) -> MountedCamera:
        """
        Return the camera on the vehicle.

        :param model: model of the images as they are matched.
        :param frame_id: optical frame of the images.
        :raises CameraError: while the mounting is not known.
        :raises GeometryError: when it is impossible.
        """
        return MountedCamera(model, self._base_from_camera(frame_id), self._config.base_height)

    def close(self) -> None:
        """Stop listening."""
        if self._transform is not None:
            self._transform.close()

    @property
    def _camera(self) -> CameraMounting:
        return self._config.mounting(self._name)

    @property
    def _group(self) -> str:
        """Return how the names of its parameters begin."""
        return f'{self._name}.camera' if self._name else 'camera'

    def _make_model(self, shape: tuple[int, int]) -> CameraModel:
        if self._camera.projection == 'equirectangular':
            return EquirectangularCamera(
                *shape, horizon_row=self._camera.horizon * shape[0] - 0.5,
                horizontal_fov=self._camera.horizontal_fov)
        if self._info is None:
            raise CameraError('No camera_info has arrived yet.')
        rectified = self._camera.projection == 'camera_info_rectified'
        return camera_from_message(self._info, shape, rectified)

    def _base_from_camera(self, frame_id: str) -> np.ndarray:
        """Return the mounting from tf or from the parameters."""
        if self._transform is None:
            return self._camera.base_from_camera()
        if self._from_tf is None:
            frame = self._camera.frame or frame_id
            self._from_tf = self._transform.lookup(self._config.base_frame, frame)
            if self._from_tf is None:
                raise CameraError(
                    f'/tf_static has no transform from "{frame}" to "{self._config.base_frame}" '
                    f'yet; publish it, or set {self._group}.from_tf to false and give '
                    f'{self._group}.x to {self._group}.yaw.')
        return self._camera.corrected(self._from_tf)
