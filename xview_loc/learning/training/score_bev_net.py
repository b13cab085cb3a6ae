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

"""A network of gates against pairs, beside the training-free matcher and what sees no image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
import time
from typing import Any

import numpy as np

from xview_loc.errors import LearningError
from xview_loc.learning.checkpoint import Checkpoint
from xview_loc.learning.data.kitti_mosaic import KittiMosaicPairs
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.data.street_pairs import StreetPairs
from xview_loc.learning.evaluation.evaluation_table import EvaluationTable, RowKind, TableRow
from xview_loc.learning.evaluation.pose_cases import (
    case_figures, cases_of, guess_figures, MatcherMaker, pose_answers)
from xview_loc.learning.evaluation.street_protocol import street_figures
from xview_loc.learning.networks.bev_net import BevNet
from xview_loc.learning.training.torch_runner import matcher_of
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_matcher import BevMatcher

Progress = Callable[[str, int, int], None]
RADIUS_M = 10.0
STREET_WORDS = (
    'Headings within 9 degrees (panoramas) and 10 degrees (quarter views) of the truth, every '
    'heading searched within 10 m; nll: mean of -ln of the posterior mass within 9 degrees.')
POSE_WORDS = (
    'Best mode against the truth, searched {radius:g} m around the middle of the tile at every '
    'heading; heading_nll: mean of -ln of the posterior mass within 9 degrees.')
KITTI_WORDS = (
    'Best mode against the truth, searched 10 m and 15 degrees around priors that are 3 m and 5 '
    'degrees wrong; the mosaic shares light and shadow with its queries.')


def score_bev_net(
        checkpoint: Checkpoint, source: PairSource, *, radius_m: float = RADIUS_M,
        facts: Mapping[str, Any] | None = None, title: str = 'bev_net',
        progress: Progress = lambda stage, done, total: None) -> EvaluationTable:
    """
    Score a network with the matcher that it is deployed in.

    :param checkpoint: of bev_net.
    :param source: street pairs, KITTI's mosaic, or any pairs with cameras and headings.
    :param radius_m: half side of the search, of the latter [m].
    :param facts: to be named under the table.
    :param title: of the table, before the name of the pairs.
    :param progress: told about the searches.
    """
    network = checkpoint.network
    if not isinstance(network, BevNet):
        raise LearningError(f'{checkpoint.family} is scored by another protocol.')
    began = time.monotonic()

    def make_net(metres_per_pixel: float) -> Any:
        return matcher_of(network, metres_per_pixel)

    makers: dict[str, MatcherMaker] = {
        'bev_net': make_net, 'bev': lambda metres: BevMatcher(BevConfig.for_resolution(metres))}
    score = _street_rows if isinstance(source, StreetPairs) else _pose_rows
    rows, words = score(makers, source, radius_m, progress)
    return EvaluationTable(f'{title} on {source.name}', words, rows, {
        **(facts or {}), 'pairs': len(source),
        'seconds': round(time.monotonic() - began, 1), 'device': 'CPU'})


def search_radius(options: Mapping[str, Any]) -> float:
    """
    Return how far around the middle of the tiles of a test to search [m].

    :param options: of the test.
    """
    return float(options.get('offset_m') or options.get('shift_m') or RADIUS_M)


def _street_rows(makers: dict[str, MatcherMaker], source: Any, radius_m: float,
                 progress: Progress) -> tuple[tuple[TableRow, ...], str]:
    """Return the rows of street panoramas; centre and prior point anywhere."""
    rows = [TableRow(name, RowKind.OURS, street_figures(
        make, source, progress=partial(progress, name))) for name, make in makers.items()]
    blind = street_figures(makers['bev'], source, True, partial(progress, 'blind'))
    return (*rows, TableRow('blind', RowKind.BLIND, blind),
            TableRow('centre', RowKind.CENTRE, blind, note='no heading but a random one'),
            TableRow('prior', RowKind.PRIOR, blind, note='no heading but a random one')), (
                STREET_WORDS)


def _pose_rows(makers: dict[str, MatcherMaker], source: PairSource, radius_m: float,
               progress: Progress) -> tuple[tuple[TableRow, ...], str]:
    """Return the rows of pairs whose position is known."""
    cases = list(cases_of(source, radius_m))
    rows = []
    for name, make in makers.items():
        found = pose_answers(make, cases, partial(progress, name))
        rows.append(TableRow(name, RowKind.OURS, case_figures(found)))
    black = pose_answers(makers['bev_net'], [case.blackened() for case in cases],
                         partial(progress, 'blind'))
    # What is searched is centred on the prior, whose mean is the truth only on KITTI's mosaic.
    other = np.random.default_rng(0).permutation(len(cases))
    centre, prior = black['prior'], black['truth'][other]
    if isinstance(source, KittiMosaicPairs):
        prior = centre
    words = KITTI_WORDS if isinstance(source, KittiMosaicPairs) else POSE_WORDS.format(
        radius=radius_m)
    return (*rows, TableRow('blind', RowKind.BLIND, case_figures(black)),
            TableRow('centre', RowKind.CENTRE, guess_figures(black, centre)),
            TableRow('prior', RowKind.PRIOR, guess_figures(black, prior))), words
