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

"""Places on the earth as messages and back: fixes and the origin of the map."""

from __future__ import annotations

import math

import numpy as np
from sensor_msgs.msg import NavSatFix, NavSatStatus

from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros.conversions import UNESTIMATED_HEIGHT_VARIANCE
from xview_loc.ros.stamps import time_message


def is_valid_fix(fix: NavSatFix) -> bool:
    """Tell whether a fix claims to be one and its coordinates can be meant."""
    return (fix.status.status >= NavSatStatus.STATUS_FIX
            and math.isfinite(fix.latitude) and math.isfinite(fix.longitude)
            and abs(fix.latitude) <= 90.0 and abs(fix.longitude) <= 360.0)


def fix_covariance(fix: NavSatFix, default_sigma: float) -> np.ndarray:
    """
    Return the ``(2, 2)`` covariance of a fix, east and north [m^2].

    :param fix: the message.
    :param default_sigma: standard deviation to assume when the message states none or nonsense
        [m].
    """
    stated = np.asarray(fix.position_covariance, dtype=np.float64).reshape(3, 3)[:2, :2]
    usable = (fix.position_covariance_type != NavSatFix.COVARIANCE_TYPE_UNKNOWN
              and np.isfinite(stated).all() and (np.diagonal(stated) > 0.0).all()
              and np.linalg.det(stated) > 0.0)
    return 0.5 * (stated + stated.T) if usable else np.eye(2) * default_sigma ** 2


def fix_message(pose: Pose2, covariance: np.ndarray, stamp: float, frame: LocalFrame,
                frame_id: str) -> NavSatFix:
    """
    Return the geodetic form of an estimate.

    :param pose: pose of ``base_link`` in ``map``.
    :param covariance: ``(3, 3)`` of x, y, yaw.
    :param stamp: time of the measurement [s].
    :param frame: the map on the earth.
    :param frame_id: the frame of the vehicle.
    """
    latitude, longitude, altitude = frame.geodetic_from_map(pose.x, pose.y)
    message = NavSatFix(latitude=float(latitude), longitude=float(longitude),
                        altitude=float(altitude))
    message.header.stamp = time_message(stamp)
    message.header.frame_id = frame_id
    message.status.status = NavSatStatus.STATUS_FIX
    message.status.service = NavSatStatus.SERVICE_GPS
    full = np.diag([0.0, 0.0, UNESTIMATED_HEIGHT_VARIANCE])
    full[:2, :2] = np.asarray(covariance)[:2, :2]
    message.position_covariance = full.ravel()
    message.position_covariance_type = NavSatFix.COVARIANCE_TYPE_KNOWN
    return message


def origin_message(frame: LocalFrame, stamp: float, frame_id: str) -> NavSatFix:
    """
    Return the message that places the map on the earth.

    :param frame: the map on the earth.
    :param stamp: when it was decided [s].
    :param frame_id: the map frame.
    """
    message = NavSatFix(latitude=float(frame.latitude_deg), longitude=float(frame.longitude_deg),
                        altitude=float(frame.altitude_m))
    message.header.stamp = time_message(stamp)
    message.header.frame_id = frame_id
    message.status.status = NavSatStatus.STATUS_FIX
    return message


def frame_from_origin(origin: NavSatFix) -> LocalFrame:
    """
    Return the map of a :func:`origin_message`.

    :param origin: the message.
    :raises GeometryError: when its coordinates are not a place on the earth.
    """
    altitude = origin.altitude if math.isfinite(origin.altitude) else 0.0
    return LocalFrame(origin.latitude, origin.longitude, altitude)
