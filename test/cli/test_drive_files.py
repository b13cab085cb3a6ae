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

"""What is given once holds for all drives; a wrong number of anything is refused."""

from pathlib import Path

import pytest

from xview_loc.cli.drive_files import drive_files, DriveFiles
from xview_loc.errors import ConfigurationError

A, B, C = Path('a'), Path('b'), Path('c')


def test_every_drive_gets_its_own_or_the_common_files():
    assert drive_files([A, B], [C], [], ['/truth']) == [
        DriveFiles(A, C, None, '/truth'), DriveFiles(B, C, None, '/truth')]
    assert drive_files([A, B], [C, A], [B, C], ['x.tum', 'y.tum']) == [
        DriveFiles(A, C, B, 'x.tum'), DriveFiles(B, A, C, 'y.tum')]


def test_a_number_that_fits_no_drives_is_refused():
    with pytest.raises(ConfigurationError, match='--config is given 2 times for 3 drives'):
        drive_files([A, B, C], [A], [A, B], [])
