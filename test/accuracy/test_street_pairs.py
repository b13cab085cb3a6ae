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
The training-free matcher on real street panoramas.

``pytest test/accuracy -s`` prints the figures.
"""

import math

import numpy as np
import pytest
from street_pairs import (
    auroc, heading_distribution, heading_error, in_credible_set, load_street_pairs)

from xview_loc.geometry.angles import yaw_from_heading
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.matcher import SearchPrior

NORTH = math.pi / 2.0


def unknown_heading(radius_m=10.0):
    """Search every heading around the centre of the patch."""
    return SearchPrior(Pose2(0.0, 0.0, NORTH), radius_m)


@pytest.fixture(scope='module')
def matcher():
    """Return the matcher with the settings for imagery of 0.25 m."""
    return BevMatcher()


@pytest.fixture(scope='module')
def pairs(request):
    """Return the real pairs, or skip."""
    folder = request.config.rootpath.parent / 'shared' / 'data' / 'pairs'
    if not folder.is_dir():
        pytest.skip(f'real fixtures are not at {folder}')
    return load_street_pairs(folder)


@pytest.fixture(scope='module')
def matched(matcher, pairs):
    """Return the likelihood of every pair, heading unknown."""
    return {pair.name: matcher.match(pair.window(), matcher.prepare(pair.patch()),
                                     unknown_heading()) for pair in pairs}


@pytest.fixture(scope='module')
def headings(matched):
    """Return best heading error [deg], mass near the truth, and whether the 95 % set holds it."""
    table = {}
    for name, likelihood in matched.items():
        angles, mass = heading_distribution(likelihood)
        errors = heading_error(angles, 0.0)
        table[name] = (errors[mass.argmax()], mass[errors <= 9.01].sum(),
                       in_credible_set(angles, mass, 0.0, 0.95))
        print(f'{name}: heading error {table[name][0]:.0f} deg, mass within 9 deg '
              f'{table[name][1]:.2f}, score {likelihood.score:.3f}, '
              f'confidence {likelihood.confidence:.2f}')
    return table


def test_cvusa_heading_is_found_on_11_of_13(headings):
    """Best heading within 9 deg."""
    hits = sum(error <= 9.01 for name, (error, _, _) in headings.items() if 'cvusa' in name)
    print(f'cvusa hits: {hits} of 13')
    assert hits >= 11


def test_cvact_heading_is_found_on_all_four(headings):
    """Best heading within 6 deg."""
    errors = [headings[f'cvact {case}'][0] for case in (4, 7, 10, 12)]
    assert max(errors) <= 6.01


def test_posterior_mass_is_at_the_truth(headings):
    """Negative log posterior mass within 9 deg; 2.8 would know nothing."""
    masses = [mass for name, (_, mass, _) in headings.items()
              if name not in ('cvusa 0000015', 'cvact 1')]
    nll = float(-np.log(masses).mean())
    print(f'nll: {nll:.3f}')
    assert nll <= 0.25


def test_at_most_one_truth_lies_outside_the_95_percent_region(headings):
    """Heading sets of the 17 matching pairs."""
    outside = [name for name, (_, _, inside) in headings.items()
               if not inside and name != 'cvact 1']
    print(f'outside the 95 % region: {outside}')
    assert len(outside) <= 1


def test_mismatch_scores_below_true_pairs(matched):
    """The panorama of case 1 belongs elsewhere."""
    wrong = matched['cvact 1']
    true = [matched[f'cvact {case}'] for case in (4, 7, 10, 12)]
    assert all(wrong.score < other.score for other in true)
    assert sum(wrong.confidence < other.confidence for other in true) >= 3


@pytest.mark.parametrize('yaw_range_deg, least', [(180.0, 0.80), (10.0, 0.92)])
def test_confidence_tells_true_from_crossed_pairs(matcher, pairs, yaw_range_deg, least):
    """Every panorama against the aerial images of the other pairs of its data set."""
    usable = [pair for pair in pairs if pair.is_usable]
    features = [matcher.prepare(pair.patch()) for pair in usable]
    prior = SearchPrior(Pose2(0.0, 0.0, NORTH), 10.0, math.radians(yaw_range_deg))
    true, crossed = [], []
    for pair in usable:
        for other, other_features in zip(usable, features):
            if other.family == pair.family:
                confidence = matcher.match(pair.window(), other_features, prior).confidence
                (true if other is pair else crossed).append(confidence)
    result = auroc(true, crossed)
    print(f'AUROC at +-{yaw_range_deg:.0f} deg: {result:.3f} ({len(true)} / {len(crossed)})')
    assert result >= least


def test_quarter_views_find_their_heading(matcher, pairs):
    """Four 90-deg crops of 16 panoramas, heading unknown; chance is 0.06."""
    hits = blind_hits = count = 0
    for pair in (pair for pair in pairs if pair.is_usable):
        features = matcher.prepare(pair.patch())
        for centre in (0.0, 90.0, 180.0, 270.0):
            likelihood = matcher.match(pair.window(centre, 90.0), features, unknown_heading())
            angles, mass = heading_distribution(likelihood)
            hits += heading_error(angles, centre)[mass.argmax()] <= 10.0
            blind_hits += heading_error(0.0, centre) <= 10.0
            count += 1
    print(f'90-deg views: {hits} of {count}; always answering north: {blind_hits}')
    assert hits / count >= 0.52


def test_known_heading_narrows_the_search(matcher, pairs):
    """A quarter view with its heading known to 10 deg stays within it."""
    pair = pairs[5]
    yaw = float(yaw_from_heading(math.radians(90.0)))
    likelihood = matcher.match(
        pair.window(90.0, 90.0), matcher.prepare(pair.patch()),
        SearchPrior(Pose2(0.0, 0.0, yaw), 5.0, math.radians(10.0)))
    angles, _ = heading_distribution(likelihood)
    assert heading_error(angles, 90.0).max() <= 10.01
