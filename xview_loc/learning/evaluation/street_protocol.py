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

"""
A matcher on single street panoramas: headings found, quarter views, wrong aerial images.

Positions are not scored: the camera's place is known to 1 to 4 m only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from xview_loc.geometry.pose2 import Pose2
from xview_loc.learning.data.birds_eye_sample import cropped_view, patch_of, window_of
from xview_loc.learning.data.street_pairs import StreetPairs
from xview_loc.learning.evaluation.calibration_figures import auroc
from xview_loc.learning.evaluation.pose_cases import (
    answer, MatcherMaker, pose_answers, PoseCase, Progress)
from xview_loc.matching.matcher import SearchPrior

RADIUS_M = 10.0
KNOWN_RANGE = math.radians(10.0)
CROP_FOV = math.radians(90.0)
CROP_CENTRES = tuple(math.radians(degrees) for degrees in (0.0, 90.0, 180.0, 270.0))
# Quarter views are right within 10 degrees, panoramas within 9.
CROP_REACH_DEG, REACH_DEG = 10.0, 9.01


def street_cases(source: StreetPairs, crops: bool = False, seed: int = 0) -> list[PoseCase]:
    """
    Return the searches of all headings within 10 m.

    :param source: the pairs.
    :param crops: four views of 90 degrees of every usable panorama, instead of all panoramas.
    :param seed: of the headings that the search starts from.
    """
    random = np.random.default_rng(seed)
    cases = []
    for index in range(len(source)):
        sample = source.sample(index)
        patch = patch_of(sample)
        views = [sample] if not crops else [
            cropped_view(sample, centre, CROP_FOV) for centre in CROP_CENTRES]
        for view in views if source.usable[index] or not crops else ():
            assert view.yaw is not None
            start = Pose2(0.0, 0.0, float(random.uniform(-math.pi, math.pi)))
            cases.append(PoseCase(window_of(view), patch, SearchPrior(start, RADIUS_M),
                                  Pose2(0.0, 0.0, view.yaw)))
    return cases


def street_figures(make: MatcherMaker, source: StreetPairs, black: bool = False,
                   progress: Progress = lambda done, total: None) -> dict[str, Any]:
    """
    Return hits, negative logarithms of the mass at the true heading, and AUROC of confidence.

    ``cvusa_hits`` counts all pairs of CVUSA, ``cvact_hits`` the usable ones of CVACT; ``nll`` the
    usable ones of both. AUROC is of true against crossed pairs of the same data set, with every
    heading searched and with the heading known to 10 degrees.

    :param make: makes the matcher.
    :param source: the pairs.
    :param black: cover the lens.
    :param progress: told how many searches are done and how many there are.
    """
    whole, crops = street_cases(source), street_cases(source, crops=True)
    if black:
        whole, crops = ([case.blackened() for case in cases] for cases in (whole, crops))
    usable = source.usable
    families = np.array(source.families)
    total = len(whole) + len(crops) + len(_crossings(source))
    found = pose_answers(make, whole, lambda done, _: progress(done, total))
    views = pose_answers(make, crops, lambda done, _: progress(len(whole) + done, total))
    hits = _error_deg(found) <= REACH_DEG
    figures: dict[str, Any] = {
        'cvusa_hits': int(hits[families == 'cvusa'].sum()),
        'cvact_hits': int(hits[(families == 'cvact') & usable].sum()),
        'nll': _nll(found['mass'][usable]), 'crop<10deg': float(
            (_error_deg(views) <= CROP_REACH_DEG).mean()),
        'crop_nll': _nll(views['mass'])}
    return figures | _crossed(make, source, whole, lambda done: progress(
        len(whole) + len(crops) + done, total))


def _error_deg(answers: dict[str, np.ndarray]) -> np.ndarray:
    turn = answers['estimate'][:, 2] - answers['truth'][:, 2]
    return np.abs(np.degrees(np.arctan2(np.sin(turn), np.cos(turn))))


def _nll(mass: np.ndarray) -> float:
    return float(-np.log(np.maximum(mass, 1e-9)).mean())


def _crossings(source: StreetPairs) -> list[tuple[int, int]]:
    """Return panorama and aerial image of all usable pairs of one data set, true ones too."""
    members = np.flatnonzero(source.usable).tolist()
    return [(view, place) for place in members for view in members
            if source.families[view] == source.families[place]]


def _crossed(make: MatcherMaker, source: StreetPairs, whole: list[PoseCase],
             progress: Any) -> dict[str, Any]:
    """Return the AUROC of confidence at either width of the search."""
    known: dict[str, list[float]] = {'auroc_360': [], 'auroc_10': []}
    true = []
    place, matcher, features = -1, None, None
    for number, (view, other) in enumerate(_crossings(source)):
        progress(number)
        if place != other:
            place, patch = other, whole[other].patch
            matcher = make(patch.geometry.metres_per_pixel)
            features = matcher.prepare(patch)
        assert matcher is not None
        case = whole[view]
        north = Pose2(0.0, 0.0, case.truth.yaw)
        for name, width in (('auroc_360', math.pi), ('auroc_10', KNOWN_RANGE)):
            prior = SearchPrior(north, RADIUS_M, width)
            likelihood = matcher.match(case.window, features, prior)
            known[name].append(answer(likelihood, case)['confidence'])
        true.append(view == other)
    return {name: auroc(np.array(values), np.array(true)) for name, values in known.items()}
