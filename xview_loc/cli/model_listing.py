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

"""The models that can be chosen here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from xview_loc.cli.model_timing import ModelTiming
from xview_loc.errors import ConfigurationError, ModelPackageError
from xview_loc.matching.load_matcher import TRAINING_FREE
from xview_loc.matching.model_description import BIRDS_EYE_FAMILIES
from xview_loc.matching.model_folders import model_folders, package_folders
from xview_loc.matching.model_package import ModelPackage, read_model_package


@dataclass(frozen=True)
class ModelEntry:
    """
    One row of the list.

    :param name: what the parameter ``model`` is set to: the folder's name, or a path.
    :param family: which network; ``bev`` is the training-free matcher.
    :param trained: false where the weights are random.
    :param precision: of the weights, or ''.
    :param projection: of the camera, or ''.
    :param horizontal_fov_deg: of the camera [deg]; ``None`` where any will do.
    :param image_shape: rows and columns that enter the network, or ``None``.
    :param frames: that it takes at once.
    :param metres_per_pixel: of its tiles [m]; ``None`` where any will do.
    :param tile_px: side of its tiles [px], or ``None``.
    :param size_bytes: of the graphs on disk.
    :param licence: of the weights.
    :param training_data: they were trained on.
    :param folder: of the package, or ``None``.
    :param problem: why it cannot be used, or ''.
    :param timing: speed on this machine, or ``None`` when not measured.
    """

    name: str
    family: str
    trained: bool
    precision: str = ''
    projection: str = ''
    horizontal_fov_deg: float | None = None
    image_shape: tuple[int, int] | None = None
    frames: int = 1
    metres_per_pixel: float | None = None
    tile_px: int | None = None
    size_bytes: int = 0
    licence: str = ''
    training_data: str = ''
    folder: Path | None = None
    problem: str = ''
    timing: ModelTiming | None = None

    def as_record(self) -> dict:
        """Return the JSON object that ``xview-loc models --json`` prints."""
        return asdict(self)


def list_models(further: Sequence[Path] = ()) -> list[ModelEntry]:
    """
    Return the training-free matcher and every package, by name.

    Sizes are compared with the descriptions; checksums are not, which would read every file.

    :param further: folders of packages, or packages, besides the installed ones.
    :raises ConfigurationError: when one of them is neither.
    """
    installed = package_folders(model_folders())
    given: list[Path] = []
    for folder in further:
        inside = [folder] if (folder / 'model.yaml').is_file() else package_folders([folder])
        if not inside:
            raise ConfigurationError(
                f'{folder} is no model package and holds none; give a folder with model.yaml.')
        given += inside
    unique = {folder.resolve(): folder for folder in (*installed, *given)}
    free = ModelEntry(TRAINING_FREE, TRAINING_FREE, trained=True, projection='any',
                      licence='Apache-2.0', training_data='none needed')
    return [free, *(entry_of(folder, folder.name if folder in installed else str(folder))
                    for folder in unique.values())]


def entry_of(folder: Path, name: str) -> ModelEntry:
    """
    Return the row of a package; one that cannot be read says why.

    :param folder: of the package.
    :param name: to call it by.
    """
    try:
        package = read_model_package(folder, verify=False)
    except ModelPackageError as error:
        return ModelEntry(name, 'unknown', trained=False, folder=folder, problem=str(error))
    return _entry(package, name)


def _entry(package: ModelPackage, name: str) -> ModelEntry:
    """Return the row of a package that was read."""
    about = package.description
    entry = ModelEntry(
        name, about.family, about.trained, about.precision, about.ground.projection,
        about.ground.horizontal_fov_deg, about.ground.shape, about.window.length,
        about.satellite.metres_per_pixel, about.satellite.size, package.size_bytes,
        about.card.licence, about.card.training_data, package.folder)
    if about.family in BIRDS_EYE_FAMILIES:
        # images are unprojected first, whatever camera it was trained with
        return replace(entry, projection='any', horizontal_fov_deg=None, image_shape=None)
    return entry
