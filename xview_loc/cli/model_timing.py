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

"""How fast a model is on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
import math
import time
from typing import NamedTuple

import cv2
import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.cli.single_match import BODY_FROM_OPTICAL, centred_patch, View
from xview_loc.errors import XviewLocError
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.load_matcher import load_model, LoadedModel, PackageOptions
from xview_loc.matching.matcher import Matcher, SearchPrior
from xview_loc.matching.model_records import FrameSequence, GroundInput

SEED = 1
RADIUS_M = 10.0
YAW_RANGE = math.radians(10.0)
SPEED_M_S = 5.0
CAMERA_HEIGHT_M = 1.65
FREE_RESOLUTION = 0.2
ELSEWHERE_M = 10_000.0
REPETITIONS = 3


@dataclass(frozen=True)
class ModelTiming:
    """
    Times of one model, for a search of +-10 m and +-10 degrees around the prior.

    :param prepare_ms: of the imagery around the prior, once per patch [ms].
    :param match_ms: of a window of frames on a prepared patch, median [ms].
    :param provider: what ran the networks, or ''.
    :param problem: why there are no times, or ''.
    """

    prepare_ms: float | None = None
    match_ms: float | None = None
    provider: str = ''
    problem: str = ''


class TimedScene(NamedTuple):
    """
    What matchers are timed on.

    :param patch: imagery, large enough for the search.
    :param window: images.
    """

    patch: SatellitePatch
    window: FrameWindow


def time_model(name: str, options: PackageOptions) -> ModelTiming:
    """
    Measure a model on made-up images and imagery of the kind it wants.

    :param name: as :func:`.load_model` takes it.
    :param options: how a package is run; random weights are allowed here.
    """
    try:
        return _time(name, options)
    except XviewLocError as error:
        return ModelTiming(problem=str(error))


def _time(name: str, options: PackageOptions) -> ModelTiming:
    """Measure a model, or raise why it cannot be."""
    model = load_model(name, FREE_RESOLUTION if name == 'bev' else 0.0, options)
    model.warm_up()
    timing = time_matcher(model.matcher, made_up_scene(model), REPETITIONS)
    return replace(timing, provider=model.provider)


def made_up_scene(model: LoadedModel) -> TimedScene:
    """
    Return images and imagery of the kind that a model wants.

    :param model: whose network they are for; any camera where it has none.
    """
    matcher = model.matcher
    ground = FrameSequence(), GroundInput('pinhole', (320, 640), 90.0)
    if model.package is not None:
        about = model.package.description
        ground = about.window, about.ground
    side = math.ceil(2.0 * (RADIUS_M + matcher.view_radius_m + 1.0) / matcher.metres_per_pixel)
    return TimedScene(
        centred_patch(_texture(side, side), matcher.metres_per_pixel), _window(*ground))


def time_matcher(matcher: Matcher, scene: TimedScene, repetitions: int) -> ModelTiming:
    """
    Measure a matcher.

    :param matcher: ready to use.
    :param scene: that it is shown.
    :param repetitions: timed matches.
    """
    # Elsewhere, so that nothing is known of it; the first use of any code is slower.
    patch = replace(
        scene.patch, geometry=replace(scene.patch.geometry, centre_x=ELSEWHERE_M))
    prior = SearchPrior(Pose2(ELSEWHERE_M, 0.0, 0.0), RADIUS_M, YAW_RANGE)
    matcher.prepare(scene.patch)
    features, prepare_s = _timed(lambda: matcher.prepare(patch))
    matcher.match(scene.window, features, prior)
    durations = [_timed(lambda: matcher.match(scene.window, features, prior))[1]
                 for _ in range(repetitions)]
    return ModelTiming(1e3 * prepare_s, 1e3 * float(np.median(durations)))


def _timed(work: Callable) -> tuple:
    """Return what work returned and how long it took [s]."""
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


def _texture(height: int, width: int) -> np.ndarray:
    """Return smooth random colours."""
    coarse = np.random.default_rng(SEED).integers(0, 255, (24, 32, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def _window(sequence: FrameSequence, ground: GroundInput) -> FrameWindow:
    """Return the frames of a camera of the kind that a network wants, driving ahead."""
    rows, columns = ground.shape
    if ground.projection == 'equirectangular':
        rows, columns = 512, 1024
        view = View('equirectangular')
    else:
        view = View('pinhole', fov_deg=ground.horizontal_fov_deg)
    camera = MountedCamera(view.camera(rows, columns), BODY_FROM_OPTICAL, CAMERA_HEIGHT_M)
    image = _texture(rows, columns)
    return FrameWindow(tuple(
        Frame(image, -age, camera, window_from_base=Pose2(-SPEED_M_S * age, 0.0, 0.0))
        for age in (index * sequence.spacing_s for index in range(sequence.length))))
