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

"""Every source file names its copyright and licence, in the words ament_copyright looks for."""

from pathlib import Path

import pytest
from source_tree import python_files

HEADER = [
    '# Copyright 2026 The xview_loc Authors',
    '#',
    '# Licensed under the Apache License, Version 2.0 (the "License");',
]


@pytest.mark.copyright
@pytest.mark.linter
def test_copyright(project_root: Path) -> None:
    ament_copyright = pytest.importorskip('ament_copyright.main')
    sources = [str(project_root / name) for name in ('xview_loc', 'test', 'launch', 'setup.py')]
    assert ament_copyright.main(argv=sources) == 0


def test_every_python_file_starts_with_the_same_header(project_root: Path) -> None:
    reference = (project_root / 'setup.py').read_text().split('\n\n')[0]
    assert reference.splitlines()[:3] == HEADER
    different = [path.relative_to(project_root).as_posix()
                 for path in python_files(project_root)
                 if not path.read_text().startswith(reference + '\n')]
    assert different == []
