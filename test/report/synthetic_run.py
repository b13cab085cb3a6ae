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

"""A made-up drive and run, with known errors, for the tests of the report."""

import numpy as np

from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.report.evaluation import Drive
from xview_loc.report.live_run import Complaint, HealthEvent, HeatmapSample, LiveRun
from xview_loc.report.track import Track

SIGMA_M = 0.3
START = 1000.0


def truth(seconds: float = 60.0) -> Track:
    """Return a drive around a bend at 8 m/s."""
    stamps = START + np.arange(0.0, seconds, 0.05)
    yaw = 0.6 * np.sin(0.1 * (stamps - START)) + 0.4
    step = 8.0 * 0.05
    x = np.cumsum(step * np.cos(yaw))
    y = np.cumsum(step * np.sin(yaw))
    return Track(stamps, np.column_stack([x, y, yaw]))


def drive(seed: int = 1) -> Drive:
    """Return the drive with noisy GNSS and drifting odometry."""
    random = np.random.default_rng(seed)
    true = truth()
    gnss = true.poses[::20] + random.normal(0.0, 2.5, (len(true.poses[::20]), 3))
    gnss[:, 2] = np.nan
    drift = np.linspace(0.0, 1.0, len(true))[:, None] * [[6.0, -9.0, 0.1]]
    return Drive(Track(true.stamps[::20], gnss), Track(true.stamps, true.poses + drift), true)


def run(seed: int = 2, sigma: float = SIGMA_M) -> LiveRun:
    """Return a run with Gaussian errors that match its covariances."""
    random = np.random.default_rng(seed)
    true = truth()
    stamps, poses = true.stamps[20::2], true.poses[20::2]
    scale = np.array([sigma, 1.5 * sigma, np.radians(0.5)])
    noisy = poses + random.normal(0.0, 1.0, poses.shape) * scale
    noisy[:, 2] = wrap_angle(noisy[:, 2])
    samples = tuple(sample(stamps[i], poses[i]) for i in np.linspace(0, 500, 3).astype(int))
    return LiveRun(
        poses=Track(stamps, noisy, np.tile(np.diag(scale ** 2), (len(stamps), 1, 1))),
        latencies_s=random.gamma(9.0, 0.03, len(stamps)), match_stamps=stamps,
        match_centres=poses[:, :2] + random.normal(0.0, 1.0, (len(stamps), 2)),
        match_peaks=noisy, samples=samples, map_origin=(48.0, 11.0, 500.0),
        health=(HealthEvent(stamps[0], 'initialising'), HealthEvent(stamps[40], 'converged'),
                HealthEvent(stamps[300], 'uncertain', 'no vision'),
                HealthEvent(stamps[360], 'converged')),
        warnings=(Complaint('matcher: inference', 'slow', stamps[300], 4),))


def sample(stamp: float, pose) -> HeatmapSample:
    """Return a heatmap with two peaks around a pose, on a non-square grid."""
    geometry = PatchGeometry(float(pose[0]) + 0.4, float(pose[1]) - 0.7, 0.5, 40, 48)
    x, y = geometry.cell_centres()
    near = -((x - pose[0]) ** 2 + (y - pose[1]) ** 2) / 2.0
    far = -2.0 - ((x - pose[0] - 6.0) ** 2 + (y - pose[1] + 3.0) ** 2) / 4.0
    values = np.logaddexp(near, far).astype(np.float32)
    values[:3] = np.nan
    return HeatmapSample(float(stamp), values, geometry)


def backdrop(geometry: PatchGeometry) -> SatellitePatch:
    """Return a chequered ground."""
    x, y = geometry.cell_centres()
    shade = 90 + 60 * ((np.floor(x / 10.0) + np.floor(y / 10.0)) % 2)
    image = np.stack([shade, shade + 20, shade], axis=-1).astype(np.uint8)
    return SatellitePatch(image, geometry, np.ones(geometry.shape, bool), Provenance('chequer'))


def images() -> dict:
    """Return a wide grey image per sample."""
    ramp = np.tile(np.linspace(0, 255, 400).astype(np.uint8)[None, :, None], (120, 1, 3))
    return {one.stamp: ramp for one in run().samples}
