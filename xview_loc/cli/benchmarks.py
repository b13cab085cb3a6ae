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

"""Timed steps of the localizer, on made-up input of the usual sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import math
import os
from pathlib import Path
import platform
from typing import Any

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.cli.bench_result import BenchResult, median_ms
from xview_loc.cli.map_benchmarks import map_search, map_window
from xview_loc.cli.package_benchmarks import package_benchmarks
from xview_loc.cli.single_match import centred_patch, View
from xview_loc.filtering.filter_config import FilterConfig, ParticleCount
from xview_loc.filtering.motion_model import Motion
from xview_loc.filtering.particle_filter import ParticleFilter
from xview_loc.filtering.resampling import systematic_resample
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.load_matcher import load_matcher
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_package import read_model_package
from xview_loc.matching.pose_likelihood import PoseLikelihood

SEED = 7
PARTICLES = 10_000
METRES_PER_PIXEL = 0.25


def machine_record() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {'system': platform.system(), 'processor': platform.machine(),
            'cores': os.cpu_count(), 'python': platform.python_version(),
            'numpy': np.__version__,
            'load': os.getloadavg()[0] if hasattr(os, 'getloadavg') else None}


def run_benchmarks(repetitions: int, packages: Sequence[Path] = (),
                   progress: Callable[[int, int], None] = lambda done, total: None
                   ) -> list[BenchResult]:
    """
    Time every step.

    :param repetitions: timed runs of each step, after one to warm up.
    :param packages: folders of model packages to time too.
    :param progress: told how many steps are done.
    :raises XviewLocError: when a package cannot be used.
    """
    steps: tuple[Callable[[int], BenchResult], ...] = (
        _match_cold, _match_all_yaws, _match_tracking, _filter_step, _resampling, map_window,
        map_search)
    for folder in packages:
        read_model_package(folder)
    total = len(steps) + len(packages)
    results = []
    for index, step in enumerate(steps):
        progress(index, total)
        results.append(step(repetitions))
    for index, folder in enumerate(packages):
        progress(len(steps) + index, total)
        results += package_benchmarks(folder, repetitions)
    progress(total, total)
    return results


def _scene():
    """Return a window with a panorama and a patch, both with smooth random colours."""
    random = np.random.default_rng(SEED)
    ground = np.kron(random.integers(0, 255, (32, 64, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    above = np.kron(random.integers(0, 255, (52, 52, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    camera = MountedCamera(View('equirectangular').camera(*ground.shape[:2]),
                           camera_mounting(0.0, 0.0, 2.5))
    return FrameWindow((Frame(ground, 0.0, camera),)), centred_patch(above, METRES_PER_PIXEL)


def _match_cold(repetitions: int) -> BenchResult:
    """Time preparing a patch and searching every yaw, +-20 m."""
    window, patch = _scene()
    matcher = load_matcher('bev', METRES_PER_PIXEL)
    prior = SearchPrior(Pose2(0.0, 0.0, 0.0), 20.0, math.pi)
    return BenchResult('match, any heading, 20 m, cold', median_ms(
        lambda: matcher.match(window, matcher.prepare(patch), prior), repetitions), limit=300.0)


def _match_all_yaws(repetitions: int) -> BenchResult:
    """Time searching every yaw, +-20 m, with the features of the patch prepared."""
    window, patch = _scene()
    matcher = load_matcher('bev', METRES_PER_PIXEL)
    features = matcher.prepare(patch)
    prior = SearchPrior(Pose2(0.0, 0.0, 0.0), 20.0, math.pi)
    return BenchResult('match, any heading, 20 m, prepared', median_ms(
        lambda: matcher.match(window, features, prior), repetitions), limit=150.0)


def _match_tracking(repetitions: int) -> BenchResult:
    """Time searching +-10 deg, +-20 m, with the features of the patch prepared."""
    window, patch = _scene()
    matcher = load_matcher('bev', METRES_PER_PIXEL)
    features = matcher.prepare(patch)
    prior = SearchPrior(Pose2(0.0, 0.0, 0.0), 20.0, math.radians(10.0))
    return BenchResult('match, heading known to 10 deg, 20 m, prepared', median_ms(
        lambda: matcher.match(window, features, prior), repetitions), limit=50.0)


def _filter_step(repetitions: int) -> BenchResult:
    """Time predicting, weighing, estimating and resampling with a fixed number of particles."""
    count = ParticleCount(minimum=PARTICLES, maximum=PARTICLES)
    particles = ParticleFilter(FilterConfig(particle_count=count))
    random = np.random.default_rng(SEED)
    belief = particles.start_from_pose(0.0, Pose2(0.0, 0.0, 0.0), np.diag([4.0, 4.0, 0.01]),
                                       random)
    likelihood = _likelihood()
    motion = [Motion(Pose2(0.8, 0.0, 0.01), 0.1)]

    def step() -> None:
        moved = particles.predict(belief, motion, 0.1, random)
        particles.estimate(particles.see(moved, likelihood, random))

    return BenchResult(f'particle filter step, {PARTICLES} particles',
                       median_ms(step, repetitions), limit=5.0)


def _likelihood() -> PoseLikelihood:
    """Return a likelihood with one peak."""
    geometry = PatchGeometry(0.0, 0.0, 0.5, 64, 64)
    x, y = geometry.cell_centres()
    yaws = np.radians(np.arange(-10.0, 11.0, 2.0))
    values = -(x * x + y * y)[None] / 2.0 - (yaws[:, None, None] / 0.05) ** 2 / 2.0
    return PoseLikelihood(values.astype(np.float32), geometry, yaws, 0.1, score=0.4,
                          confidence=0.9)


def _resampling(repetitions: int) -> BenchResult:
    """Time systematic resampling beside filterpy's."""
    from filterpy.monte_carlo import systematic_resample as filterpy_resample
    random = np.random.default_rng(SEED)
    weights = random.random(PARTICLES) ** 4
    weights /= weights.sum()
    ours = median_ms(lambda: systematic_resample(weights, PARTICLES, random), repetitions)
    theirs = median_ms(lambda: filterpy_resample(weights), repetitions)
    return BenchResult(f'systematic resampling, {PARTICLES} particles', ours, peer='filterpy',
                       peer_value=theirs)
