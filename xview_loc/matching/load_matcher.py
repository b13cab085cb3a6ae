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

"""Matchers by name: the training-free one, and those of model packages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xview_loc.errors import MatchingError, ModelPackageError
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.calibrated_matcher import CalibratedMatcher
from xview_loc.matching.matcher import Matcher
from xview_loc.matching.model_description import (
    BIRDS_EYE_FAMILIES, RETRIEVAL_FAMILIES, VIDEO_FAMILIES)
from xview_loc.matching.model_folders import find_package
from xview_loc.matching.model_package import ModelPackage, read_model_package
from xview_loc.matching.model_records import FrameSequence

TRAINING_FREE = 'bev'
# What a network has not learned to see: imagery this much coarser than its tiles.
COARSEST_IMAGERY = 2.0


@dataclass(frozen=True)
class PackageOptions:
    """
    How a model package is run; the training-free matcher needs none of it.

    :param allow_untrained: run packages with random weights too.
    :param providers: execution providers in order of preference; ``None`` tries them all.
    :param engine_cache: folder for what TensorRT builds, or ``None``.
    :param descriptor_map: folder of a descriptor map made ahead, of retrieval families, or
        ``None``.
    :param threads: of one run on the CPU.
    :param unhurried: let a match wait for every descriptor it needs, however long it takes; the
        result then depends on no clock.
    """

    allow_untrained: bool = False
    providers: tuple[str, ...] | None = None
    engine_cache: Path | None = None
    descriptor_map: Path | None = None
    threads: int = 1
    unhurried: bool = False


@dataclass(frozen=True)
class LoadedModel:
    """
    A matcher and what runs its networks.

    :param matcher: ready to use.
    :param sessions: the graphs of its package; ``None`` where there are none.
    :param package: it was made from; ``None`` for the training-free matcher.
    """

    matcher: Matcher
    sessions: Any = None
    package: ModelPackage | None = None

    @property
    def frames(self) -> FrameSequence | None:
        """Return what a window must hold; ``None`` where any will do."""
        if self.package is None or self.package.description.window.length == 1:
            return None
        return self.package.description.window

    @property
    def provider(self) -> str:
        """Return the execution provider in use, or ''."""
        return '' if self.sessions is None else self.sessions.provider

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what did not go as asked for, a sentence each."""
        return () if self.sessions is None else self.sessions.warnings

    @property
    def note(self) -> str:
        """Return what is worth telling once about what runs the networks, or ''."""
        return '' if self.sessions is None else self.sessions.note

    def warm_up(self) -> None:
        """
        Open and run every network once.

        :raises ModelPackageError: when one cannot be opened or does not run.
        """
        if self.sessions is not None:
            self.sessions.warm_up()


def load_matcher(name: str, imagery_metres_per_pixel: float, *,
                 package: PackageOptions = PackageOptions(), **options: Any) -> Matcher:
    """
    Make the matcher that a parameter or option names.

    :param name: see :func:`load_model`.
    :param imagery_metres_per_pixel: see :func:`load_model`.
    :param package: how a model package is run.
    :param options: fields of the matcher's configuration to set.
    :raises XviewLocError: when there is no such matcher or option, or it does not fit.
    """
    return load_model(name, imagery_metres_per_pixel, package, **options).matcher


def load_model(name: str, imagery_metres_per_pixel: float,
               package: PackageOptions = PackageOptions(), **options: Any) -> LoadedModel:
    """
    Make the matcher that a parameter or option names, with what runs its networks.

    :param name: ``bev``, the folder of a model package, or the name of an installed one.
    :param imagery_metres_per_pixel: ground resolution of the imagery at the place [m]; the
        bird's-eye matcher chooses its cell size by it, and networks refuse imagery that is more
        than twice as coarse as their tiles.
    :param package: how a model package is run.
    :param options: fields of the matcher's configuration to set.
    :raises MatchingError: when there is no such matcher or option, or the imagery is too coarse.
    :raises ModelPackageError: when the package is damaged, or untrained and that is not allowed.
    :raises ConfigurationError: when the providers cannot be used.
    """
    try:
        if name == TRAINING_FREE:
            return LoadedModel(
                BevMatcher(BevConfig.for_resolution(imagery_metres_per_pixel, **options)))
        found = read_model_package(find_package(name))
        _check_use(found, imagery_metres_per_pixel, package)
        return _matcher_of(found, imagery_metres_per_pixel, package, options)
    except TypeError as error:
        raise MatchingError(f'The matcher {name} does not know an option: {error}.') from error


def _check_use(package: ModelPackage, imagery_metres_per_pixel: float,
               options: PackageOptions) -> None:
    """Refuse packages that would not answer sensibly here."""
    if not package.description.trained and not options.allow_untrained:
        raise ModelPackageError(
            f'The model {package.name} has random weights, so that its answers mean nothing; set '
            'allow_untrained to run it all the same.')
    wanted = package.description.satellite.metres_per_pixel
    if imagery_metres_per_pixel > COARSEST_IMAGERY * wanted:
        raise MatchingError(
            f'The imagery has {imagery_metres_per_pixel:.3g} m per pixel but the model '
            f'{package.name} was made for {wanted:.3g}; at most {COARSEST_IMAGERY * wanted:.3g} '
            'will do.')
    if options.descriptor_map is not None and package.family not in RETRIEVAL_FAMILIES:
        raise MatchingError(
            f'A descriptor map is of no use to the model {package.name}: {package.family} does '
            'not search by descriptors of tiles; leave descriptor_map out.')


def _matcher_of(package: ModelPackage, imagery_metres_per_pixel: float, options: PackageOptions,
                settings: dict[str, Any]) -> LoadedModel:
    """Return the matcher of a package's family; each is imported when it is needed."""
    from xview_loc.matching.execution_providers import DEFAULT_PROVIDERS
    from xview_loc.matching.onnx_session import OnnxSessions

    providers: Sequence[str] = (
        DEFAULT_PROVIDERS if options.providers is None else options.providers)
    sessions = OnnxSessions(package, providers, options.engine_cache, options.threads)
    matcher: Matcher
    if package.family in RETRIEVAL_FAMILIES:
        from xview_loc.matching.descriptor_filling import UNHURRIED
        from xview_loc.matching.retrieval_matcher import RetrievalMatcher
        if options.unhurried:
            settings = {'budget': UNHURRIED, **settings}
        if options.descriptor_map is not None:
            from xview_loc.matching.map_folder import open_map
            settings = {'descriptor_map': open_map(options.descriptor_map), **settings}
        matcher = RetrievalMatcher(package, sessions, **settings)
    elif package.family in BIRDS_EYE_FAMILIES:
        from xview_loc.matching.bev_net_matcher import packaged_matcher
        matcher = packaged_matcher(package, sessions, imagery_metres_per_pixel, **settings)
    elif package.family in VIDEO_FAMILIES:
        from xview_loc.matching.video_matcher import VideoMatcher
        matcher = VideoMatcher(package, sessions, **settings)
    else:
        from xview_loc.matching.dense_matcher import DenseMatcher
        matcher = DenseMatcher(package, sessions, **settings)
    reliability = package.description.calibration.reliability
    if reliability is not None:
        matcher = CalibratedMatcher(matcher, reliability)
    return LoadedModel(matcher, sessions, package)
