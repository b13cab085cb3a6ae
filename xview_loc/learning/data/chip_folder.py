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

"""Folders of images of one resolution with a table of their overlap groups."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from xview_loc.learning.data.image_files import read_rgb
from xview_loc.learning.data.list_file import read_rows
from xview_loc.learning.data.orthophotos import Orthophoto


class ChipFolder:
    """
    A folder of images of one resolution with a table ``chips.csv`` of their overlap groups.

    :param folder: with ``chips.csv``: file, width, height, group.
    :param metres_per_pixel: of all images [m].
    """

    def __init__(self, folder: str | Path, metres_per_pixel: float = 0.3) -> None:
        self.folder, self.metres_per_pixel = Path(folder), metres_per_pixel
        self.name = self.folder.name
        rows = [words for _, words in read_rows(
            self.folder / 'chips.csv', 4, 'images and their overlap groups', ',')]
        self._files = tuple(words[0] for words in rows[1:])
        self.groups = tuple(words[3] for words in rows[1:])

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._files)

    def read(self, index: int, rng: np.random.Generator) -> Orthophoto:
        """Read a whole image."""
        return Orthophoto(read_rgb(self.folder / self._files[index]), self.metres_per_pixel)
